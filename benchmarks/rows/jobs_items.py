"""One big job: outcomes of its items on the disk, and a look at it with all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.job_trial import measure
from benchmarks.rows.row import Line, Samples


@dataclass(frozen=True, slots=True)
class JobsItems:
    """Microseconds for each item, and milliseconds for the look."""

    key: str
    items: int
    item_target: float | None
    look_target: float | None

    def lines(self) -> Sequence[Line]:
        """By the engine alone, by a real runner, and the look."""
        of = f"of a job of {self.items:,} items"
        return [
            Line(f"{self.key}-engine", f"outcome of an item {of}, engine alone", "µs",
                 how="256 in a message, eight messages on their way; 50 µs are 20,000 items/s",
                 table="jobs"),
            Line(f"{self.key}-runner", f"an item from its handing out to its outcome, of a job of "
                 f"{self._walked:,} items", "µs", self.item_target,
                 how="by a real runner, with an action that does nothing", table="jobs"),
            Line(f"{self.key}-look", f"summary {of}", "ms", self.look_target,
                 how="a look at the job with its counters, through the store", table="jobs"),
        ]  # fmt: skip

    @property
    def _walked(self) -> int:
        return self.items // 5

    def runs(self, contender: Contender) -> int | None:
        """Ours only: no peer has items."""
        return 1 if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Write all outcomes, then look again and again."""
        alone = measure(contender, "items", self.items)
        walked = measure(contender, "walk", self._walked)
        return {
            f"{self.key}-engine": [alone["seconds"] * 1e6 / self.items],
            f"{self.key}-runner": [walked["seconds"] * 1e6 / self._walked],
            f"{self.key}-look": alone["milliseconds"],
        }
