"""What the control socket and the console say of background commands.

Owns the shapes, by the rules of `shared.control.results`.
"""

from __future__ import annotations

from meshvisor.shared.control.results import Result


class CommandUsage(Result):
    """What all processes of a command use."""

    processes: int
    memory: int
    """Bytes."""
    cpu_seconds: float
    cpu_percent: float
    """Of one core, on average since it was started."""


class BackgroundCommand(Result):
    """How a background command is."""

    name: str
    status: str
    """`running`, `completed`, `failed`, `cancelled` or `crashed`."""
    pid: int
    """Of its keeper; when it has ended another process may have it."""
    command: str
    directory: str
    """Where it was started."""
    progress: float | None
    """Percent; None: it has not said."""
    current_task: str | None
    runtime: float
    remaining: float | None
    """Seconds by the pace so far; None: it is unknown."""
    started_at: str
    updated_at: str
    ended_at: str | None
    exit_code: int | None
    error: str | None
    """Why it did not complete, in a sentence."""
    left: tuple[int, ...]
    """PIDs that have outlived a keeper that was killed."""


class BackgroundCommands(Result):
    """All background commands of a folder, those that run first."""

    folder: str
    running: int
    commands: tuple[BackgroundCommand, ...]


class BackgroundDetail(Result):
    """One of them with its log."""

    command: BackgroundCommand
    usage: CommandUsage | None
    """None: it does not run."""
    log_file: str
    log: tuple[str, ...]
    """The last lines, the oldest first."""


class BackgroundCancelled(Result):
    """Answer to `background_cancel`."""

    name: str
    pid: int
    killed: bool
    """Whether it did not end by itself."""
