"""Takes rights away from a worker, before any code of a model runs: Landlock, seccomp, resource limits.

Source: https://docs.kernel.org/userspace-api/landlock.html, https://docs.kernel.org/userspace-api/seccomp_filter.html
"""
import ctypes
import errno
import os
import platform
import resource
import struct

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 1, 38, 22
SYS_LANDLOCK_CREATE, SYS_LANDLOCK_ADD, SYS_LANDLOCK_RESTRICT = 444, 445, 446

# Landlock's rights on files, by bit.
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
READ = EXECUTE | READ_FILE | READ_DIR
# Which rights each version of Landlock knows: version -> highest bit, exclusive.
_RIGHTS_OF_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}

CLONE_THREAD = 0x00010000
AF_UNIX = 1

# (name, x86_64, aarch64); None where the architecture has no such call.
_REFUSED = [
    ("socket", 41, 198), ("connect", 42, 203), ("accept", 43, 202), ("bind", 49, 200), ("listen", 50, 201),
    ("accept4", 288, 242), ("execve", 59, 221), ("execveat", 322, 281), ("ptrace", 101, 117), ("fork", 57, None),
    ("vfork", 58, None), ("rt_sigqueueinfo", 129, 138), ("rt_tgsigqueueinfo", 297, 240),
    ("process_vm_readv", 310, 270), ("process_vm_writev", 311, 271), ("pidfd_send_signal", 424, 424),
    ("pidfd_open", 434, 434), ("pidfd_getfd", 438, 438), ("io_uring_setup", 425, 425), ("io_uring_enter", 426, 426),
    ("io_uring_register", 427, 427), ("unshare", 272, 97), ("setns", 308, 268), ("mount", 165, 40),
    ("umount2", 166, 39), ("pivot_root", 155, 41), ("chroot", 161, 51), ("open_tree", 428, 428),
    ("move_mount", 429, 429), ("fsopen", 430, 430), ("fsconfig", 431, 431), ("fsmount", 432, 432),
    ("fspick", 433, 433), ("mount_setattr", 442, 442), ("bpf", 321, 280), ("perf_event_open", 298, 241),
    ("userfaultfd", 323, 282), ("keyctl", 250, 219), ("add_key", 248, 217), ("request_key", 249, 218),
    ("kexec_load", 246, 104), ("kexec_file_load", 320, 294), ("init_module", 175, 105), ("finit_module", 313, 273),
    ("delete_module", 176, 106), ("open_by_handle_at", 304, 265), ("name_to_handle_at", 303, 264),
    ("mknod", 133, None), ("mknodat", 259, 33), ("personality", 135, 92), ("reboot", 169, 142), ("acct", 163, 89),
    ("settimeofday", 164, 170), ("clock_settime", 227, 112), ("adjtimex", 159, 171), ("clock_adjtime", 305, 266),
    ("shmget", 29, 194), ("semget", 64, 190), ("msgget", 68, 186), ("mq_open", 240, 180), ("iopl", 172, None),
    ("ioperm", 173, None), ("modify_ldt", 154, None), ("swapon", 167, 224), ("swapoff", 168, 225),
]
_SIGNALS = [("kill", 62, 129), ("tgkill", 234, 131)]
_ARCHITECTURES = {"x86_64": (0, 0xC000003E, 56, 200, 53), "aarch64": (1, 0xC00000B7, 220, 130, 199)}


class LandlockUnavailable(OSError):
    """The kernel has no Landlock, or it is switched off."""


def landlock_abi():
    """The version of Landlock that the kernel offers, 0 for none."""
    version = _libc.syscall(SYS_LANDLOCK_CREATE, None, 0, 1)
    return max(version, 0)


def _check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def die_with_parent():
    _check(_libc.prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0), "prctl(PR_SET_PDEATHSIG)")


def no_new_privileges():
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)")


def confine_files(readable, writable):
    """From here on only files under these paths can be opened; needs `no_new_privileges` before."""
    abi = landlock_abi()
    if abi == 0:
        raise LandlockUnavailable(errno.ENOSYS, "the kernel offers no Landlock")
    handled = (1 << _RIGHTS_OF_ABI[min(abi, 5)]) - 1
    network = 3 if abi >= 4 else 0
    scopes = 3 if abi >= 6 else 0  # abstract sockets and signals stay inside
    attributes = struct.pack("<QQQ", handled, network, scopes)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = _check(_libc.syscall(SYS_LANDLOCK_CREATE, attributes, size, 0), "landlock_create_ruleset")
    try:
        rules = [(path, READ & handled) for path in readable]
        rules += [(path, handled & ~EXECUTE & ~IOCTL_DEV) for path in writable]
        rules += [(path, READ_FILE) for path in ("/dev/zero", "/dev/urandom", "/dev/random")]
        rules += [("/dev/null", READ_FILE | WRITE_FILE)]
        for path, rights in rules:
            try:
                fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue  # not there: nothing to allow
            try:
                if not os.path.isdir(path):
                    rights &= EXECUTE | WRITE_FILE | READ_FILE | (TRUNCATE & handled)
                rule = struct.pack("<Qi", rights, fd)
                _check(_libc.syscall(SYS_LANDLOCK_ADD, ruleset, 1, rule, 0), f"landlock_add_rule({path})")
            finally:
                os.close(fd)
        _check(_libc.syscall(SYS_LANDLOCK_RESTRICT, ruleset, 0), "landlock_restrict_self")
    finally:
        os.close(ruleset)


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction))]


def _filter(pid):
    """The filter as a list of (code, jump if true, jump if false, constant)."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no system call filter for the architecture {machine}")
    column, audit, clone, tkill, socketpair = _ARCHITECTURES[machine]
    load, equal, above, bits, back = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill = 0x7FFF0000, 0x80000000
    refuse, missing = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
    first_argument = 16
    program = [(load, 0, 0, 4), (equal, 1, 0, audit), (back, 0, 0, kill), (load, 0, 0, 0)]
    if machine == "x86_64":
        program += [(above, 0, 1, 0x40000000), (back, 0, 0, refuse)]  # the x32 calls
    for _, *numbers in _REFUSED:
        if numbers[column] is not None:
            program += [(equal, 0, 1, numbers[column]), (back, 0, 0, refuse)]
    program += [(equal, 0, 1, 435), (back, 0, 0, missing)]  # clone3: its flags can't be seen; libc falls back
    program += [(equal, 0, 1, tkill), (back, 0, 0, refuse)]
    # New threads, not new processes.
    program += [(equal, 0, 4, clone), (load, 0, 0, first_argument), (bits, 0, 1, CLONE_THREAD), (back, 0, 0, allow),
                (back, 0, 0, refuse)]
    # Signals to itself (abort) only.
    for _, *numbers in _SIGNALS:
        program += [(equal, 0, 4, numbers[column]), (load, 0, 0, first_argument), (equal, 0, 1, pid),
                    (back, 0, 0, allow), (back, 0, 0, refuse)]
    # asyncio's own pair of sockets.
    program += [(equal, 0, 4, socketpair), (load, 0, 0, first_argument), (equal, 0, 1, AF_UNIX), (back, 0, 0, allow),
                (back, 0, 0, refuse)]
    return program + [(back, 0, 0, allow)]


def filter_system_calls():
    """No sockets, programs, processes, tracing or mounts from here on: EPERM. Needs `no_new_privileges` before."""
    lines = _filter(os.getpid())
    array = (_Instruction * len(lines))(*[_Instruction(*line) for line in lines])
    program = _Program(len(lines), array)
    _check(_libc.prctl(PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0), "prctl(PR_SET_SECCOMP)")


def limit_resources(memory_bytes, file_bytes, open_files):
    """Hard limits for the rest of the process' life; 0 leaves one as it is.

    `memory_bytes` is counted from what the process has mapped already.
    """
    with open("/proc/self/statm", encoding="ascii") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    wanted = [
        (resource.RLIMIT_AS, memory_bytes and mapped + memory_bytes), (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, open_files),
    ]
    for which, value in wanted:
        if value:
            hard = resource.getrlimit(which)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(which, (value, value))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_cpu(seconds):
    """At most so many seconds of processor time from now; the kernel ends the process after that."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = int(usage.ru_utime + usage.ru_stime + seconds) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard == resource.RLIM_INFINITY or until <= hard:
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))
