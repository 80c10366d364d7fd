"""A polite stop of everything: until the last process is gone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.processes import wait_until_gone
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial

SETTLE: Final = 3.0
"""Seconds before the stop."""
WINDOW: Final = 30.0
"""Seconds that a stop may take; every contender kills after ten by default."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Seconds from the request to the end of the last process."""

    key: str
    size: int
    target: float | None
    ours_only: bool = False

    def lines(self) -> Sequence[Line]:
        """One line."""
        title = f"{self.size} workers stopped politely"
        how = "SIGTERM to the supervisor (`pm2 kill` for PM2) until its whole family has ended"
        return [Line(self.key, title, "s", self.target, how=how)]

    def runs(self, contender: Contender) -> int | None:
        """Everyone, unless the fleet is too large for the peers."""
        return 0 if self.ours_only and not is_ours(contender) else None

    def run(self, contender: Contender) -> Samples:
        """Stop a fleet and wait for its end."""
        with trial(contender, self.size) as running:
            running.wait_until_connected()
            time.sleep(SETTLE)
            family = running.family()
            began = time.monotonic_ns()
            running.fleet.stop()
            remaining = wait_until_gone(family, WINDOW)
            elapsed = (time.monotonic_ns() - began) / 1e9
            return {self.key: [None if remaining else elapsed]}
