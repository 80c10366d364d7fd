"""The database of the home, to be read only.

Owns the connections, and that many who ask the same at a time cost one read.  The connections are
opened at the first request, and never write (`shared.store.readers`); what is changed is asked of
the supervisor (`control`).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

from meshvisor.shared.store.readers import Readers

T = TypeVar("T")


class Database:
    """Reads on connections that cannot write.

    Args:
        path: of the database.
    """

    def __init__(self, path: Path) -> None:
        self._readers = Readers(path)
        self._running: dict[Hashable, asyncio.Task[Any]] = {}
        self._next: dict[Hashable, asyncio.Task[Any]] = {}
        """Reads that have not begun yet."""

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a thread, on one consistent snapshot.

        Raises:
            MeshvisorError: the database cannot be read.
        """
        return await self._readers.read(work)

    async def share(self, question: Hashable, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do the same, once for all who ask the same question before the read begins.

        An event makes a hundred pages load the same list.  No caller is given what was read before
        it asked, so that all see what they have changed.

        Args:
            question: equal for equal answers.
            work: as for `read`; what it returns must not be changed.

        Raises:
            MeshvisorError: the database cannot be read.
        """
        reading = self._next.get(question)
        if reading is None:
            before = self._running.get(question)
            reading = asyncio.create_task(self._after(before, question, work), name="shared read")
            self._next[question] = reading
        # Not cancelled with one of those who wait for it.
        answer: T = await asyncio.shield(reading)
        return answer

    def close(self) -> None:
        """End; blocks until the reads under way are done."""
        self._readers.close()

    # Private

    async def _after(
        self,
        before: asyncio.Task[Any] | None,
        question: Hashable,
        work: Callable[[sqlite3.Connection], Any],
    ) -> Any:
        if before is not None:
            await asyncio.wait((before,))
        task = self._next.pop(question)
        self._running[question] = task
        try:
            return await self.read(work)
        finally:
            if self._running.get(question) is task:
                del self._running[question]
