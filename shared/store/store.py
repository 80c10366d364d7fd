"""The database as its users see it: write, read, and notice changes.

Owns nothing by itself; it puts the writer and the readers behind one door.  The supervisor has one
store for its life, the command line one for a command.

    store = Store.open(home.database)
    await store.write(lambda db: db.execute(QUERIES["insert_admin"], (user_id, now)))
    rows = await store.read(lambda db: db.execute(QUERIES["all_admins"]).fetchall())

What `work` gets is a `sqlite3.Connection` inside a transaction.  It executes statements and
returns values, never cursors: it does not begin, commit or roll back (neither does it use the
connection in a `with`), it waits for nothing, and it does not keep the connection.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from meshvisor.shared.clock import Clock, SystemClock
from meshvisor.shared.store.connection import close_quietly, open_reader, open_writer
from meshvisor.shared.store.errors import StoreClosedError, translated
from meshvisor.shared.store.fairness import Fairness
from meshvisor.shared.store.readers import Readers
from meshvisor.shared.store.writer import AfterCommit, Task, Writer

T = TypeVar("T")


class Store:
    """An open database."""

    def __init__(self, path: Path, connection: sqlite3.Connection, clock: Clock) -> None:
        self._path = path
        self._readers = Readers(path)
        self._writer = Writer(path, connection, clock)
        self._watch_lock = threading.Lock()
        self._watch: sqlite3.Connection | None = None
        self._watches = 0
        """Connections that watched so far; each counts for itself."""
        self._fairness: Fairness | None = None
        """That of the loop which has called last; more than one at a time is unusual."""
        self._closed = False

    @classmethod
    def open(cls, path: Path, *, clock: Clock | None = None) -> Store:
        """Open a database, make it when there is none, and bring its tables to this version.

        Blocks: it reads the disk, and waits for other programs for up to
        `connection.BUSY_TIMEOUT` seconds.  All threads that it will ever need are started.

        Args:
            path: the file; it and its folder are made when they do not exist.
            clock: limits how long a group of writes may take; None: the machine's.

        Raises:
            SettingsError: others may use the file (the message has the command that mends it), or
                a newer version has made it.
            MissingError: it cannot be opened, is no SQLite database, is damaged or belongs to
                another program.  It is never deleted or overwritten.
            StoreError: it is locked, or the disk is full.
            RuntimeError: there is no thread to be had.
        """
        connection = open_writer(path)
        try:
            return cls(path, connection, clock or SystemClock())
        except BaseException:
            close_quietly(connection)
            raise

    @property
    def path(self) -> Path:
        """The database file."""
        return self._path

    async def write(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> T:
        """Run `work` in the writer's thread and return its value after the commit.

        Tasks run in the order in which they were given.  Cancelling the caller does not affect
        others; whether the work was done is then unknown: it is left out if it has not begun.

        Args:
            work: see above; what it raises undoes it alone and is raised here.
            durable: whether it has to survive a power cut once this returns; otherwise the last
                seconds may be lost in one (not when only the program is killed).

        Raises:
            StoreError: it could not be committed, and nothing of it was done.  When the disk
                failed during the flush it may be there after a crash all the same.
            MissingError: the file has been moved away or damaged since it was opened.
        """
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        with self._fairness_of(loop):
            self._writer.submit(Task(work, durable, future, loop))
            value: T = await future
        return value

    def write_now(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> T:
        """Do the same for a caller without a loop; blocks."""
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        self._writer.submit(Task(work, durable, future, None))
        return future.result()

    def after_commit(self, look: AfterCommit | None) -> None:
        """Have `look` called in the writer's thread after each commit of this store.

        One at a time: the event log has it (`shared.events.subscriptions`).  It gets the writing
        connection outside of any transaction, must be quick, and must not raise.  What it returns
        is done in its loop, with the wake-up of those who wait for the commit and before them.
        """
        self._writer.after_commit = look

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a reader's thread on one consistent snapshot and return its value.

        The snapshot holds everything whose write has returned.  The connection refuses to change
        anything.  A cancelled caller leaves the work running.

        Raises:
            StoreError: it cannot be read.
            MissingError: the file has been moved away or damaged since it was opened.
        """
        with self._fairness_of(asyncio.get_running_loop()):
            return await self._readers.read(work)

    def read_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do the same for a caller without a loop; blocks."""
        return self._readers.read_now(work)

    def data_version(self) -> int:
        """Return a number that is another one after any process has committed.

        Takes microseconds, and reads no row: cheap enough to be asked several times a second.

        Raises:
            StoreError: it cannot be read.
            MissingError: the file has been moved away or damaged since it was opened.
        """
        with self._watch_lock:
            if self._closed:
                raise StoreClosedError
            if self._watch is None:
                self._watch = open_reader(self._path)
                self._watches += 1
            try:
                (version,) = self._watch.execute("PRAGMA data_version").fetchone()
            except sqlite3.Error as error:
                close_quietly(self._watch)
                self._watch = None
                raise translated(error, self._path) or error from error
        # Connections count independently of each other, so a new one could repeat a number.
        return (self._watches << 32) + int(version)

    def close(self) -> None:
        """Commit everything that was accepted and close; a second call does nothing.

        Blocks until that is done and until reads that are under way have ended; a loop that must
        not wait for them calls it in a thread.  Any other call afterwards raises
        `StoreClosedError`.
        """
        self._readers.close()
        with self._watch_lock:
            self._closed = True
            if self._watch is not None:
                close_quietly(self._watch)
                self._watch = None
        # Last, so that the last connection is one that may fold the log into the main file.
        self._writer.close()

    def _fairness_of(self, loop: asyncio.AbstractEventLoop) -> Fairness:
        fairness = self._fairness
        if fairness is None or fairness.loop is not loop:
            fairness = self._fairness = Fairness(loop)
        return fairness
