"""A chat command's way: person, server, worker, server, person, in many rooms at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import BEFORE, OURS, Contender
from benchmarks.people import ask
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial

ANSWERING: Final = frozenset({OURS, BEFORE, "node-fork"})
"""The peers all run the same worker, so one of them stands for all."""
SETTLE: Final = 3.0
"""Seconds before people begin to type."""


@dataclass(frozen=True, slots=True)
class Chat:
    """Milliseconds from a command to its reply."""

    key: str
    rooms: int
    rate: int
    """Commands per second in each room."""
    seconds: float
    median_target: float | None
    worst_target: float | None

    def lines(self) -> Sequence[Line]:
        """The median and the 99th percentile."""
        title = f"chat command → reply, {self.rooms} rooms at {self.rate} commands/s each"
        how = f"`?ping` from a person in each room for {self.seconds:g} s; every reply must come"
        return [
            Line(f"{self.key}-p50", f"{title}, median", "ms", self.median_target, how=how),
            Line(f"{self.key}-p99", f"{title}, 99th percentile", "ms", self.worst_target, "p99"),
        ]

    def runs(self, contender: Contender) -> int | None:
        """One run has thousands of samples."""
        return 1 if contender.key in ANSWERING else 0

    def run(self, contender: Contender) -> Samples:
        """Let people type for a while."""
        with trial(contender, self.rooms) as running:
            running.wait_until_connected()
            time.sleep(SETTLE)
            latencies = ask(running, "?ping", rate=self.rate, seconds=self.seconds).latencies_ms
            return {f"{self.key}-p50": latencies, f"{self.key}-p99": latencies}
