"""Admins and permissions for a measured fleet, put into its database before it starts.

Owns who they are.  Does not own the databases: the product's own store, and the server of
`mongo_server`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from meshvisor.features.access.supervisor.directory.model import Admin, Permission
from meshvisor.features.access.supervisor.directory.sqlite import SqliteBackend
from meshvisor.shared.paths import Home
from meshvisor.shared.store.store import Store

FIRST_USER: Final = 20_000_000
"""User ids of eight digits, and none of a user who talks in the rooms."""
LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DirectorySize:
    """How much a directory holds."""

    admins: int
    permissions: int

    def __str__(self) -> str:
        return f"{self.admins:,} admins, {self.permissions:,} permissions"

    def make_admins(self) -> Iterator[Admin]:
        """Yield the admins."""
        for number in range(self.admins):
            yield Admin(str(FIRST_USER + number), LONG_AGO)

    def make_permissions(self) -> Iterator[Permission]:
        """Yield the permissions: for admins and for all by turns, about commands of no worker."""
        for number in range(self.permissions):
            yield Permission(f"command{number}", number % 2 == 0, LONG_AGO)

    def write_into(self, home: Path) -> None:
        """Make the database of a home that has none, and fill it."""
        with closing(Store.open(Home(home).database)) as store:
            asyncio.run(self._write(SqliteBackend(store, poll_interval=1)))

    async def _write(self, backend: SqliteBackend) -> None:
        await asyncio.gather(
            *(backend.put_admin(one) for one in self.make_admins()),
            *(backend.put_permission(one) for one in self.make_permissions()),
        )


USUAL: Final = DirectorySize(admins=3, permissions=3)
LARGE: Final = DirectorySize(admins=10_000, permissions=1_000)
"""More than any operator has asked for."""
