"""A worker that does not move any more: until another one has taken its place."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial

SETTLE: Final = 3.0
"""Seconds before the worker is stopped, so that its start is over."""


@dataclass(frozen=True, slots=True)
class Hung:
    """Seconds from the moment at which a worker hangs to its successor's connection."""

    key: str
    size: int
    how: Literal["stopped", "spinning"]
    window: float
    """Seconds to wait; beyond it the answer is "never"."""
    target: float | None

    def lines(self) -> Sequence[Line]:
        """One line."""
        what = "SIGSTOP" if self.how == "stopped" else "an endless loop"
        title = f"worker hung by {what} → replaced and connected"
        how = f"given up after {self.window:g} s, shown as never"
        return [Line(self.key, title, "s", self.target, how=how)]

    def runs(self, contender: Contender) -> int | None:
        """Once for the peers: those that do not look for hangs need no second try."""
        return None if is_ours(contender) else 1

    def run(self, contender: Contender) -> Samples:
        """Hang the first worker of a small fleet."""
        with trial(contender, self.size, spins_on_command=True) as running:
            running.wait_until_connected()
            time.sleep(SETTLE)
            room = running.rooms[0]
            pid = running.workers()[room]
            hung_at = time.monotonic_ns()
            if self.how == "stopped":
                os.kill(pid, signal.SIGSTOP)
            else:
                running.server.say(room, "?spin")
            connect = running.server.next_connect(room, hung_at, self.window)
            return {self.key: [None if connect is None else (connect.at - hung_at) / 1e9]}
