"""The help of the chat commands of all workers, each text once.

Owns the bound on it: what a worker says must not fill the supervisor's memory.  Filled by
`reactions`, asked by administration through the manager.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MOST: Final = 1000
"""Commands whose help is known."""

LONGEST: Final = 200
"""Characters of one."""


class CommandHelp:
    """The texts, by name in any case."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def learn(self, texts: Mapping[str, str]) -> None:
        """Take in those of a worker; the newest one counts."""
        for command, text in texts.items():
            key = command.casefold()
            if key in self._texts or len(self._texts) < MOST:
                self._texts[key] = text[:LONGEST]

    def of(self, command: str) -> str:
        """Return the help of a command; empty: unknown."""
        return self._texts.get(command.casefold(), "")
