"""What is counted, and what it is called in the database and by people."""

from __future__ import annotations

import enum
from typing import Final


class Kind(enum.IntEnum):
    """What is counted; the numbers are those in the database."""

    MESSAGE = 1
    """A user has said something."""
    COMMAND = 2
    """A user has used a command."""
    JOIN = 3
    """A user has come into a room."""
    LEAVE = 4
    """A user has left it."""
    ERROR = 5
    """A command has failed."""

    @property
    def label(self) -> str:
        """As in settings, options and files."""
        return self.name.lower()

    @property
    def plural(self) -> str:
        """As the name of a figure."""
        return _PLURALS[self]


_PLURALS: Final = {
    Kind.MESSAGE: "messages",
    Kind.COMMAND: "commands",
    Kind.JOIN: "joins",
    Kind.LEAVE: "leaves",
    Kind.ERROR: "errors",
}

BY_LABEL: Final = {kind.label: kind for kind in Kind}

FIGURES: Final = (*_PLURALS.values(), "active_users", "new_users")
"""What statistics tell of a day."""

SYNTHETIC: Final = 1
"""Mark of events that were made for trying things out."""

BACKFILLED: Final = 2
"""Mark of joins that were never seen (`generation.memberships`)."""
