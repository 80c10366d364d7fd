"""Programs that keep jobs and no fleets: queues in Python on SQLite, and sqlite3 by itself.

Each is measured by a program of its own (`peers/jobs_*.py`) in the peers' environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import JOBS, Fleet, FleetPlan, Table, run_command
from benchmarks.errors import BenchmarkError
from benchmarks.places import peer_program

SQLITE: Final = "sqlite3"
_PACKAGE_VERSION: Final = "import importlib.metadata as m; print(m.version({!r}))"
_SQLITE_VERSION: Final = "import sqlite3; print(sqlite3.sqlite_version)"


@dataclass(frozen=True, slots=True)
class JobQueue:
    """One of them; `key` with underscores is part of its program's name."""

    key: str
    title: str
    tables: frozenset[Table] = JOBS

    def version(self) -> str:
        """Return the version that is installed."""
        code = _SQLITE_VERSION if self.key == SQLITE else _PACKAGE_VERSION.format(self.key)
        return run_command([_python(), "-c", code]).strip()

    def launch(self, plan: FleetPlan) -> Fleet:
        """Refuse: it keeps no fleet."""
        raise BenchmarkError(f"{self.title} keeps no fleet")

    def job_program(self) -> Sequence[str]:
        """Return the program that measures it."""
        return [_python(), "-m", f"benchmarks.peers.jobs_{self.key.replace('-', '_')}"]


QUEUES: Final = (
    JobQueue("huey", "Huey"),
    JobQueue("persist-queue", "persist-queue"),
    JobQueue("apscheduler", "APScheduler"),
    JobQueue(SQLITE, "sqlite3 alone"),
)


def _python() -> str:
    return str(peer_program("python"))
