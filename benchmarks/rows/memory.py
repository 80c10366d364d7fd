"""Memory of connected, idle workers: what each needs for itself, and what the whole fleet takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.processes import proportional_megabytes, unique_megabytes
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial

SETTLE: Final = 3.0
"""Seconds after the last connect: garbage of the start is gone by then."""


@dataclass(frozen=True, slots=True)
class Memory:
    """MB per worker and in all."""

    key: str
    size: int
    each_target: float | None
    total_target: float | None
    ours_only: bool = False

    def lines(self) -> Sequence[Line]:
        """Unique memory per worker, proportional memory of everything."""
        return [
            Line(
                f"{self.key}-each",
                f"unique memory per connected worker, {self.size} workers",
                "MB",
                self.each_target,
                how="USS (private pages of /proc/PID/smaps_rollup), all workers' values pooled",
            ),
            Line(
                f"{self.key}-total",
                f"memory of all processes together, {self.size} workers",
                "MB",
                self.total_target,
                how="PSS of the supervisor and everything below it: shared pages counted once",
            ),
        ]

    def runs(self, contender: Contender) -> int | None:
        """One fleet has as many samples as workers, so one run each."""
        return 0 if self.ours_only and not is_ours(contender) else 1

    def run(self, contender: Contender) -> Samples:
        """Connect a fleet, let it settle and read its memory."""
        with trial(contender, self.size) as running:
            running.wait_until_connected()
            time.sleep(SETTLE)
            each = [unique_megabytes(pid) for pid in running.workers().values()]
            total = proportional_megabytes(running.family())
            return {f"{self.key}-each": each, f"{self.key}-total": [total]}
