"""Finds children that live but do not work, by their heartbeats.

Owns which of them are hung, with grace for a machine that is short of processor time, and how a
hung one is ended.  Does not own when they are looked at, nor what follows: that is for their
owners.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Iterable
from typing import Final, Generic, TypeVar

from meshvisor.shared.clock import Clock
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.wording import Wording
from meshvisor.supervisor.children import liveness
from meshvisor.supervisor.children.child_process import ChildProcess
from meshvisor.supervisor.children.liveness import Suspicion

DUMP_TIME: Final = 0.15
"""Seconds that a hung child has to write its stacks before it is killed."""

P = TypeVar("P", bound=ChildProcess)

HUNG: Final = Wording("exits.hung", "hung: its event loop has not run for {seconds} s")

log = logging.getLogger(__name__)


class HeartbeatWatch(Generic[P]):
    """Watches the children of one kind.

    Args:
        heartbeats: what they stamp.
        clock: compared with the stamps.
        hung: called for each that is hung; has it ended with `end`.
        can_dump: whether SIGUSR1 makes a child write its stacks; not so for tasks of this process.
    """

    def __init__(
        self,
        heartbeats: HeartbeatTable,
        clock: Clock,
        hung: Callable[[P, str], None],
        *,
        can_dump: bool = True,
    ) -> None:
        self._heartbeats = heartbeats
        self._clock = clock
        self._hung = hung
        self._can_dump = can_dump
        self._last_scan = clock.monotonic()
        self._judged_from = self._last_scan

    def age(self, process: P) -> float:
        """Return the seconds since a child's event loop was last seen alive."""
        return max(0.0, self._clock.monotonic() - self._heartbeats.last(process.slot))

    def scan(self, processes: Iterable[P], hung_after: float) -> None:
        """Look at all heartbeats once.

        Args:
            processes: all children of this kind.
            hung_after: seconds without a heartbeat after which one is hung.
        """
        now = self._clock.monotonic()
        if now - self._last_scan > liveness.LATE_SCAN:
            self._judged_from = now
        self._last_scan = now
        for process in processes:
            last = max(self._heartbeats.last(process.slot), self._judged_from)
            if now - last < liveness.SUSPICION:
                process.suspicion = None
            elif process.fault is None:
                self._examine(process, now, now - last, hung_after)

    def end(self, process: P, fault: str) -> None:
        """Ask a hung child for its stacks, where it can still write them, and kill it."""
        process.fault = fault
        log.error("%s; it is replaced", fault, extra={"event": "worker.hung", **process.about})
        process.was_stopped = self._can_dump and liveness.is_stopped(process.pid)
        if self._can_dump and not process.was_stopped:
            process.child.signal(signal.SIGUSR1)
            asyncio.get_running_loop().call_later(DUMP_TIME, process.kill, fault)
        else:
            process.kill(fault)

    def _examine(self, process: P, now: float, silent_for: float, hung_after: float) -> None:
        queued = liveness.queued_seconds(process.pid)
        if process.suspicion is None:
            process.suspicion = Suspicion(now, queued)
            return
        if liveness.is_hung(
            silent_for=silent_for,
            hung_after=hung_after,
            suspected_for=now - process.suspicion.since,
            queued_meanwhile=queued - process.suspicion.queued_before,
        ) and not liveness.is_dead(process.pid):
            self._hung(process, HUNG(seconds=f"{silent_for:.1f}"))
