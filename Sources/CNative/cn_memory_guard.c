#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cn_memory_guard.h"

#if defined(__linux__) && defined(__GLIBC__) && (defined(__x86_64__) || defined(__aarch64__))
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

// How it works. A shared library calls functions of others, and its own exported ones, through a table of addresses that
// the dynamic linker has filled. Here the entries of the functions that allocate are replaced by guards, in the table of
// the guarded library alone: nobody else's requests are looked at. The one exception is operator new as libstdc++ itself
// calls it, which is where texts (std::string) grow.
//
// What DuckDB can't take back must not fail for lack of memory: a checkpoint that fails closes the database. Threads that
// write one therefore may go further than those that run queries.

enum {
    large = 1 << 20,
    /// Threads that are told apart when recent grants are counted; more share places, which is harmless.
    places = 256,
    /// How long a grant may stay untouched, and so out of the resident memory: milliseconds.
    recent = 300,
};

static struct {
    atomic_size_t limit;
    /// Guards what follows.
    pthread_mutex_t lock;
    /// `/proc/self/statm`.
    int statm;
    /// The latest large grant of each thread.
    struct { size_t bytes; int64_t time; } grants[places];
    int64_t purged;
} guard = { .lock = PTHREAD_MUTEX_INITIALIZER, .statm = -1 };

/// What the guarded library's own allocator offers, null where it has none.
static void (*flush_all)(void);

_Thread_local bool cn_memory_guard_checkpoints;

static _Thread_local struct {
    /// Set while memory is given back: that allocates too.
    bool inside;
    /// Set while a task of the storage runs.
    bool stores;
    unsigned place;
    /// Bytes of small requests since they were measured last.
    size_t small;
} thread;

static int64_t milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static size_t resident(void) {
    char text[128];
    ssize_t length = guard.statm < 0 ? -1 : pread(guard.statm, text, sizeof text - 1, 0);
    size_t pages = 0;
    if (length <= 0) return 0;
    text[length] = 0;
    // The second number.
    const char *digit = strchr(text, ' ');
    for (digit = digit ? digit + 1 : ""; *digit >= '0' && *digit <= '9'; digit++) pages = pages * 10 + (*digit - '0');
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/// What threads were granted just now and have perhaps not touched yet. A thread that asks again has used what it got.
static size_t granted(unsigned besides, int64_t now) {
    size_t sum = 0;
    for (unsigned i = 0; i < places; i++)
        if (i != besides && guard.grants[i].bytes && now - guard.grants[i].time < recent) sum += guard.grants[i].bytes;
    return sum;
}

static void give_back(void) {
    bool was = thread.inside;
    thread.inside = true;
    if (flush_all) flush_all();
    malloc_trim(0);
    thread.inside = was;
}

/// Whether `bytes` more fit under the limit, raised by an eighth for small requests and a quarter for checkpoints; if so
/// they are granted.
static bool grants(size_t bytes, bool is_small) {
    size_t limit = atomic_load_explicit(&guard.limit, memory_order_relaxed);
    if (!limit || thread.inside) return true;
    limit += cn_memory_guard_checkpoints || thread.stores ? limit / 4 : is_small ? limit / 8 : 0;
    pthread_mutex_lock(&guard.lock);
    if (!thread.place) {
        static unsigned threads;
        thread.place = ++threads;
    }
    unsigned place = thread.place % places;
    int64_t now = milliseconds();
    size_t others = granted(place, now);
    bool fits = bytes <= limit && resident() + others <= limit - bytes;
    // What was freed may be resident still.
    if (!fits && bytes <= limit && now - guard.purged > recent) {
        give_back();
        guard.purged = now = milliseconds();
        fits = resident() + others <= limit - bytes;
    }
    if (fits) {
        guard.grants[place].bytes = bytes;
        guard.grants[place].time = now;
    }
    pthread_mutex_unlock(&guard.lock);
    return fits;
}

static inline bool refuses(size_t bytes) {
    if (__builtin_expect(bytes >= large, 0)) return !grants(bytes, false);
    thread.small += bytes;
    if (__builtin_expect(thread.small < large, 1)) return false;
    thread.small = 0;
    return !grants(large, true);
}

// MARK: Guards

static void *(*original_malloc)(size_t);
static void *(*original_calloc)(size_t, size_t);
static void *(*original_realloc)(void *, size_t);
static void *(*original_je_malloc)(size_t);
static void *(*original_je_realloc)(void *, size_t);
static void *(*original_new)(size_t);
static void *(*original_new_array)(size_t);
static void *(*original_new_nothrow)(size_t, const void *);
static void *(*original_new_array_nothrow)(size_t, const void *);
static void *(*original_new_of_texts)(size_t);
static bool (*original_automatic_checkpoint)(void *, uint64_t);
static int (*original_execute_task)(void *, int);

/// No allocator has so much: operator new throws std::bad_alloc.
static const size_t impossible = PTRDIFF_MAX;

static void *guarded_malloc(size_t size) { return refuses(size) ? NULL : original_malloc(size); }
static void *guarded_calloc(size_t count, size_t size) {
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) || refuses(bytes) ? NULL : original_calloc(count, size);
}
static void *guarded_realloc(void *old, size_t size) { return refuses(size) ? NULL : original_realloc(old, size); }
static void *guarded_je_malloc(size_t size) { return refuses(size) ? NULL : original_je_malloc(size); }
static void *guarded_je_realloc(void *old, size_t size) { return refuses(size) ? NULL : original_je_realloc(old, size); }
static void *guarded_new(size_t size) { return original_new(refuses(size) ? impossible : size); }
static void *guarded_new_array(size_t size) { return original_new_array(refuses(size) ? impossible : size); }
static void *guarded_new_nothrow(size_t size, const void *tag) {
    return refuses(size) ? NULL : original_new_nothrow(size, tag);
}
static void *guarded_new_array_nothrow(size_t size, const void *tag) {
    return refuses(size) ? NULL : original_new_array_nothrow(size, tag);
}
/// Small texts are let pass unmeasured: they may be anybody's.
static void *guarded_new_of_texts(size_t size) {
    return original_new_of_texts(size >= large && refuses(size) ? impossible : size);
}

/// duckdb::SingleFileStorageManager::AutomaticCheckpoint: says, as a transaction commits, whether a checkpoint follows.
static bool guarded_automatic_checkpoint(void *storage, uint64_t bytes) {
    bool follows = original_automatic_checkpoint(storage, bytes);
    if (follows) cn_memory_guard_checkpoints = true;
    return follows;
}
/// duckdb::BaseExecutorTask::Execute, which lets no exception out: parts of checkpoints on DuckDB's threads.
static int guarded_execute_task(void *task, int mode) {
    thread.stores = true;
    int result = original_execute_task(task, mode);
    thread.stores = false;
    return result;
}

struct replacement {
    const char *name;
    void *guarded;
    void **original;
};

static const struct replacement of_library[] = {
    {"malloc", guarded_malloc, (void **)&original_malloc},
    {"calloc", guarded_calloc, (void **)&original_calloc},
    {"realloc", guarded_realloc, (void **)&original_realloc},
    // DuckDB's own jemalloc.
    {"duckdb_je_malloc", guarded_je_malloc, (void **)&original_je_malloc},
    {"duckdb_je_realloc", guarded_je_realloc, (void **)&original_je_realloc},
    // operator new, new[] and the two that return null.
    {"_Znwm", guarded_new, (void **)&original_new},
    {"_Znam", guarded_new_array, (void **)&original_new_array},
    {"_ZnwmRKSt9nothrow_t", guarded_new_nothrow, (void **)&original_new_nothrow},
    {"_ZnamRKSt9nothrow_t", guarded_new_array_nothrow, (void **)&original_new_array_nothrow},
    {"_ZN6duckdb24SingleFileStorageManager19AutomaticCheckpointEm", guarded_automatic_checkpoint,
     (void **)&original_automatic_checkpoint},
    {"_ZN6duckdb16BaseExecutorTask7ExecuteENS_17TaskExecutionModeE", guarded_execute_task,
     (void **)&original_execute_task},
    {NULL, NULL, NULL},
};

static const struct replacement of_texts[] = {
    {"_Znwm", guarded_new_of_texts, (void **)&original_new_of_texts},
    {NULL, NULL, NULL},
};

// MARK: Putting them in place

/// A loaded library's tables. Source: https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html
struct tables {
    ElfW(Addr) base;
    const ElfW(Sym) *symbols;
    const char *names;
    const ElfW(Rela) *relocations[2];
    size_t bytes[2];
};

static struct tables tables_of(const struct link_map *map) {
    struct tables found = { .base = map->l_addr };
    // glibc has turned the addresses of these entries into absolute ones.
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) switch (entry->d_tag) {
        case DT_SYMTAB: found.symbols = (const void *)entry->d_un.d_ptr; break;
        case DT_STRTAB: found.names = (const void *)entry->d_un.d_ptr; break;
        case DT_RELA: found.relocations[0] = (const void *)entry->d_un.d_ptr; break;
        case DT_RELASZ: found.bytes[0] = entry->d_un.d_val; break;
        case DT_JMPREL: found.relocations[1] = (const void *)entry->d_un.d_ptr; break;
        case DT_PLTRELSZ: found.bytes[1] = entry->d_un.d_val; break;
    }
    return found;
}

/// Whether the entry holds the address of a symbol: in the tables of imports, or in one of C++'s tables of methods.
static bool is_address(const ElfW(Rela) *relocation) {
    unsigned long type = ELF64_R_TYPE(relocation->r_info);
#if defined(__x86_64__)
    return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT || (type == R_X86_64_64 && !relocation->r_addend);
#else
    return type == R_AARCH64_JUMP_SLOT || type == R_AARCH64_GLOB_DAT
        || (type == R_AARCH64_ABS64 && !relocation->r_addend);
#endif
}

/// The protection of the page that holds `slot`: parts of the tables are read-only once they are filled.
struct search { ElfW(Addr) base, slot; int protection; };
static int look_up_protection(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    struct search *search = context;
    if (object->dlpi_addr != search->base) return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        ElfW(Addr) start = object->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_GNU_RELRO && search->slot >= start && search->slot < start + header->p_memsz)
            search->protection = PROT_READ;
    }
    return 1;
}

static bool replace(void **slot, void *guarded, ElfW(Addr) base) {
    uintptr_t page = (uintptr_t)slot & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    size_t length = (uintptr_t)slot + sizeof *slot - page;
    struct search search = { base, (ElfW(Addr))slot, PROT_READ | PROT_WRITE };
    dl_iterate_phdr(look_up_protection, &search);
    if (mprotect((void *)page, length, PROT_READ | PROT_WRITE)) return false;
    __atomic_store_n(slot, guarded, __ATOMIC_RELEASE);
    if (search.protection == PROT_READ) (void)mprotect((void *)page, length, PROT_READ);
    return true;
}

/// How many of the entries were replaced.
static int put_in_place(const struct link_map *map, const struct replacement *replacements) {
    struct tables tables = tables_of(map);
    int count = 0;
    if (!tables.symbols || !tables.names) return 0;
    for (int table = 0; table < 2; table++) {
        const ElfW(Rela) *relocation = tables.relocations[table];
        const ElfW(Rela) *end = relocation + tables.bytes[table] / sizeof *relocation;
        for (; relocation && relocation < end; relocation++) {
            if (!is_address(relocation)) continue;
            const char *name = tables.names + tables.symbols[ELF64_R_SYM(relocation->r_info)].st_name;
            for (const struct replacement *each = replacements; each->name; each++) {
                if (strcmp(each->name, name)) continue;
                void **slot = (void **)(tables.base + relocation->r_offset);
                // Before the guard is there to need it. All entries of a name hold the same address.
                *each->original = *slot;
                count += replace(slot, each->guarded, tables.base);
            }
        }
    }
    return count;
}

bool cn_memory_guard_install(void *handle) {
    struct link_map *map = NULL;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) || !map) return false;
    guard.statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (guard.statm < 0) return false;
    // duckdb::Allocator::FlushAll()
    *(void **)&flush_all = dlsym(handle, "_ZN6duckdb9Allocator8FlushAllEv");
    // libstdc++ binds lazily, perhaps: an entry that is not bound yet leads to the linker, which would bind it anew.
    void *new = dlsym(handle, "_Znwm");
    const struct link_map *texts = map;
    while (texts->l_prev) texts = texts->l_prev;
    while (texts && !strstr(texts->l_name, "/libstdc++.so")) texts = texts->l_next;
    if (texts && new) {
        put_in_place(texts, of_texts);
        *(void **)&original_new_of_texts = new;
    }
    return put_in_place(map, of_library) > 0;
}

void cn_memory_guard_set_limit(size_t bytes) { atomic_store(&guard.limit, bytes); }
size_t cn_memory_guard_limit(void) { return atomic_load(&guard.limit); }
bool cn_memory_guard_has_room(size_t bytes) { return grants(bytes, false); }
void cn_memory_guard_give_back(void) { give_back(); }
#else
_Thread_local bool cn_memory_guard_checkpoints;
bool cn_memory_guard_install(void *handle) { (void)handle; return false; }
void cn_memory_guard_set_limit(size_t bytes) { (void)bytes; }
size_t cn_memory_guard_limit(void) { return 0; }
bool cn_memory_guard_has_room(size_t bytes) { (void)bytes; return true; }
void cn_memory_guard_give_back(void) {}
#endif
