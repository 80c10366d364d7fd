"""SIGKILL of one worker after the other: until its successor exists, until it is connected."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Sample
from benchmarks.fork_watch import ForkWatch
from benchmarks.processes import owns_port
from benchmarks.room_server import Connect
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import Trial, trial

SETTLE: Final = 3.0
"""Seconds before the first kill; some peers count a child as started only after one."""
PAUSE: Final = 0.2
"""Seconds between two kills, so that each is an event of its own."""
LOOK_EVERY: Final = 0.0001
"""Seconds between two looks for the new PID: the resolution of the measurement."""
WINDOW: Final = 30.0
"""Seconds to wait for a successor."""


@dataclass(frozen=True, slots=True)
class Restart:
    """Milliseconds from the kill to the new PID and to the new connection."""

    key: str
    size: int
    kills: int
    """Workers killed, one by one, each once."""
    pid_target: float | None = None
    connected_target: float | None = None
    worst_target: float | None = None
    """Of the 99th percentile of the new connections."""
    ours_only: bool = False

    def lines(self) -> Sequence[Line]:
        """New PID, new connection, and the latter's 99th percentile."""
        title = f"SIGKILL of a worker → {{}}, {self.size} workers"
        pid, connected = f"{self.key}-pid", f"{self.key}-connected"
        how = "the kernel's last PID is read every 0.1 ms; only the PID that then connects counts"
        return [
            Line(pid, title.format("new PID"), "ms", self.pid_target, how=how),
            Line(connected, title.format("connected again"), "ms", self.connected_target),
            Line(
                f"{connected}-p99",
                title.format("connected again, 99th percentile"),
                "ms",
                self.worst_target,
                statistic="p99",
            ),
        ]

    def runs(self, contender: Contender) -> int | None:
        """One run kills many workers."""
        return 0 if self.ours_only and not is_ours(contender) else 1

    def run(self, contender: Contender) -> Samples:
        """Kill workers spread evenly over the fleet."""
        births: list[Sample] = []
        connects: list[Sample] = []
        with trial(contender, self.size) as running:
            running.wait_until_connected()
            time.sleep(SETTLE)
            workers = running.workers()
            parents = running.keepers()
            step = max(1, self.size // self.kills)
            for room in running.rooms[::step][: self.kills]:
                born, connected = kill_one(running, room, workers[room], parents)
                births += [born] if born is not None or connected is None else []
                connects.append(connected)
                time.sleep(PAUSE)
        if not births:
            raise BenchmarkError(f"{contender.title}: no new PID was seen in time")
        worst = f"{self.key}-connected-p99"
        return {f"{self.key}-pid": births, f"{self.key}-connected": connects, worst: connects}


def kill_one(running: Trial, room: str, pid: int, parents: Sequence[int]) -> tuple[Sample, Sample]:
    """Kill a worker and return the milliseconds to the new PID and to the connection.

    None: not seen in time.
    """
    watch = ForkWatch(parents)
    killed_at = time.monotonic_ns()
    os.kill(pid, signal.SIGKILL)
    connect = _watch_until_connected(running, room, killed_at, watch)
    if connect is None:
        return None, None
    born_at = next((at for new, at in watch.births.items() if owns_port(new, connect.port)), None)
    born = (born_at - killed_at) / 1e6 if born_at is not None else None
    return born, (connect.at - killed_at) / 1e6


def _watch_until_connected(
    running: Trial, room: str, killed_at: int, watch: ForkWatch
) -> Connect | None:
    deadline = time.monotonic() + WINDOW
    while time.monotonic() < deadline:
        watch.look()
        connect = running.server.latest(room)
        if connect is not None and connect.at > killed_at:
            return connect
        time.sleep(LOOK_EVERY)
    return None
