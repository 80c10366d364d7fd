"""The database of the home, to be read only.

Owns the connections.  They are opened when somebody asks for the first time, and never write
(`shared.store.readers`); what is changed is asked of the supervisor (`control`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from meshvisor.shared.store.readers import Readers

T = TypeVar("T")


class Database:
    """Reads on connections that cannot write.

    Args:
        path: of the database.
    """

    def __init__(self, path: Path) -> None:
        self._readers = Readers(path)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a thread, on one consistent snapshot.

        Raises:
            MeshvisorError: the database cannot be read.
        """
        return await self._readers.read(work)

    def close(self) -> None:
        """End; blocks until the reads under way are done."""
        self._readers.close()
