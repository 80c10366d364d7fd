"""Very many schedules: what they cost while nothing is due, and how late those are that are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.job_trial import measure
from benchmarks.rows.row import Line, Samples

PEER: Final = "apscheduler"
MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Schedules:
    """How many there are."""

    key: str
    schedules: int
    quiet: float
    """Seconds in which nothing is due, or next to nothing."""

    def lines(self) -> Sequence[Line]:
        """Start, memory, idle, a change, a next time, how late, and all at once."""
        count = f"{self.schedules:,} schedules"
        how = (
            "each at its own minute of a month, in four zones, on the disk before the start. Peers "
            "keep them in SQLite, too; what has fired is noted where the job begins (theirs runs "
            "in a thread of the same process) or is written (ours)"
        )
        key = self.key
        return [
            Line(f"{key}-start", f"{count}: start → the first one can fire", "ms", None,
                 how=how, table="jobs"),
            Line(f"{key}-memory", f"{count}: memory more than with none", "MB", 15, how=how,
                 table="jobs"),
            Line(f"{key}-idle", f"{count}: of a core while idle", "%", 2, how=how, table="jobs"),
            Line(f"{key}-change", f"{count}: add one more", "ms", None, how=how, table="jobs"),
            Line(f"{key}-next", "a schedule's next time", "µs", 30, table="jobs",
                 how="of 400 expressions that were read before"),
            Line(f"{key}-late", f"{count}: due → fired, 99th percentile", "ms", 50, "p99",
                 how=f"{how}; 300 in a minute, each at its own millisecond", table="jobs"),
            Line(f"{key}-together", f"{count}: 1,000 due in one moment → the last has fired",
                 "ms", 1000, how=how, table="jobs"),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """One run has all samples; only one peer has schedules."""
        return 1 if is_ours(contender) or contender.key == PEER else 0

    def run(self, contender: Contender) -> Samples:
        """Measure with none and with all of them."""
        none = measure(contender, "schedules", 0, self.quiet)
        found = measure(contender, "schedules", self.schedules, self.quiet)
        samples = {
            "start": [found["start_seconds"] * 1000],
            "memory": [(found["memory"] - none["memory"]) / MEGABYTE],
            "idle": [found["idle_percent"]],
            "change": found["change_ms"],
            "next": [found["next_us"]],
            "late": found["late_ms"],
            "together": [found["together_ms"]],
        }
        return {f"{self.key}-{name}": values for name, values in samples.items()}
