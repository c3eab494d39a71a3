#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cn_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

// A copy of `fd` above all numbers that the child's own descriptors take, so that none is overwritten before its turn.
static int above(int fd, int *copy) {
    *copy = -1;
    if (fd < 0) return 0;
    *copy = fcntl(fd, F_DUPFD_CLOEXEC, 16);
    return *copy < 0 ? errno : 0;
}

static int prepare(posix_spawn_file_actions_t *actions, int input, int output, int control) {
    int failure = input >= 0 ? posix_spawn_file_actions_adddup2(actions, input, 0)
                             : posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    for (int target = 1; target <= 2 && !failure; target++) {
        failure = output >= 0 ? posix_spawn_file_actions_adddup2(actions, output, target)
                              : posix_spawn_file_actions_addopen(actions, target, "/dev/null", O_WRONLY, 0);
    }
    if (!failure && control >= 0) failure = posix_spawn_file_actions_adddup2(actions, control, 3);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    if (!failure) failure = posix_spawn_file_actions_addclosefrom_np(actions, control >= 0 ? 4 : 3);
#endif
    return failure;
}

int cn_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[], int input, int output, int control) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure) return failure;
    failure = posix_spawnattr_init(&attributes);
    if (failure) {
        posix_spawn_file_actions_destroy(&actions);
        return failure;
    }
    int high_input, high_output, high_control;
    int failures[3] = {above(input, &high_input), above(output, &high_output), above(control, &high_control)};
    for (int i = 0; i < 3 && !failure; i++) failure = failures[i];
    if (!failure) failure = prepare(&actions, high_input, high_output, high_control);

    sigset_t all, none;
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    sigemptyset(&none);
    short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
#ifdef POSIX_SPAWN_SETSID
    flags |= POSIX_SPAWN_SETSID;
#endif
#ifdef POSIX_SPAWN_CLOEXEC_DEFAULT
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
    if (!failure) failure = posix_spawnattr_setsigdefault(&attributes, &all);
    if (!failure) failure = posix_spawnattr_setsigmask(&attributes, &none);
    if (!failure) failure = posix_spawnattr_setflags(&attributes, flags);
    if (!failure) failure = posix_spawn(pid, path, &actions, &attributes, argv, envp);

    if (high_input >= 0) close(high_input);
    if (high_output >= 0) close(high_output);
    if (high_control >= 0) close(high_control);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

int cn_pipe(int ends[2]) {
#ifdef __linux__
    return pipe2(ends, O_CLOEXEC);
#else
    if (pipe(ends) != 0) return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
#endif
}
