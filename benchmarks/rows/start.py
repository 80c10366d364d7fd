"""From the supervisor's start, its own included, until the last worker is connected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the command to the N-th connection."""

    key: str
    size: int
    target: float | None
    ours_only: bool = False

    def lines(self) -> Sequence[Line]:
        """One line."""
        title = f"{self.size} workers from start to connected"
        how = (
            "from just before the command is executed to the moment at which the room server "
            "has accepted the last worker's connection"
        )
        return [Line(self.key, title, "s", self.target, how=how)]

    def runs(self, contender: Contender) -> int | None:
        """Everyone, unless the fleet is too large for the peers."""
        return 0 if self.ours_only and not is_ours(contender) else None

    def run(self, contender: Contender) -> Samples:
        """Start a fleet and wait for it."""
        with trial(contender, self.size) as running:
            return {self.key: [running.wait_until_connected()]}
