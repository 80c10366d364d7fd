"""Looking at the event log, with a running supervisor and without."""

from __future__ import annotations

from meshvisor.shared.events import log
from meshvisor.shared.events.log import Page, Wanted
from meshvisor.shared.store.late import Database


class EventReader:
    """Reads the log of a database."""

    def __init__(self, store: Database) -> None:
        self._store = store

    async def page(self, after: int | None, limit: int, wanted: Wanted = log.ALL) -> Page:
        """Return events, oldest first.

        Args:
            after: those behind this one, from the oldest on; None: the newest ones.
            limit: how many at most.
            wanted: which ones.

        Raises:
            MeshvisorError: the database cannot be read.
        """
        if after is None:
            return await self._store.read(lambda db: log.newest(db, limit, wanted))
        return await self._store.read(lambda db: log.read(db, after, limit, wanted))
