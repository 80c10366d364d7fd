"""What `meshvisor run` was asked for, as one value from the command line to `supervisor.app`.

Owns no defaults of the fleet: those are settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from meshvisor.shared.paths import Home


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The arguments of `meshvisor run`."""

    home: Home
    playground: bool = False
    """Start a local mesh server with residents and use it."""
    rooms: int | None = None
    """Rooms of the playground; None: as set in `[playground] rooms`."""
    single_process: bool = False
    """Run the workers as tasks in this process, for debugging."""
    reload: bool = False
    """Always False in the process that runs the fleet: the watcher around it takes the flag."""
    no_console: bool = False


class Screen(Protocol):
    """Where `run` writes what people see; implemented by `supervisor.cli.live_line`.

    Passed to `supervisor.app.run`, which may not import the command line.
    """

    def write(self, line: str) -> None:
        """Show one log line, without its newline; never blocks, drops with a counted notice."""
        ...

    def set_status(self, text: str) -> None:
        """Replace the live status line; nothing happens where there is no terminal."""
        ...

    def close(self) -> None:
        """Write what still waits (for a second at most) and remove the status line."""
        ...
