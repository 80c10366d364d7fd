"""Everything in a home's files for which `meshvisor run` would refuse to start.

Owns the list; what features look at is theirs (`Feature.problems`).  What is looked at, and the
sentences, are the start's own.  Called by `meshvisor config check`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from meshvisor.shared import exposure
from meshvisor.shared.errors import MeshvisorError, MissingError
from meshvisor.shared.feature import parts
from meshvisor.shared.home_files import check_folder, unreadable
from meshvisor.shared.paths import Home
from meshvisor.shared.prepared_home import check_closed, check_places
from meshvisor.shared.settings.load import load_settings
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.salvage import problem


@dataclass(slots=True)
class Examination:
    """A look at one home, and what it has found so far."""

    home: Home
    settings: Settings | None = None
    """None: not read yet, or wrong."""
    database_is_readable: bool = False
    problems: list[MeshvisorError] = field(default_factory=list)

    def check(self, step: Callable[[], object]) -> bool:
        """Take a step, keep its error, and say whether there was none."""
        try:
            step()
        except MeshvisorError as error:
            self.problems.append(error)
            return False
        return True


def problems_of(home: Home) -> tuple[Settings | None, list[MeshvisorError]]:
    """Return the settings, None where they are wrong, and what keeps a supervisor from starting.

    No server is asked.
    """
    found = Examination(home)
    user = exposure.user_of(home)
    if not found.check(lambda: check_places(home)):
        return None, found.problems  # all else is in there
    found.check(lambda: check_closed(home))
    found.check(lambda: exposure.refuse(exposure.of_home(home, user)))
    found.check(lambda: check_folder(home.plugins))
    found.check(lambda: _check_state(home))

    def read_settings() -> None:
        found.settings = load_settings(home, os.environ)

    if found.check(read_settings):
        settings = found.settings
        assert settings is not None
        found.check(lambda: exposure.refuse(exposure.of_settings(home, settings, user)))
    found.database_is_readable = found.check(lambda: _check_database(home))
    for _, look in parts("problems"):
        look(found)
    return found.settings, found.problems


# Private


def _check_state(home: Home) -> None:
    for path in (home.control_socket, home.lock_file):
        if path.is_dir():
            raise MissingError(
                f"{path} is a folder, and a file has to be there: remove it, and look at what "
                "makes it (a mount of a file that is missing does)"
            )


def _check_database(home: Home) -> None:
    try:
        found = problem(home.database)
    except OSError as error:
        raise unreadable(home.database, error) from None
    if found is not None:
        raise MissingError(
            f"{home.database} is damaged or no SQLite database ({found}); stop meshvisor, then "
            "restore a backup, or save what can be read of it: meshvisor salvage"
        )
