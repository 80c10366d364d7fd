"""What keeping many idle workers costs: the supervisor's memory and everyone's CPU time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import Contender
from benchmarks.processes import cpu_seconds, resident_megabytes, unique_megabytes
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial

SETTLE: Final = 10.0
"""Seconds after the last connect before the machine counts as idle."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Memory and CPU of the supervisor, and CPU of its workers."""

    key: str
    size: int
    seconds: float
    """Length of the window in which CPU time is counted."""
    memory_target: float | None
    cpu_target: float | None

    def lines(self) -> Sequence[Line]:
        """Supervisor's memory and CPU; its helpers' memory and the workers' CPU for the record."""
        among = f"{self.size} idle workers"
        return [
            Line(f"{self.key}-rss", f"supervisor's memory, {among}", "MB", self.memory_target,
                 how="resident memory (RSS) of the supervising process"),
            Line(f"{self.key}-cpu", f"supervisor's CPU, {among}", "%", self.cpu_target,
                 how=f"of one core over {self.seconds:g} s, helper processes included"),
            Line(f"{self.key}-helpers", f"helper processes' unique memory, {among}", "MB",
                 how="processes that are neither the supervisor nor workers"),
            Line(f"{self.key}-workers-cpu", f"all workers' CPU together, {among}", "%"),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """The window is long, so one run."""
        return 1

    def run(self, contender: Contender) -> Samples:
        """Leave a fleet alone and read its counters."""
        with trial(contender, self.size) as running:
            running.wait_until_connected()
            time.sleep(SETTLE)
            keepers, workers = running.keepers(), list(running.workers().values())
            began = time.monotonic()
            before = cpu_seconds(keepers), cpu_seconds(workers)
            time.sleep(self.seconds)
            after = cpu_seconds(keepers), cpu_seconds(workers)
            elapsed = time.monotonic() - began
            helpers = [pid for pid in keepers if pid != running.supervisor]
            return {
                f"{self.key}-rss": [resident_megabytes(running.supervisor)],
                f"{self.key}-cpu": [(after[0] - before[0]) / elapsed * 100],
                f"{self.key}-helpers": [sum(map(unique_megabytes, helpers))],
                f"{self.key}-workers-cpu": [(after[1] - before[1]) / elapsed * 100],
            }
