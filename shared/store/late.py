"""A database that is opened when it is first used.

For the command line without a supervisor: which of its requests use the database, the requests
know, and one that does not must neither wait for it nor fail with it.  Called by
`supervisor.control.offline`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from meshvisor.shared.store.store import Store

T = TypeVar("T")


class Database(Protocol):
    """What can be written and read: a `Store`, or one that is not open yet."""

    async def write(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> T:
        """See `Store.write`."""

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """See `Store.read`."""


class LateStore:
    """The database of a home, for one task after another."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store: Store | None = None

    async def opened(self) -> Store:
        """Return it, opened by the first call.

        Raises:
            MeshvisorError: it cannot be opened, see `Store.open`; the next call tries again.
        """
        if self._store is None:
            self._store = await asyncio.to_thread(Store.open, self._path)
        return self._store

    async def write(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> T:
        """Open it and write; raises what `opened` and `Store.write` do."""
        return await (await self.opened()).write(work, durable=durable)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Open it and read; raises what `opened` and `Store.read` do."""
        return await (await self.opened()).read(work)

    async def close(self) -> None:
        """Commit what was accepted and close it, if it is open; idempotent."""
        store, self._store = self._store, None
        if store is not None:
            await asyncio.to_thread(store.close)
