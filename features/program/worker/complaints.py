"""What a program says that belongs into the log: its own lines, and what is wrong with others.

Owns that a program which says the same nonsense again and again does not fill the log.
"""

from __future__ import annotations

import logging
from typing import Final

from meshvisor.worker.logs.bound import bound_log, notable

MOST_TYPES: Final = 50
"""Unknown types that are logged."""

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

LONGEST_TEXT: Final = 4000
"""Characters."""

log = bound_log(__name__)


class Complaints:
    """The complaints about one program."""

    def __init__(self) -> None:
        self._types: set[str] = set()
        self._malformed = 0
        self.last = ""
        """Why the newest line was ignored; empty: none was."""

    def unknown(self, kind: str) -> None:
        """Report a type that is not known, once."""
        if kind not in self._types and len(self._types) < MOST_TYPES:
            self._types.add(kind)
            log.warning(
                "Ignored a message of the program of the unknown type %r", kind, event="unknown"
            )

    def malformed(self, why: str) -> None:
        """Report a line that cannot be understood: the 1st, 2nd, 4th and so on."""
        self._malformed += 1
        self.last = why
        if notable(self._malformed):
            log.warning(
                "Ignored a line of the program: %s",
                why,
                event="malformed",
                count=self._malformed,
            )

    @staticmethod
    def logged(level: str, text: str) -> None:
        """Log what the program wants logged."""
        log.log(LEVELS.get(level, logging.INFO), "%s", text[:LONGEST_TEXT], event="program")
