"""People who watch the live stream while workers are killed: what it costs the fleet, and them.

No peers.  Kills with and without viewers take turns, so that a drifting machine hits both.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.console import Console, watching
from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.contenders.meshvisor import Meshvisor
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Sample
from benchmarks.processes import resident_megabytes
from benchmarks.rows.restart import PAUSE, SETTLE, kill_one
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import Trial, trial
from meshvisor.shared.control.client import ControlClient

TURNS: Final = 2
"""Times that kills with viewers and without take turns."""
ASKED: Final = 25
"""Requests of the control socket after each kill, whose answers the supervisor's loop gives."""


@dataclass(frozen=True, slots=True)
class ConsoleViewers:
    """Milliseconds from an event to its viewers, and from a kill to the new connection."""

    key: str
    size: int
    viewers: int
    kills: int
    """Of each kind."""
    delay_target: float
    """Milliseconds, 95th percentile."""
    memory_target: float
    """MB."""

    def lines(self) -> Sequence[Line]:
        """The delay, the kills and the loop with viewers and without, and the memory."""
        people = f"{self.viewers} viewers"
        with_them, without = f"{self.size} workers, {people}", f"{self.size} workers, no viewer"
        key = self.key
        return [
            Line(f"{key}-delay", f"event → viewer, 95th percentile, {with_them}", "ms",
                 self.delay_target, how="from the event's own moment to its line at each viewer"),
            Line(f"{key}-connected", f"SIGKILL of a worker → connected again, {with_them}", "ms"),
            Line(f"{key}-connected-alone", f"SIGKILL of a worker → connected again, {without}",
                 "ms"),
            Line(f"{key}-loop", f"answer of the control socket, 99th percentile, {with_them}", "ms",
                 statistic="p99", how="one small request after the other while workers restart"),
            Line(f"{key}-loop-alone", f"answer of the control socket, 99th percentile, {without}",
                 "ms", statistic="p99"),
            Line(f"{key}-memory", f"console's memory with {people}", "MB", self.memory_target,
                 how="resident, shared pages in full"),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """Ours only; one run kills many workers."""
        return 1 if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Kill workers, now with viewers and now without."""
        assert isinstance(contender, Meshvisor)
        found: dict[str, list[Sample]] = {line.key: [] for line in self.lines()}
        with trial(contender, self.size, with_console=True) as running:
            running.wait_until_connected()
            console = Console.of(running.home, contender.program)
            time.sleep(SETTLE)
            rooms = iter(running.rooms)
            delays: list[float] = []
            for _ in range(TURNS):
                self._kill(running, rooms, found, "-alone")
                with watching(console, self.viewers) as viewers:
                    self._kill(running, rooms, found, "")
                    time.sleep(1)  # the last events are on their way
                    found[f"{self.key}-memory"].append(resident_megabytes(console.pid))
                delays += viewers.delays_ms()
        if len(delays) < self.viewers * self.kills:
            raise BenchmarkError(f"{self.viewers} viewers have seen {len(delays)} events only")
        found[f"{self.key}-delay"] = [sorted(delays)[len(delays) * 95 // 100]]
        return found

    # Private

    def _kill(
        self, running: Trial, rooms: Iterator[str], found: dict[str, list[Sample]], which: str
    ) -> None:
        workers, parents = running.workers(), running.keepers()
        for _ in range(self.kills // TURNS):
            room = next(rooms)
            _, connected = kill_one(running, room, workers[room], parents)
            found[f"{self.key}-connected{which}"].append(connected)
            found[f"{self.key}-loop{which}"] += _answers(running.home)
            time.sleep(PAUSE)


def _answers(home: Path) -> list[float]:
    taken = []
    with ControlClient(home) as client:
        for _ in range(ASKED):
            began = time.perf_counter()
            client.request("version")
            taken.append((time.perf_counter() - began) * 1000)
    return taken
