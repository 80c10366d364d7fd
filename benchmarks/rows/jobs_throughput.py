"""A job's whole way: enqueued, claimed, run by a runner, completed, and all of it on the disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.job_trial import measure
from benchmarks.rows.row import Line, Samples


@dataclass(frozen=True, slots=True)
class JobsThroughput:
    """Microseconds for each job."""

    key: str
    jobs: int
    peers_jobs: int
    """Fewer, because they flush for each, whatever the slots."""
    slots: int
    target: float | None

    def lines(self) -> Sequence[Line]:
        """One line."""
        slots = "1 slot" if self.slots == 1 else f"{self.slots} slots"
        how = (
            f"{self.jobs:,} jobs, of the peers {self.peers_jobs:,}, from the first call until the "
            "last one is completed; ours by 100 callers, with their history and three events each. "
            "Peers have as many threads as slots and remove a job instead of completing it; "
            "sqlite3 alone runs nothing"
        )
        title = f"enqueue → run a no-op → completed, {slots}, per job"
        return [Line(self.key, title, "µs", self.target, how=how, table="jobs")]

    def runs(self, contender: Contender) -> int | None:
        """As often as usual."""
        return None

    def run(self, contender: Contender) -> Samples:
        """Run them all in an empty database."""
        jobs = self.jobs if is_ours(contender) else self.peers_jobs
        seconds = measure(contender, "run", jobs, self.slots)["seconds"]
        return {self.key: [seconds * 1e6 / jobs]}
