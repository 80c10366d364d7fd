"""Programs that the supervisor executes itself: the zygote and the playground.

Owns noticing their end by pidfd, stopping them, and the reaping of orphans that the kernel hands
to the supervisor.  Does not own their execution (`supervisor.spawn`), nor workers: the zygote
forks those (`supervisor.children.zygote`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import Final

from meshvisor.shared.model.exits import ExitCause


class OwnedProcess:
    """A program that this process has executed; make it inside a running event loop.

    Args:
        pid: of the program, a child that has not been reaped.

    Raises:
        OSError: it cannot be watched, for want of a descriptor or of memory; it has no owner then.
    """

    known: Final[set[int]] = set()
    """PIDs that have an owner who reaps them."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.pidfd = os.pidfd_open(pid)
        loop = asyncio.get_running_loop()
        self.exited: asyncio.Future[ExitCause] = loop.create_future()
        try:
            loop.add_reader(self.pidfd, self._reap)
        except OSError:
            os.close(self.pidfd)
            raise
        self.known.add(pid)

    def signal(self, number: int) -> None:
        """Send a signal; does nothing when the process has ended."""
        if not self.exited.done():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, number)

    async def stop(self, deadline: float) -> ExitCause:
        """Send SIGTERM, after `deadline` seconds SIGKILL, and return how it ended."""
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(deadline):
                return await asyncio.shield(self.exited)
        except TimeoutError:
            self.signal(signal.SIGKILL)
            return await self.exited

    def _reap(self) -> None:
        ended = reap_with_group(self.pidfd)
        if ended is None:
            return
        asyncio.get_running_loop().remove_reader(self.pidfd)
        os.close(self.pidfd)
        self.known.discard(self.pid)
        self.exited.set_result(cause_of(ended))


def reap_with_group(pidfd: int) -> os.waitid_result | None:
    """Reap a dead child and kill what is left of its process group; None: it lives.

    The child leads a group of its own, so what it has started goes with it.

    Raises:
        ChildProcessError: it is the child of another process.
    """
    ended = os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if ended is None:
        return None
    # While the dead leader is not reaped, its number cannot be given to another group.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(ended.si_pid, signal.SIGKILL)
    return os.waitid(os.P_PIDFD, pidfd, os.WEXITED)


def cause_of(ended: os.waitid_result) -> ExitCause:
    """Read what `os.waitid` has returned."""
    if ended.si_code == os.CLD_EXITED:
        return ExitCause(code=ended.si_status)
    return ExitCause(signal=ended.si_status)


def reap_orphans(known: set[int]) -> bool:
    """Reap dead children without an owner: what a worker has started and left behind.

    Returns False when a known one is in the way, behind which there may be others: to be called
    again once its owner has reaped it.

    Args:
        known: PIDs that have an owner, which reaps them.
    """
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return True
        if ended is None:
            return True
        if ended.si_pid in known:
            return False
        with contextlib.suppress(ChildProcessError):
            os.waitpid(ended.si_pid, 0)
