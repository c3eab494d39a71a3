/// A bound on the memory that DuckDB makes the process take.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Puts guards in the place of the functions by which the library that `handle` (from `dlopen`, with `RTLD_NOW`) names
/// asks for memory, and of the one by which the C++ library grows texts. Until a limit is set they let all pass.
///
/// Returns whether there are guards now: on Linux with glibc, on x86-64 and arm64. To be called once.
bool cn_memory_guard_install(void *handle);

/// Refuses what would take the process's resident memory over so many bytes; 0 refuses nothing. Any thread may call it.
///
/// The library sees a failed allocation: a null pointer, or `std::bad_alloc`. Large requests (1 MiB and more) are
/// measured one by one, small ones together, by the MiB. Small ones may go an eighth over the limit, since code that
/// gives up and cleans up needs memory too, and checkpoints a quarter.
void cn_memory_guard_set_limit(size_t bytes);

/// The limit, 0 where there is none.
size_t cn_memory_guard_limit(void);

/// Whether the calling thread may take so many bytes itself, which it then does at once.
bool cn_memory_guard_has_room(size_t bytes);

/// Makes DuckDB and the heap give back to the system what they keep for later. Takes milliseconds.
void cn_memory_guard_give_back(void);

/// Set while this thread commits a transaction that a checkpoint follows; for `cn_memory_guard_enter` only.
extern _Thread_local bool cn_memory_guard_checkpoints;

/// To be called before each call into the library: the last one's checkpoint is over.
static inline void cn_memory_guard_enter(void) { cn_memory_guard_checkpoints = false; }
