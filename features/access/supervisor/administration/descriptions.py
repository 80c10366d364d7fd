"""What stands beside a permission: the help of its command, or what an operator has written there.

Owns which of the two it is, and that an operator's text outlives the permission: `unset` removes
the document, and the next `set` writes the text again.  Called by `administration`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from meshvisor.shared.model.realm import within
from meshvisor.shared.store.queries import load_queries
from meshvisor.shared.store.store import Store

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

Help = Callable[[str], str]
"""Returns the help of a command by its name in any case; empty: unknown."""


def no_help(_command: str) -> str:
    """Return nothing: where no supervisor runs, no bot is there to tell."""
    return ""


class Scoped(msgspec.Struct, frozen=True):
    """A command in a realm."""

    command: str
    realm: str

    @property
    def id(self) -> str:
        """As of `Permission.id`."""
        return within(self.realm, self.command)


class Descriptions:
    """Those of one home.

    Args:
        store: keeps the texts of permissions that were removed.
        help_of: see `Help`.
    """

    def __init__(self, store: Store, help_of: Help) -> None:
        self._store = store
        self._help_of = help_of

    async def of_new(self, command: Scoped, present: str) -> str:
        """Return what to write beside a permission.

        Args:
            command: which.
            present: what stands there already; it stays, whatever its author.
        """
        return present or await self._kept(command) or self._help_of(command.command)

    async def keep(self, command: Scoped, present: str) -> None:
        """Keep the text of a permission that is about to be removed, if it is an operator's."""
        wanted = "" if present == self._help_of(command.command) else present
        if wanted == await self._kept(command):
            return  # with nothing to keep, a full disk does no harm
        values = {"command": command.id.casefold(), "description": wanted}
        await self._store.write(lambda database: _keep(database, values))

    async def _kept(self, command: Scoped) -> str:
        return await self._store.read(lambda database: _kept(database, command.id.casefold()))


# Private


def _kept(database: sqlite3.Connection, command: str) -> str:
    row = database.execute(QUERIES["description"], {"command": command}).fetchone()
    return str(row[0]) if row else ""


def _keep(database: sqlite3.Connection, values: dict[str, str]) -> None:
    database.execute(QUERIES["keep_description"], values)
