"""One trial: a fresh room server and one contender's fleet, measured and then wiped away.

Every row begins here.  Whatever happens inside, nothing is left running afterwards, and what the
contender printed is part of the error when it could not be measured.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.contenders.contender import Contender, Fleet, FleetPlan
from benchmarks.errors import BenchmarkError
from benchmarks.processes import clients_of, end_descendants, family_of
from benchmarks.room_server import RoomServer

CONNECT_BASE: Final = 30.0
"""Seconds that any fleet has to connect."""
CONNECT_EACH: Final = 0.3
"""Seconds more for each worker: the slowest peer needs 0.06 on a quiet machine."""
OUTPUT_SHOWN: Final = 1500
"""Characters of a contender's output that an error shows."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A running fleet and the server that its workers are connected to."""

    server: RoomServer
    fleet: Fleet
    rooms: tuple[str, ...]
    home: Path
    """The contender's folder."""
    started_at: int
    """When the contender's command was started (CLOCK_MONOTONIC, ns)."""

    def wait_until_connected(self) -> float:
        """Wait for all workers and return the seconds since the contender's start.

        Raises:
            BenchmarkError: not all connected in time.
        """
        timeout = CONNECT_BASE + CONNECT_EACH * len(self.rooms)
        return (self.server.wait_for_all(self.rooms, timeout) - self.started_at) / 1e9

    @property
    def supervisor(self) -> int:
        """The PID of the process that watches the workers."""
        return self.fleet.find_supervisor()

    def workers(self) -> dict[str, int]:
        """Return room -> PID of the process that holds its connection now.

        Found by the connection's port, so that no contender has to be believed.

        Raises:
            BenchmarkError: a worker is not connected.
        """
        owners = clients_of(self.server.port)
        found: dict[str, int] = {}
        for room in self.rooms:
            connect = self.server.latest(room)
            pid = owners.get(connect.port) if connect else None
            if pid is None:
                raise BenchmarkError(f"room {room} has no worker at the moment")
            found[room] = pid
        return found

    def family(self) -> list[int]:
        """Return the PIDs of the supervisor and everything below it."""
        return [process.pid for process in family_of(self.supervisor)]

    def keepers(self) -> list[int]:
        """Return the PIDs of the family that are no workers: the supervisor and its helpers."""
        workers = set(self.workers().values())
        return [pid for pid in self.family() if pid not in workers]


@contextmanager
def trial(
    contender: Contender,
    size: int,
    *,
    spins_on_command: bool = False,
    mongodb: Mapping[str, Any] | None = None,
    with_console: bool = False,
    prepare: Callable[[Path], None] | None = None,
) -> Iterator[Trial]:
    """Start a contender with `size` workers; end everything afterwards.

    Args:
        contender: who is measured.
        size: workers, each in a room of its own.
        spins_on_command: see `FleetPlan`.
        mongodb: see `FleetPlan`.
        with_console: see `FleetPlan`.
        prepare: puts into the home what has to be there before the start; is not timed.

    Raises:
        BenchmarkError: it could not be measured; says what it printed last.
    """
    home = Path(tempfile.mkdtemp(prefix="fleet-"))
    try:
        if prepare is not None:
            prepare(home)
        with RoomServer() as server:
            rooms = tuple(f"m{number}" for number in range(1, size + 1))
            plan = FleetPlan(server.url, rooms, home, spins_on_command, mongodb, with_console)
            started_at = time.monotonic_ns()
            fleet = contender.launch(plan)
            try:
                yield Trial(server, fleet, rooms, home, started_at)
            except BenchmarkError as error:
                raise BenchmarkError(f"{contender.title}: {error}{_last_output(home)}") from error
            finally:
                end_descendants(spare={server.pid})
    finally:
        end_descendants()
        shutil.rmtree(home, ignore_errors=True)


def _last_output(home: Path) -> str:
    log = home / "output.log"
    text = log.read_text(errors="replace")[-OUTPUT_SHOWN:].strip() if log.exists() else ""
    return f"{os.linesep}{text}" if text else ""
