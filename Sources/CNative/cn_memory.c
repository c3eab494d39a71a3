#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cn_memory.h"

#include <stdint.h>

#if defined(__linux__) && defined(__GLIBC__)
#include <link.h>
#include <malloc.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

// Text relocations (DT_TEXTREL) write into segments that are read-only afterwards: such a library is left alone.
static int relocates_text(const struct dl_phdr_info *object) {
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        if (header->p_type != PT_DYNAMIC) continue;
        for (const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(object->dlpi_addr + header->p_vaddr); entry->d_tag != DT_NULL;
             entry++) {
            if (entry->d_tag == DT_TEXTREL) return 1;
            if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)) return 1;
        }
    }
    return 0;
}

static int give_back_object(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    if (relocates_text(object)) return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || (header->p_flags & PF_W)) continue;
        // Whole pages inside the segment only: one at its edge may be shared with a segment that is written.
        uintptr_t first = (object->dlpi_addr + header->p_vaddr + page - 1) & ~(page - 1);
        uintptr_t end = (object->dlpi_addr + header->p_vaddr + header->p_filesz) & ~(page - 1);
        // A refusal means that the pages stay, which is no harm.
        if (first < end) (void)madvise((void *)first, end - first, MADV_DONTNEED);
    }
    (void)context;
    return 0;
}

void cn_give_back_memory(void) {
    malloc_trim(0);
    dl_iterate_phdr(give_back_object, NULL);
}
#else
void cn_give_back_memory(void) {}
#endif
