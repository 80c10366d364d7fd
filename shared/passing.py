"""Receiving descriptors over a UNIX socket so that no program inherits them by accident.

Owns the one call.  Used by the zygote (channels and log pipes), by the supervisor (pidfds), and by
`meshvisor doctor`, which tries whether it works.
"""

from __future__ import annotations

import array
import socket


def receive(sock: socket.socket, size: int, most: int) -> tuple[bytes, list[int]]:
    """Return one datagram and the descriptors that came with it, closed on exec from the start.

    Not `socket.recv_fds`: in Python 3.11 it takes flags and does not pass them on, and a descriptor
    that is marked only afterwards may have been inherited by then.

    Args:
        sock: a UNIX socket.
        size: bytes of the longest datagram; longer ones are cut.
        most: descriptors at most; the kernel drops what this process has no room for.

    Raises:
        OSError: as of `socket.recvmsg`, `BlockingIOError` included.
    """
    numbers = array.array("i")
    data, parts, _, _ = sock.recvmsg(
        size, socket.CMSG_LEN(most * numbers.itemsize), socket.MSG_CMSG_CLOEXEC
    )
    for level, kind, content in parts:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            numbers.frombytes(content[: len(content) - len(content) % numbers.itemsize])
    return data, list(numbers)
