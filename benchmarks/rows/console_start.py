"""Whether a fleet comes up as fast with a console as without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial


@dataclass(frozen=True, slots=True)
class ConsoleStart:
    """Seconds from the start until all workers are connected, with a console and without."""

    key: str
    size: int

    def lines(self) -> Sequence[Line]:
        """Both, and the one divided by the other."""
        title = f"{self.size} workers from start to connected"
        return [
            Line(self.key, f"{title}, with the console", "s"),
            Line(f"{self.key}-ratio", f"{title}, with ÷ without the console", "",
                 how="two starts in turn in each run"),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """Ours only; as often as usual."""
        return None if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Start twice."""
        with trial(contender, self.size) as running:
            without = running.wait_until_connected()
        with trial(contender, self.size, with_console=True) as running:
            seconds = running.wait_until_connected()
        return {self.key: [seconds], f"{self.key}-ratio": [seconds / without]}
