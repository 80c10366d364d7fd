"""Handing out a job while a thousand wait, and while a million do."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.job_trial import measure
from benchmarks.rows.row import Line, Samples

FEW: Final = 1_000


@dataclass(frozen=True, slots=True)
class JobsClaim:
    """Milliseconds for one durable claim, and how much a long queue slows it."""

    key: str
    many: int
    claims: int
    target: float | None

    def lines(self) -> Sequence[Line]:
        """With few, with many, and the ratio."""
        title = "durable claim with {:,} jobs queued"
        how = f"{self.claims} one after the other, a transaction each"
        return [
            Line(f"{self.key}-few", title.format(FEW), "ms", how=how, table="jobs"),
            Line(f"{self.key}-many", title.format(self.many), "ms", table="jobs"),
            Line(f"{self.key}-ratio", f"claim with {self.many:,} ÷ with {FEW:,} queued", "",
                 self.target, how="of the medians", table="jobs"),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """Ours only, once: filling the queue takes longer than the claims."""
        return 1 if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Claim from the one and from the other."""
        few = measure(contender, "claim", FEW, min(self.claims, FEW // 2))["milliseconds"]
        many = measure(contender, "claim", self.many, self.claims)["milliseconds"]
        return {
            f"{self.key}-few": few,
            f"{self.key}-many": many,
            f"{self.key}-ratio": [statistics.median(many) / statistics.median(few)],
        }
