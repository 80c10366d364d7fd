"""MongoDB holds its connections and says nothing: do operators and people in the rooms notice?"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.directory import USUAL
from benchmarks.errors import BenchmarkError
from benchmarks.mongo_server import mongo_server
from benchmarks.people import ask
from benchmarks.rows.row import Line, Samples
from benchmarks.rows.status import time_status
from benchmarks.trial import Trial, trial

SETTLE: Final = 3.0
"""Seconds before anything is measured."""


@dataclass(frozen=True, slots=True)
class MongoFrozen:
    """Milliseconds of a status command and of a chat command."""

    key: str
    size: int
    seconds: float
    """How long people type, once before the server is frozen and once after it."""
    rate: int
    """Commands per second in each room."""
    calls: int
    """Status commands before and after; a first one is not counted."""

    def lines(self) -> Sequence[Line]:
        """Both, and each as a multiple of what it was before."""
        fleet = f"MongoDB frozen, {self.size} workers"
        how = (
            f"the server is stopped by SIGSTOP; people type for {self.seconds:g} s, and then the "
            "command is called; all must be answered"
        )
        before = "median ÷ median of the same fleet before the server was frozen"
        return [
            Line(f"{self.key}-chat", f"chat command → reply, {fleet}", "ms", how=how),
            Line(f"{self.key}-chat-ratio", f"chat command → reply, {fleet} ÷ before", "",
                 how=before),
            Line(f"{self.key}-status", f"status command, {fleet}", "ms", how=how),
            Line(f"{self.key}-status-ratio", f"status command, {fleet} ÷ before", "", how=before),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """Ours only; one run asks often."""
        return 1 if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Measure, freeze the server, and measure again."""
        with (
            mongo_server(USUAL) as server,
            trial(contender, self.size, mongodb=server.config) as running,
        ):
            running.wait_until_connected()
            time.sleep(SETTLE)
            chat, status = self._measure(running)
            server.freeze()
            frozen_chat, frozen_status = self._measure(running)
        return {
            f"{self.key}-chat": frozen_chat,
            f"{self.key}-chat-ratio": [_ratio(frozen_chat, chat)],
            f"{self.key}-status": frozen_status,
            f"{self.key}-status-ratio": [_ratio(frozen_status, status)],
        }

    def _measure(self, running: Trial) -> tuple[list[float], list[float]]:
        chat = ask(running, "?ping", rate=self.rate, seconds=self.seconds).latencies_ms
        if running.fleet.status is None:
            raise BenchmarkError("has no status command")
        status = [
            time_status(running.fleet.status, running.rooms[-1]) for _ in range(self.calls + 1)
        ]
        return chat, status[1:]


def _ratio(now: Sequence[float], before: Sequence[float]) -> float:
    return statistics.median(now) / statistics.median(before)
