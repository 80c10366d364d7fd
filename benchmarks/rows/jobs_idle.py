"""A job that comes when nothing happens: how soon it runs, and what waiting for it costs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.contenders.job_queue import SQLITE
from benchmarks.job_trial import measure
from benchmarks.rows.row import Line, Samples

PAUSES: Final = (0.03, 0.1)
"""Seconds between two jobs, at random; where nothing is polled, longer ones would show nothing
else."""
POLLING: Final = "huey"
"""Looks more and more rarely, every 10 s in the end."""
POLLING_PAUSES: Final = (1.0, 6.0)
"""Seconds before each of its jobs."""


@dataclass(frozen=True, slots=True)
class JobsIdle:
    """Milliseconds from the call to the start of the handler, and queries a minute meanwhile."""

    key: str
    jobs: int
    polling_jobs: int
    """Jobs of the peer that polls."""
    quiet: float
    """Seconds in which queries are counted."""
    targets: tuple[float, float]

    def lines(self) -> Sequence[Line]:
        """Median, 99th percentile, and queries."""
        title = "idle: enqueue → the handler starts"
        how = (
            "from before the call to the first line of the handler, by CLOCK_MONOTONIC. Ours and "
            "Huey's run in another process; persist-queue and APScheduler run it in a thread of "
            "the caller's process, because between processes they look every 10 s, or never"
        )
        return [
            Line(f"{self.key}-p50", f"{title}, median", "ms", self.targets[0], how=how,
                 table="jobs"),
            Line(f"{self.key}-p99", f"{title}, 99th percentile", "ms", self.targets[1], "p99",
                 table="jobs"),
            Line(f"{self.key}-queries", "idle: queries a minute", "", 2, table="jobs",
                 how=f"statements on all connections, traced for {self.quiet:g} s"),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """One run has all samples; sqlite3 has no listeners."""
        return 0 if contender.key == SQLITE else 1

    def run(self, contender: Contender) -> Samples:
        """Enqueue one by one, then leave it alone."""
        polls = contender.key == POLLING
        count, between = (self.polling_jobs, POLLING_PAUSES) if polls else (self.jobs, PAUSES)
        chance = random.Random(0)  # the same pauses in each run
        pauses = [round(chance.uniform(*between), 3) for _ in range(count)]
        latencies = measure(contender, "idle", count, 1, *pauses)["latencies_ms"]
        samples = {f"{self.key}-p50": latencies, f"{self.key}-p99": latencies}
        if is_ours(contender):
            samples[f"{self.key}-queries"] = [
                measure(contender, "queries", self.quiet)["per_minute"]
            ]
        return samples
