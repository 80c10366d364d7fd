"""A status poll of the whole fleet: until the last worker has answered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import BEFORE, OURS, Contender
from benchmarks.errors import BenchmarkError
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial

POLLED: Final = frozenset({OURS, BEFORE, "node-fork"})
"""Contenders whose workers can be asked; the others know only that a process lives."""
SETTLE: Final = 3.0
"""Seconds before the first poll."""
PAUSE: Final = 0.3
"""Seconds between two polls."""


@dataclass(frozen=True, slots=True)
class Poll:
    """Milliseconds for all answers."""

    key: str
    size: int
    polls: int
    """Polls of one fleet; a first one is not counted."""
    target: float | None

    def lines(self) -> Sequence[Line]:
        """One line."""
        title = f"status poll of {self.size} workers, all answers"
        how = "from the first question to the last answer, as the parent measures it"
        return [Line(self.key, title, "ms", self.target, how=how)]

    def runs(self, contender: Contender) -> int | None:
        """One fleet is polled many times."""
        return 1 if contender.key in POLLED else 0

    def run(self, contender: Contender) -> Samples:
        """Poll again and again."""
        with trial(contender, self.size) as running:
            running.wait_until_connected()
            time.sleep(SETTLE)
            if running.fleet.poll is None:
                raise BenchmarkError("has no poll")
            running.fleet.poll()
            samples = []
            for _ in range(self.polls):
                samples.append(running.fleet.poll())
                time.sleep(PAUSE)
            return {self.key: samples}
