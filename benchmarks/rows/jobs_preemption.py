"""Urgent jobs that come while a long one runs: how soon they start, and what its items suffer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.job_trial import measure
from benchmarks.rows.row import Line, Samples


@dataclass(frozen=True, slots=True)
class JobsPreemption:
    """Milliseconds from the end of the long job's item to the start of the urgent one's handler."""

    key: str
    preemptions: int
    target: float | None

    def lines(self) -> Sequence[Line]:
        """Median, 99th percentile, and items that suffered."""
        title = "preemption: the item ends → the urgent job's handler starts"
        count = f"{self.preemptions:,} preemptions"
        how = (
            f"{count} in one lane with one slot, at random moments of items of 1 ms; from the call "
            "where it came after the end of the item"
        )
        return [
            Line(f"{self.key}-p50", f"{title}, median", "ms", how=how, table="jobs"),
            Line(f"{self.key}-p99", f"{title}, 99th percentile", "ms", self.target, "p99",
                 table="jobs"),
            Line(f"{self.key}-wrong", f"items lost or handled twice in {count}", "", 0,
                 how="what the handler noted beside what the database has", table="jobs"),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """Ours only: no peer stops a job for another one."""
        return 1 if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Let one in after the other."""
        answer = measure(contender, "preempt", self.preemptions)
        latencies = answer["latencies_ms"]
        return {
            f"{self.key}-p50": latencies,
            f"{self.key}-p99": latencies,
            f"{self.key}-wrong": [answer["wrong"]],
        }
