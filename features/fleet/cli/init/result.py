"""What `meshvisor init` has done, for people and for programs, and what to do next.

Owns the words.  Called by `meshvisor init` at its end.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meshvisor.features.fleet.cli.init.setup import setups
from meshvisor.features.fleet.settings import has_meshes
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.transports import sign_ins
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.terminal import BOLD, YELLOW, clean, has_colours, paint


@dataclass
class Result:
    """What has been done so far."""

    home: Home
    settings: Settings
    backend: str
    place: str
    written: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()
    """Files that were there and stay as they are."""
    old: tuple[Path, ...] = ()
    """Copies of what was replaced."""
    problem: str | None = None
    """Why the database cannot be used."""
    copied: dict[str, int] | None = None
    wanted_admin: str | None = None
    realm: str = ""
    """Whose user id that is."""
    admin: str | None = None
    admins: int = 0
    """How many there are now, as far as is known."""
    is_running: bool = False
    """Whether a supervisor runs on the home."""
    needs_restart: bool = False
    """Whether it has to be started anew for what was written."""
    next: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the result in the form of docs/cli.md."""
        return {
            "home": str(self.home.root),
            "written": [str(path) for path in self.written],
            "kept": [str(path) for path in self.kept],
            "old": [str(path) for path in self.old],
            "database": {
                "backend": self.backend,
                "place": self.place,
                "ok": self.problem is None,
                "problem": self.problem,
            },
            "copied": self.copied,
            "admin": self.admin,
            "next": self.next,
        }


def next_commands(result: Result) -> list[str]:
    """Return what is left to do, as commands that work where they are shown."""
    return [_at(result.home, command) for command in _commands(result)]


def view(result: Result) -> str:
    """Return it for people."""
    rows = [("Written", path) for path in result.written]
    rows += [("Kept", path) for path in result.kept]
    rows += [("Old copy", path) for path in result.old]
    lines = [f"{word:<9} {clean(path)}" for word, path in rows]
    name = "MongoDB" if result.backend == "mongodb" else "SQLite"
    lines.append(f"{'Database':<9} {name}, {clean(result.place)}")
    if result.copied is not None:
        admins = number(result.copied["admins"], "admin", "admins")
        permissions = number(result.copied["permissions"], "permission", "permissions")
        lines.append(f"{'Copied':<9} {admins} and {permissions}")
    if result.admin is not None:
        where = f" of {result.realm}" if result.realm else ""
        lines.append(f"{'Admin':<9} {clean(result.admin)}{where}")
    if result.problem is not None:
        lines.append(paint(f"! {clean(result.problem)}", YELLOW, has_colours()))
    lines += ["", paint("Next:", BOLD, has_colours())]
    return "\n".join([*lines, *(f"  {command}" for command in result.next)])


# Private


def _commands(result: Result) -> list[str]:
    commands = []
    if result.problem is not None:
        # It says itself what to do; this finds whatever else is in the way.
        commands.append("meshvisor doctor")
    commands += sign_ins(result.home, result.settings)
    if result.is_running:
        commands += _for_running(result)
    elif has_meshes(result.settings):
        commands += ["meshvisor run", "meshvisor status"]
    else:
        steps = [step for setup in setups() for step in setup.first_steps]
        commands += steps or ["meshvisor run", "meshvisor status"]
    if result.wanted_admin is not None and result.needs_restart:
        commands.append(_add_admin(result.wanted_admin, result.realm))
    elif result.wanted_admin is not None and result.admin is None:
        commands.insert(1, _add_admin(result.wanted_admin, result.realm))
    elif not result.admins:
        commands.append(_add_admin("USER_ID", result.realm))
    return commands


def _for_running(result: Result) -> list[str]:
    if result.needs_restart:
        return ["meshvisor shutdown", "meshvisor run"]
    return ["meshvisor config reload"] if result.written else ["meshvisor status"]


def _add_admin(user_id: str, realm: str) -> str:
    where = f" --realm {realm}" if realm else ""
    return f"meshvisor admin add {shlex.quote(user_id)}{where}"


def _at(home: Home, command: str) -> str:
    if Home.locate() == home or not command.startswith("meshvisor "):
        return command
    return f"{command} --home {shlex.quote(str(home.root))}"
