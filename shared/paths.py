"""Where everything lies below one home folder (docs/architecture.md, Paths).

Owns names and places only.  Standard library only: the command line imports it on every call.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from meshvisor.shared.current_folder import absolute
from meshvisor.shared.errors import MissingError

HOME_VARIABLE = "MESHVISOR_HOME"


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds one installation's settings and state."""

    root: Path
    is_named: bool = field(default=True, compare=False)
    """Whether the user has named the folder; else it is the current one."""

    @classmethod
    def locate(cls, given: str | None = None) -> Home:
        """Return the home named by `given`, else by MESHVISOR_HOME, else the current folder.

        Raises:
            MissingError: it leads nowhere, or is relative to a folder that is gone.
        """
        name = given or os.environ.get(HOME_VARIABLE)
        path = Path(absolute(name or "."))
        try:
            return cls(path.resolve(), bool(name))
        except (OSError, RuntimeError) as error:
            # Before Python 3.13 a loop of links is a RuntimeError without a number.
            reason = getattr(error, "strerror", None) or "its links lead in a circle"
            raise MissingError(
                f"the home {path} cannot be used: {reason}; name another folder with --home"
            ) from None

    @property
    def config(self) -> Path:
        """Folder of everything that people edit."""
        return self.root / "config"

    @property
    def settings_file(self) -> Path:
        """The settings; may be missing, then defaults hold."""
        return self.config / "meshvisor.toml"

    @property
    def credentials_file(self) -> Path:
        """The bot's account on the mesh platform; mode 0600."""
        return self.config / "credentials.json"

    @property
    def plugins(self) -> Path:
        """Folder whose `*.py` files are loaded as plug-ins."""
        return self.config / "plugins"

    @property
    def var(self) -> Path:
        """Folder of everything that the product writes by itself."""
        return self.root / "var"

    @property
    def logs(self) -> Path:
        """Folder of the log files."""
        return self.var / "logs"

    @property
    def database(self) -> Path:
        """The SQLite database."""
        return self.var / "meshvisor.db"

    @property
    def directory_cache(self) -> Path:
        """What a directory on a server held when it was last seen."""
        return self.var / "directory-cache.json"

    @property
    def run(self) -> Path:
        """Folder of the socket and the lock."""
        return self.var / "run"

    @property
    def control_socket(self) -> Path:
        """The supervisor's control socket."""
        return self.run / "control.sock"

    @property
    def lock_file(self) -> Path:
        """Locked by the running supervisor; holds its PID."""
        return self.run / "supervisor.lock"

    def below(self, name: str) -> Path:
        """Return `name` as a path: absolute as it is, relative below this home."""
        return self.root / name
