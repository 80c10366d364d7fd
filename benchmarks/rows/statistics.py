"""Statistics and background commands: recording, aggregating, moving, showing a year, a status.

No fleet and no peers: the parts of the supervisor and of `meshvisor stats`, in processes of their
own (`benchmarks.usage_trial`), and `meshvisor process-status` as an operator types it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.directory import USUAL
from benchmarks.errors import BenchmarkError
from benchmarks.mongo_server import mongo_server
from benchmarks.places import UNFINISHED
from benchmarks.rows.row import Line, Samples
from benchmarks.usage_trial import SERVER

RUNS: Final = 3

SECONDS: Final = 60
"""Of usage that are taken in."""

MOVED: Final = 100_000
"""Events that are copied to a server."""

MESHES: Final = 500
"""Of the year that is shown."""

CALLS: Final = 20
"""Of `process-status`; a first one is not counted."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """A day of so many events, and 50,000 events a second."""

    key: str
    events: int

    def lines(self) -> Sequence[Line]:
        """Intake, and a day."""
        day = f"a day of {self.events:,} events of 500 meshes and 20,000 users, two workers"
        return [
            Line(f"{self.key}-intake", "50,000 events/s of 100 workers: processor of one core",
                 "%", 10, how="their messages are read, taken and written; processor time"),
            Line(f"{self.key}-day", f"{day}: aggregated", "s", 20),
            Line(f"{self.key}-day-cpu", f"{day}: processor time", "s"),
            Line(f"{self.key}-migration", f"{MOVED:,} events copied to a MongoDB server", "s", 5,
                 how=f"most of it is nx-27017's own, unless {SERVER} names another"),
            Line(f"{self.key}-migration-cpu", f"{MOVED:,} events copied: our processor time",
                 "s", 5, how="without what the server takes"),
            Line(f"{self.key}-year", f"a year of {MESHES} meshes: what the page asks for", "s", 1,
                 how="days, totals, those of the year before, hours of the week and three top "
                 "lists, one after the other; 20,000 users, each on one day of twelve"),
            Line("process-status", "process-status of a command that runs, as a whole process",
                 "ms", 80),
            Line(f"{self.key}-memory", f"{day}: memory at most", "MB", 300,
                 how="highest resident memory of the parent and of its workers, added up"),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """Ours only."""
        return RUNS if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Fill a database, and aggregate it."""
        UNFINISHED.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="statistics-", dir=UNFINISHED))
        try:
            taken = _trial("take", folder / "intake.db", SECONDS)
            _trial("fill", folder / "day.db", self.events)
            day = _trial("aggregate", folder / "day.db", 2)
            year = _trial("year", folder / "year.db", MESHES)
            _trial("fill", folder / "moved.db", MOVED)
            with mongo_server(USUAL) as server:
                moved = _trial("migrate", folder / "moved.db", server.port)
            calls = _time_status(folder / "pids")
        finally:
            shutil.rmtree(folder)
        if day["events"] != self.events:
            raise BenchmarkError(f"{day['events']} of {self.events} events were counted")
        return {
            f"{self.key}-intake": [taken["percent"]],
            f"{self.key}-day": [day["seconds"]],
            f"{self.key}-day-cpu": [day["cpu"]],
            f"{self.key}-memory": [day["megabytes"]],
            f"{self.key}-migration": [moved["seconds"]],
            f"{self.key}-migration-cpu": [moved["cpu"]],
            f"{self.key}-year": [year["seconds"]],
            "process-status": calls,
        }


def _time_status(folder: Path) -> Sequence[float]:
    """Return the milliseconds of each call while a command runs."""
    environment = {**os.environ, "MESHVISOR_PID_DIR": str(folder)}

    def ours(*words: str) -> float:
        command = [sys.executable, "-P", "-m", "meshvisor.supervisor.cli.main", *words]
        began = time.perf_counter()
        done = subprocess.run(
            command, env=environment, capture_output=True, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            raise BenchmarkError(f"{words[0]} has failed: {done.stderr[-500:]!r}")
        return 1000 * (time.perf_counter() - began)

    ours("background", "start", "measured", "--", "sleep", "600")
    try:
        return [ours("process-status", "measured") for _ in range(CALLS + 1)][1:]
    finally:
        ours("cancel-process", "measured")


def _trial(what: str, path: Path, number: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.usage_trial", what, str(path), str(number)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"{what} has failed: {done.stderr[-500:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
