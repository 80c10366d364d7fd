"""Has the kernel ask us before each system call of some kinds that a child makes (seccomp).

Owns the filter, which calls belong to which kind, and answering.  Nothing in the child is replaced:
whichever library makes the call gets the error, as on a machine that refuses.  Linux 5.9 on x86-64
or 64-bit ARM.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import platform
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_X86: Final = {
    "open": {"open": 2, "openat": 257, "openat2": 437},
    "socket": {
        "socket": 41,
        "connect": 42,
        "bind": 49,
        "listen": 50,
        "socketpair": 53,
        "accept4": 288,
        "eventfd2": 290,
        "epoll_create1": 291,
        "pipe2": 293,
    },
    "write": {"write": 1, "pwrite64": 18, "writev": 20, "fsync": 74, "fdatasync": 75},
    "read": {"read": 0, "pread64": 17, "getdents64": 217},
    "talk": {"sendto": 44, "recvfrom": 45},
    "fork": {"clone": 56, "fork": 57, "vfork": 58, "execve": 59, "clone3": 435},
    "file": {
        "flock": 73,
        "ftruncate": 77,
        "chdir": 80,
        "rename": 82,
        "mkdir": 83,
        "unlink": 87,
        "fchmod": 91,
        "newfstatat": 262,
    },
}
_ARM: Final = {
    "open": {"openat": 56, "openat2": 437},
    "socket": {
        "eventfd2": 19,
        "epoll_create1": 20,
        "pipe2": 59,
        "socket": 198,
        "socketpair": 199,
        "bind": 200,
        "listen": 201,
        "connect": 203,
        "accept4": 242,
    },
    "write": {"write": 64, "writev": 66, "pwrite64": 68, "fsync": 82, "fdatasync": 83},
    "read": {"getdents64": 61, "read": 63, "pread64": 67},
    "talk": {"sendto": 206, "recvfrom": 207},
    "fork": {"clone": 220, "execve": 221, "clone3": 435},
    "file": {
        "flock": 32,
        "mkdirat": 34,
        "unlinkat": 35,
        "renameat": 38,
        "ftruncate": 46,
        "chdir": 49,
        "fchmod": 52,
        "newfstatat": 79,
        "renameat2": 276,
    },
}

_MACHINES: Final = {"x86_64": (_X86, 317), "aarch64": (_ARM, 277)}
"""By `platform.machine()`: the calls, and the number of seccomp(2) itself."""

REFUSALS: Final = {
    "open": ("EMFILE", "ENFILE", "EACCES", "EIO", "ENOMEM", "ENOSPC", "EROFS", "ELOOP"),
    "socket": ("EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EACCES", "ECONNREFUSED", "EADDRINUSE"),
    "write": ("ENOSPC", "EIO", "EDQUOT", "EPIPE", "EFBIG", "ENOMEM"),
    "read": ("EIO", "ENOMEM", "ESTALE"),
    "talk": ("ECONNRESET", "EPIPE", "ENOBUFS", "ENOMEM"),
    "fork": ("EAGAIN", "ENOMEM", "EPERM"),
    "file": ("EACCES", "EROFS", "ENOSPC", "EIO", "ENOMEM", "ENOLCK"),
}
"""What a machine may say to the calls of each kind."""

_PR_SET_NO_NEW_PRIVS: Final = 38
_SET_MODE_FILTER: Final = 1
_NEW_LISTENER: Final = 8
_ASK: Final = 0x7FC00000
_ALLOW: Final = 0x7FFF0000
_LOAD: Final = 0x20
_EQUAL: Final = 0x15
_RETURN: Final = 0x06
_RECEIVE: Final = 0xC0502100
_SEND: Final = 0xC0182101
_CONTINUE: Final = 1
_NOTICE: Final = struct.Struct("=QII i I Q 6Q")
_ANSWER: Final = struct.Struct("=QqiI")

_libc: Final = ctypes.CDLL(None, use_errno=True)


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("value", ctypes.c_uint),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.POINTER(_Instruction)))


@dataclass(frozen=True)
class Call:
    """One system call that the kernel asks about."""

    kind: str
    name: str
    thread: int
    arguments: tuple[int, ...]


def calls() -> dict[int, tuple[str, str]]:
    """Return kind and name of each call that is asked about, by its number."""
    kinds, _ = _MACHINES[platform.machine()]
    return {number: (kind, name) for kind, names in kinds.items() for name, number in names.items()}


def is_possible() -> bool:
    """Say whether this kernel does it for us."""
    if platform.machine() not in _MACHINES:
        return False
    child = os.fork()
    if child == 0:
        with contextlib.suppress(OSError):
            _install()
            os._exit(0)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def ask_first(channel: socket.socket) -> None:
    """From now on have all threads and children of this process ask; called in the child.

    Args:
        channel: on which the descriptor goes to the parent.
    """
    listener = _install()
    socket.send_fds(channel, [b"x"], [listener])  # sendmsg, which is not asked about
    os.close(listener)


def answer(listener: int, decide: Callable[[Call], int]) -> None:
    """Answer one question; `decide` returns the error number, or 0 for none."""
    notice = bytearray(_NOTICE.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, notice)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.EINTR}:
            return  # the requester was killed meanwhile
        raise
    number, thread, _, nr, _, _, *arguments = _NOTICE.unpack(notice)
    kind, name = calls()[nr]
    refusal = decide(Call(kind, name, thread, tuple(arguments)))
    reply = bytearray(_ANSWER.pack(number, 0, -refusal, 0 if refusal else _CONTINUE))
    with contextlib.suppress(OSError):
        fcntl.ioctl(listener, _SEND, reply)


def _install() -> int:
    numbers = sorted(calls())
    code = [_Instruction(_LOAD, 0, 0, 0)]
    # Each comparison that holds jumps over the rest to the last instruction.
    for position, number in enumerate(numbers):
        code.append(_Instruction(_EQUAL, len(numbers) - position, 0, number))
    code += [_Instruction(_RETURN, 0, 0, _ALLOW), _Instruction(_RETURN, 0, 0, _ASK)]
    array = (_Instruction * len(code))(*code)
    program = _Program(len(code), array)
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _, seccomp = _MACHINES[platform.machine()]
    listener: int = _libc.syscall(seccomp, _SET_MODE_FILTER, _NEW_LISTENER, ctypes.byref(program))
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener
