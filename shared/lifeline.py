"""The lifeline: no child outlives its supervisor, not even one that spins or is stopped.

The supervisor holds the only write end of a pipe and never writes to it.  A child opens the
read end anew and asks the kernel to send SIGKILL to the child's whole process group when
something happens on it (O_ASYNC with F_SETSIG, fcntl(2)).  The one thing that can happen is
that the last write end closes, which is when the supervisor is gone, however it went.

Why not PR_SET_PDEATHSIG: it watches the parent, which for a worker is the zygote, and a zygote
must be replaceable without its workers.  Why not end-of-file on the channel alone: a child that
is stopped or in an endless loop never reads it.

A program that carries a mesh has one of its own (`tie`), whose write end its worker holds.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
from typing import Final

_F_SETSIG: Final = 10
"""fcntl command of Linux; the standard library has no name for it before 3.13."""


def create() -> tuple[int, int]:
    """Return (read end, write end); both are closed on exec."""
    return os.pipe2(os.O_CLOEXEC)


def hold(read_end: int) -> int:
    """Tie this process and its group to the lifeline; return a descriptor to keep open.

    The process must be the leader of its own process group.  Exits at once when the supervisor
    is gone already.
    """
    # A new open file description: the owner and the signal belong to the description, and the
    # inherited one is shared by all children.
    descriptor = os.open(f"/proc/self/fd/{read_end}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    tie(descriptor, os.getpgrp())
    # A process that died before the line above sent no signal.
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    if poller.poll(0):
        os._exit(os.EX_UNAVAILABLE)
    return descriptor


def tie(descriptor: int, group: int) -> None:
    """Have the kernel kill a process group when the last write end of a pipe closes.

    It does for as long as a process holds this open file description, which one of the group can:
    it inherits the descriptor.  A write end that closed before this call sends no signal.

    Args:
        descriptor: a read end that no other process is tied to.
        group: the number of the process group.
    """
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, -group)
    fcntl.fcntl(descriptor, _F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_RDONLY | os.O_NONBLOCK | os.O_ASYNC)


def only_continue(descriptor: int) -> None:
    """Have the kernel send SIGCONT instead, for a process that sees to its end itself.

    It must notice the end of the supervisor by something else; being stopped does not keep it from
    that.

    Args:
        descriptor: what `hold` has returned.
    """
    fcntl.fcntl(descriptor, _F_SETSIG, signal.SIGCONT)
