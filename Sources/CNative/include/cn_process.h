/// Starting a child process with exactly the descriptors it should have.
#pragma once
#include <sys/types.h>

/// Starts `path` in a session of its own: `input` becomes its standard input (-1 for /dev/null), `output` its standard
/// output and error (-1 for /dev/null), `control` (-1 for none) its descriptor 3. All other descriptors are closed, all
/// signals have their default action and none is blocked.
///
/// `argv` and `envp` end with NULL. Returns 0 and sets `*pid`, or an errno value.
int cn_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[], int input, int output, int control);

/// A pipe, both ends close-on-exec: `ends[0]` reads, `ends[1]` writes. 0, or -1 with errno.
int cn_pipe(int ends[2]);
