#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cn_descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

int cn_send_fds(int sock, const void *data, size_t n, const int *fds, int nfds) {
    if (n == 0 || data == NULL || nfds < 0 || nfds > CN_MAXIMUM_FDS || (nfds > 0 && fds == NULL)) {
        errno = EINVAL;
        return -1;
    }
    union {
        char space[CMSG_SPACE(sizeof(int) * CN_MAXIMUM_FDS)];
        struct cmsghdr alignment;
    } control;
    memset(&control, 0, sizeof control);
    struct iovec bytes = {.iov_base = (void *)data, .iov_len = n};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    if (nfds > 0) {
        message.msg_control = control.space;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)nfds);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)nfds);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * (size_t)nfds);
    }
    ssize_t sent;
    do { sent = sendmsg(sock, &message, MSG_NOSIGNAL); } while (sent < 0 && errno == EINTR);
    if (sent < 0) return -1;
    const char *rest = (const char *)data + sent;
    size_t left = n - (size_t)sent;
    while (left > 0) {
        ssize_t more = send(sock, rest, left, MSG_NOSIGNAL);
        if (more < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        rest += more;
        left -= (size_t)more;
    }
    return 0;
}

static void close_all(const int *fds, int count) {
    for (int i = 0; i < count; i++) close(fds[i]);
}

ssize_t cn_recv_fds(int sock, void *data, size_t n, int *fds, int *nfds) {
    int room = nfds ? *nfds : 0;
    if (n == 0 || data == NULL || room < 0 || (room > 0 && fds == NULL)) {
        errno = EINVAL;
        return -1;
    }
    union {
        char space[CMSG_SPACE(sizeof(int) * CN_MAXIMUM_FDS)];
        struct cmsghdr alignment;
    } control;
    struct iovec bytes = {.iov_base = data, .iov_len = n};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.space;
    message.msg_controllen = sizeof control.space;
    int flags = 0;
#ifdef MSG_CMSG_CLOEXEC
    flags |= MSG_CMSG_CLOEXEC;
#endif
    ssize_t received;
    do { received = recvmsg(sock, &message, flags); } while (received < 0 && errno == EINTR);
    if (nfds) *nfds = 0;
    if (received < 0) return -1;
    int got[CN_MAXIMUM_FDS];
    int count = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        int here = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        if (count + here > CN_MAXIMUM_FDS) here = CN_MAXIMUM_FDS - count;
        memcpy(got + count, CMSG_DATA(header), sizeof(int) * (size_t)here);
        count += here;
    }
    if (count > room || (message.msg_flags & MSG_CTRUNC)) {
        close_all(got, count);
        errno = EMSGSIZE;
        return -1;
    }
    for (int i = 0; i < count; i++) {
        fcntl(got[i], F_SETFD, FD_CLOEXEC);
        fds[i] = got[i];
    }
    if (nfds) *nfds = count;
    return received;
}

int cn_memfd_create(const char *name, size_t size) {
    int fd;
#ifdef MFD_CLOEXEC
    fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
#else
    static unsigned counter;
    char path[64];
    snprintf(path, sizeof path, "/roost.%d.%u", (int)getpid(), __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED));
    (void)name;
    fd = shm_open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd >= 0) {
        shm_unlink(path);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
#endif
    if (fd < 0) return -1;
    if (size > 0 && ftruncate(fd, (off_t)size) != 0) {
        int failure = errno;
        close(fd);
        errno = failure;
        return -1;
    }
    return fd;
}

int cn_memfd_seal(int fd, int no_write) {
#ifdef F_ADD_SEALS
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | (no_write ? F_SEAL_WRITE : 0);
    return fcntl(fd, F_ADD_SEALS, seals);
#else
    (void)fd;
    (void)no_write;
    errno = ENOTSUP;
    return -1;
#endif
}
