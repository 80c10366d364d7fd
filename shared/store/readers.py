"""Reading: connections that cannot write, each used by one reader at a time.

Owns the connections and the threads that keep an event loop free.  A reader never waits for the
writer, nor the writer for a reader.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from meshvisor.shared.store.connection import close_quietly, open_reader
from meshvisor.shared.store.errors import StoreClosedError, translated
from meshvisor.shared.threads import make_pool

THREADS: Final = 2
"""One for a long look through a table, one for the short questions meanwhile.  Each has a cache of
2 MB, and the supervisor has to stay small."""

T = TypeVar("T")


class Readers:
    """Runs reads, each on one consistent snapshot."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = make_pool(THREADS, "store-reader")
        self._lock = threading.Lock()
        self._free: list[sqlite3.Connection] = []
        self._closed = False

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a thread; see `read_now`.  A cancelled caller leaves it running."""
        if self._closed:
            raise StoreClosedError
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, work)

    def read_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in this thread.

        Raises:
            MissingError: the database cannot be opened, or is damaged.
            StoreError: it cannot be read, or is closed.
        """
        connection = self._take()
        try:
            connection.execute("BEGIN")
            value = work(connection)
        except sqlite3.Error as error:
            close_quietly(connection)
            meaning = translated(error, self._path)
            if meaning is None:
                raise
            raise meaning from error
        except BaseException:
            # Not used again: a cursor that the error's traceback keeps alive, half read, would
            # show the snapshot of today to all who read on this connection later.
            close_quietly(connection)
            raise
        self._give_back(connection)
        return value

    def close(self) -> None:
        """End after the reads that are under way; blocks until they are done."""
        with self._lock:
            self._closed = True
        self._threads.shutdown()
        with self._lock:
            while self._free:
                close_quietly(self._free.pop())

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StoreClosedError
            if self._free:
                return self._free.pop()
        return open_reader(self._path)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        with self._lock:
            if not self._closed and len(self._free) < THREADS:
                self._free.append(connection)
                return
        close_quietly(connection)
