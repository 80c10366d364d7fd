"""New jobs that survive a power cut once the call has returned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.job_trial import measure
from benchmarks.rows.row import Line, Samples

PEERS_SHARE: Final = 10
"""Part of the jobs that are enough for peers, which flush for each."""


@dataclass(frozen=True, slots=True)
class JobsEnqueue:
    """Microseconds for each job."""

    key: str
    jobs: int
    target: float | None

    def lines(self) -> Sequence[Line]:
        """The job alone, and with its position in the queue, as the answer says it."""
        title = "durable enqueue, 100 callers"
        how = (
            "each caller waits for its commit; ours are tasks of one loop, the peers' one thread, "
            f"which is their fastest; 25 µs are 40,000 jobs/s; {self.jobs:,} jobs, of the peers "
            f"{self.jobs // PEERS_SHARE:,}"
        )
        return [
            Line(self.key, f"{title}, per job", "µs", self.target, how=how, table="jobs"),
            Line(
                f"{self.key}-position",
                f"{title}, per job, its position in the queue looked up",
                "µs",
                how="the answer that a person gets",
                table="jobs",
            ),
        ]

    def runs(self, contender: Contender) -> int | None:
        """As often as usual."""
        return None

    def run(self, contender: Contender) -> Samples:
        """Enqueue into an empty database."""
        jobs = self.jobs if is_ours(contender) else self.jobs // PEERS_SHARE
        per_job = measure(contender, "enqueue", jobs, 1)["seconds"] * 1e6 / jobs
        samples = {self.key: [per_job]}
        if is_ours(contender):
            few = self.jobs // 4
            seconds = measure(contender, "place", few)["seconds"]
            samples[f"{self.key}-position"] = [seconds * 1e6 / few]
        return samples
