"""What `meshvisor run` was asked for, as one value from the command line to `supervisor.app`.

Owns no defaults of the fleet: those are settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from meshvisor.shared.paths import Home


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The arguments of `meshvisor run`."""

    home: Home
    single_process: bool = False
    """Run the workers as tasks in this process, for debugging."""
    reload: bool = False
    """Always False in the process that runs the fleet: the watcher around it takes the flag."""
    no_console: bool = False
    of_features: Mapping[str, Any] = field(default_factory=dict)
    """Options that features have added and that were given, by name; True: a flag."""


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
