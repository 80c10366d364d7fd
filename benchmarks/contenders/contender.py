"""What the harness needs of a contender: to start a fleet, to find its parts, to stop it.

Every contender gets the same plan and keeps one worker per room.  What a contender does not have
(a status command, a poll of its workers) is None, and the rows that need it leave it out.

Two kinds of programs are measured, each in a table of its own: keepers of fleets and keepers of
jobs.  Ours is both.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Protocol, runtime_checkable

from benchmarks.errors import BenchmarkError

Table = Literal["fleets", "jobs"]
"""Which table a line is in, and a contender's column."""
FLEETS: Final[frozenset[Table]] = frozenset({"fleets"})
JOBS: Final[frozenset[Table]] = frozenset({"jobs"})

OURS: Final = "meshvisor"
"""Key of the contender whose targets these are."""
BEFORE: Final = "before"
"""Key of an earlier version of ours that is measured beside it."""
COMMAND_TIMEOUT: Final = 60.0
"""Seconds for a contender's own command (`pm2 kill`, a status) to end."""


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What a contender shall keep running."""

    url: str
    """The room server."""
    rooms: tuple[str, ...]
    """One worker for each."""
    home: Path
    """An empty folder for its settings, sockets and logs; removed afterwards."""
    spins_on_command: bool = False
    """The workers must know the chat command `?spin`, which never returns."""
    mongodb: Mapping[str, Any] | None = None
    """The content of `config/database.json` if admins and permissions come from MongoDB."""
    with_console: bool = False
    """Whether ours runs its console beside the workers."""


@dataclass(frozen=True, slots=True)
class StatusCommand:
    """A command that prints the state of all workers."""

    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Beside the harness's own."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """A contender that was started."""

    find_supervisor: Callable[[], int]
    """Returns the PID of the process that watches the workers; they need not be connected yet."""
    stop: Callable[[], None]
    """Asks for a polite stop of everything; may return before it has happened."""
    status: StatusCommand | None = None
    poll: Callable[[], float] | None = None
    """Asks every worker for its status and returns the milliseconds until all have answered."""


class Contender(Protocol):
    """A program that keeps workers running."""

    @property
    def key(self) -> str:
        """Its name in the JSON and for `--against`."""
        ...

    @property
    def title(self) -> str:
        """Its name in the table, without the version."""
        ...

    @property
    def tables(self) -> frozenset[Table]:
        """The tables that it has a column in."""
        ...

    def version(self) -> str:
        """Return the version that is measured."""
        ...

    def launch(self, plan: FleetPlan) -> Fleet:
        """Start it and return at once.

        The start is part of what is timed, so files should be written with as little as possible.

        Raises:
            BenchmarkError: it could not be started, or keeps no fleets.
        """
        ...


@runtime_checkable
class JobKeeper(Contender, Protocol):
    """A program that keeps jobs."""

    def job_program(self) -> Sequence[str]:
        """Return the program that measures it.

        It takes WHAT FOLDER COUNT SLOTS [PAUSE...] and prints its answer as JSON.
        """
        ...


def is_ours(contender: Contender) -> bool:
    """Say whether it is Meshvisor, of whatever version."""
    return contender.key in {OURS, BEFORE}


def start_process(
    argv: Sequence[str], home: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start a contender's program in its home, its output kept in `output.log` there."""
    with (home / "output.log").open("ab") as log:
        return subprocess.Popen(
            argv,
            cwd=home,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            text=True,
            # Ctrl+C goes to the harness, which then ends what it started.
            start_new_session=True,
        )


def run_command(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Run a contender's command to its end and return what it printed.

    Raises:
        BenchmarkError: it failed or took longer than `COMMAND_TIMEOUT`.
    """
    try:
        done = subprocess.run(
            argv,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError) as error:
        raise BenchmarkError(f"{argv[0]} failed: {error}") from error
    return done.stdout
