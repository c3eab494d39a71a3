/// File descriptors across a Unix socket, and anonymous shared memory.
#pragma once
#include <stddef.h>
#include <sys/types.h>

/// Most descriptors that one message may carry.
#define CN_MAXIMUM_FDS 64

/// Sends `n` bytes (at least one) and `nfds` descriptors (0...CN_MAXIMUM_FDS) as one SCM_RIGHTS message.
///
/// The descriptors travel with the first byte; the rest of the bytes follow, so that the whole of `data` is sent on a
/// blocking socket. Never raises SIGPIPE. Returns 0, or -1 with errno (EINVAL for bad counts).
int cn_send_fds(int sock, const void *data, size_t n, const int *fds, int nfds);

/// Receives up to `n` bytes and up to `*nfds` descriptors; sets `*nfds` to the number received (close-on-exec set).
///
/// Returns the number of bytes (0 at the end of the stream), or -1 with errno. When more descriptors arrive than there
/// is room for, all are closed and the call fails with EMSGSIZE.
ssize_t cn_recv_fds(int sock, void *data, size_t n, int *fds, int *nfds);

/// Anonymous memory as a file, close-on-exec, of `size` bytes (0 leaves it empty); sealing allowed. -1 with errno.
///
/// On systems without memfd_create, an unlinked POSIX shared memory object.
int cn_memfd_create(const char *name, size_t size);

/// Seals a descriptor of `cn_memfd_create` against growing, shrinking and (when `no_write`) writing.
///
/// Returns 0, or -1 with errno; ENOTSUP where the system has no seals.
int cn_memfd_seal(int fd, int no_write);
