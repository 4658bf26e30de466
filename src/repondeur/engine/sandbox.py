"""The engine's own cage: no socket, no other program, no file written, bounded memory.

On Linux a seccomp filter (``man 2 seccomp``, BPF program below) refuses the system calls that make a socket of any
family, start another program, or reach io_uring, which could do either unseen. It is irreversible and is inherited by
every thread started afterwards: call :func:`seal` before the first one. Windows and macOS have no equivalent at this
price; there :func:`seal` answers False and the program says so.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from typing import Final

_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_MODE_FILTER: Final = 2
_SECCOMP_CALL: Final = {"x86_64": 317, "aarch64": 277}
_SET_FILTER: Final = 1
_ALLOW_SPECULATION: Final = 4
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW: Final = 0x7FFF0000
_KILL_PROCESS: Final = 0x80000000
_DENY: Final = 0x00050000 | errno.EACCES
_X32_CALLS: Final = 0x40000000
# Machine: (audit architecture, {call: number}) from linux/audit.h and the kernel's syscall tables.
_MACHINES: Final[dict[str, tuple[int, dict[str, int]]]] = {
    "x86_64": (
        0xC000003E,
        {"socket": 41, "socketpair": 53, "execve": 59, "execveat": 322, "io_uring_setup": 425},
    ),
    "aarch64": (
        0xC00000B7,
        {"socket": 198, "socketpair": 199, "execve": 221, "execveat": 281, "io_uring_setup": 425},
    ),
}


class NotSealed(Exception):
    """The system refused the filter although it should know it."""


def seal() -> bool:
    """Shut this process in for good; return whether the system now refuses it every socket.

    Raises:
        NotSealed: this is a Linux that should take the filter, and did not.
    """
    _limit_files()
    machine = platform.machine()
    if not sys.platform.startswith("linux") or machine not in _MACHINES:
        return False
    _install(_program(*_MACHINES[machine]))
    return True


def limit_memory(extra: int) -> None:
    """Let this process grow by ``extra`` bytes of address space and no further (nothing where it cannot be limited)."""
    if not sys.platform.startswith("linux"):
        return
    import resource

    with open("/proc/self/statm", "rb") as statm:
        pages = int(statm.read().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + extra
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _limit_files() -> None:
    """No core file, which would hold reviews, and no file grown at all."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _program(architecture: int, calls: dict[str, int]) -> bytes:
    """Return the BPF program: other architectures die, the named calls answer EACCES, everything else passes."""
    steps = [
        (_LOAD, 0, 0, 4),  # seccomp_data.arch
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, 0),  # seccomp_data.nr
        (_JUMP_AT_LEAST, len(calls) + 1, 0, _X32_CALLS),
    ]
    left = len(calls)
    for number in calls.values():
        steps.append((_JUMP_EQUAL, left, 0, number))
        left -= 1
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _DENY)]
    return b"".join(struct.pack("HBBI", code, yes, no, value) for code, yes, no, value in steps)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _install(program: bytes) -> None:
    code = ctypes.create_string_buffer(program, len(program))
    header = _Program(len(program) // 8, ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise NotSealed(os.strerror(ctypes.get_errno()))
    # Without that flag Linux before 5.16 slows the whole process, to guard it against code that it never runs.
    if libc.syscall(_SECCOMP_CALL[platform.machine()], _SET_FILTER, _ALLOW_SPECULATION, ctypes.byref(header)) == 0:
        return
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(header), 0, 0):
        raise NotSealed(os.strerror(ctypes.get_errno()))
