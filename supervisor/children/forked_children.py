"""The children that zygotes have forked: awaiting their ends, whichever process is their parent.

Owns the table of living children, how each has ended, and ending what dead ones have left behind.
Does not own zygotes: while one lives it reaps its children and tells how they ended; when it has
died, the supervisor, being the child subreaper, is their parent and learns of their ends by itself.
Called by `zygote`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from meshvisor.shared import strays
from meshvisor.shared.model.exits import ExitCause
from meshvisor.supervisor.children import oom
from meshvisor.supervisor.children.zygote_process import ZygoteProcess
from meshvisor.supervisor.process import OwnedProcess, cause_of, reap_with_group

log = logging.getLogger(__name__)

STRAYS_PAUSE: Final = 0.1
"""Seconds between two looks for strays: each looks at all processes of the machine."""

STRAYS_LOOK: Final = 0.02
"""Seconds until they are looked for again at a stop."""

STRAYS_LOOKS: Final = 100
"""How often that is done; a process that the kernel cannot end does not hold up the stop."""

REPORT_DEADLINE: Final = 3.0
"""Seconds that a zygote has to say how its child ended, which takes it microseconds.  One that
is stopped or hangs would otherwise keep dead workers looking alive for ever."""


@dataclass(slots=True)
class _Watched:
    """A child whose end is awaited."""

    zygote: ZygoteProcess
    """The parent, until it dies."""
    pidfd: int
    exited: asyncio.Future[ExitCause]


class ForkedChildren:
    """All children that live.

    Args:
        zygotes: returns those that have not ended; they may have children that they have not
            reported yet.
    """

    def __init__(self, zygotes: Callable[[], Collection[ZygoteProcess]]) -> None:
        self._zygotes = zygotes
        self._children: dict[int, _Watched] = {}
        self._oom_kills = oom.KillCounter()
        self._strays_due: asyncio.TimerHandle | None = None
        self._stopping = False

    @property
    def pids(self) -> set[int]:
        """PIDs of all living children."""
        return set(self._children)

    def watch(self, zygote: ZygoteProcess, pid: int, pidfd: int) -> asyncio.Future[ExitCause]:
        """Await the end of a child; returns what is set when it comes.

        Args:
            zygote: its parent.
            pid: of the child.
            pidfd: of the child; it is closed at its end.
        """
        loop = asyncio.get_running_loop()
        exited: asyncio.Future[ExitCause] = loop.create_future()
        self._children[pid] = _Watched(zygote, pidfd, exited)
        loop.add_reader(pidfd, self._try_reap, pid)
        return exited

    def signal(self, pid: int, exited: asyncio.Future[ExitCause], number: int) -> None:
        """Send a signal to a child; nothing happens when it has ended.

        Args:
            pid: of the child, which another one may have by now.
            exited: what `watch` has returned for it.
            number: of the signal.
        """
        watched = self._children.get(pid)
        if watched is not None and watched.exited is exited and not exited.done():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(watched.pidfd, number)

    def reported(self, pid: int, status: int) -> None:
        """Take in what a zygote says about the end of its child."""
        # The kernel's killer sends nothing but this.
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        by_kernel = killed and self._oom_kills.rose()
        self._child_ended(pid, ExitCause.from_wait_status(status, out_of_memory=by_kernel))

    def adopt_from(self, zygote: ZygoteProcess) -> None:
        """Await the ends of a zygote's children without it: it is dead."""
        self._strays_may_be_left()
        for pid in [pid for pid, child in self._children.items() if child.zygote is zygote]:
            self._adopt(pid)

    def stop(self) -> None:
        """Look for nothing that is left behind before `all_ended` does; idempotent."""
        self._stopping = True

    async def all_ended(self) -> None:
        """Return when all children have ended, whose zygotes have, and what they left behind."""
        for pid in list(self._children):
            self._adopt(pid)
        await asyncio.gather(*(child.exited for child in list(self._children.values())))
        await self._end_all_strays()

    # Ends

    def _adopt(self, pid: int) -> None:
        """Its zygote is dead: wait for the child's end ourselves, if it has not come already."""
        asyncio.get_running_loop().add_reader(self._children[pid].pidfd, self._try_reap, pid)
        self._try_reap(pid)

    def _try_reap(self, pid: int) -> None:
        """Reader of a child's pidfd: it is dead, but perhaps not ours to reap."""
        watched = self._children.get(pid)
        if watched is None:
            return
        try:
            ended = reap_with_group(watched.pidfd)
        except ChildProcessError:
            if not watched.zygote.is_over:
                # The zygote reaps it and says how it ended, in a moment.
                loop = asyncio.get_running_loop()
                loop.remove_reader(watched.pidfd)
                loop.call_later(REPORT_DEADLINE, self._check_reported, pid, watched)
            elif _is_dead(watched.pidfd):
                # Its zygote has reaped it, and died before it could say how it ended.
                self._child_ended(pid, ExitCause())
            return
        if ended is not None:
            self._child_ended(pid, cause_of(ended))

    def _check_reported(self, pid: int, watched: _Watched) -> None:
        if self._children.get(pid) is watched and not watched.zygote.is_over:
            log.error(
                "the zygote does not say how its child %d ended, and is replaced",
                pid,
                extra={"event": "zygote.hung"},
            )
            watched.zygote.dismiss("does not say how its children end")

    def _child_ended(self, pid: int, cause: ExitCause) -> None:
        watched = self._children.pop(pid, None)
        if watched is None:
            return
        asyncio.get_running_loop().remove_reader(watched.pidfd)
        os.close(watched.pidfd)
        if watched.zygote.is_over:
            self._strays_may_be_left()
        if not watched.exited.done():
            watched.exited.set_result(cause)

    # What dead children have left behind, when their zygote is dead too

    def _strays_may_be_left(self) -> None:
        """Look for strays, soon: once for all that end together."""
        if self._strays_due is None and not self._stopping:
            loop = asyncio.get_running_loop()
            self._strays_due = loop.call_later(STRAYS_PAUSE, self._look_for_strays)

    def _look_for_strays(self) -> None:
        self._strays_due = None
        if self._end_strays():
            self._strays_may_be_left()

    def _end_strays(self) -> bool:
        """Kill strays; say whether to look again."""
        unclaimed = set[int]().union(*(zygote.unclaimed for zygote in self._zygotes()))
        return strays.end(OwnedProcess.known | self._children.keys() | unclaimed)

    async def _end_all_strays(self) -> None:
        for _ in range(STRAYS_LOOKS):
            if not self._end_strays():
                return
            await asyncio.sleep(STRAYS_LOOK)


def _is_dead(pidfd: int) -> bool:
    try:
        signal.pidfd_send_signal(pidfd, 0)
    except ProcessLookupError:
        return True
    return False
