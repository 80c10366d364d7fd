"""The one thread that writes, with group commit.

Owns the order of writes, which of them share a transaction, and what each caller hears.  Does not
own the file (`connection`) nor the calls that others make (`store`).

A group is what is there when the thread is free, and what comes while it works on that: no task
waits for a group to fill, and while one is being flushed to the disk the next one gathers.  Each
task has a savepoint, so that one that fails is undone alone.  When the group as a whole fails,
nothing of it was done and each of its callers hears why.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import copy
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from meshvisor.shared.clock import Clock
from meshvisor.shared.store.connection import close_quietly, open_writer
from meshvisor.shared.store.errors import (
    StoreBusyError,
    StoreClosedError,
    StoreError,
    StoreMovedError,
    translated,
)

MAX_TASKS: Final = 512
"""Tasks in a group.  The cost of the flush is spread thin enough by then: twice as many
gain less than a tenth, and all of them wait for the last."""
MAX_GROUP_TIME: Final = 0.05
"""Seconds of work after which a group is committed although more is waiting, so that slow tasks
hold up those before them for a moment only."""

Work = Callable[[sqlite3.Connection], Any]
Outcome = tuple[Any, BaseException | None]
"""What a task returned, or what it raised."""


class Call(NamedTuple):
    """What a loop is to do when it is notified of a commit."""

    loop: asyncio.AbstractEventLoop
    do: Callable[[], None]


AfterCommit = Callable[[sqlite3.Connection], Call | None]
"""Looks at what is committed; it must be quick, and what it raises is ignored.  What it returns is
done in its loop before any caller there goes on, with the same wake-up: each further one costs the
thread the interpreter's lock for as long as the loop then has something to do."""


@dataclass(slots=True, eq=False)
class Task:
    """One task, and the future that its caller awaits."""

    work: Work
    durable: bool
    future: asyncio.Future[Any] | concurrent.futures.Future[Any]
    loop: asyncio.AbstractEventLoop | None
    """The loop that the future belongs to; None: a thread waits for it."""


class GroupLostError(RuntimeError):
    """The transaction ended before its time; what was done in it is undone or unknown.

    Raised to callers when a task has ended it: a mistake in the program.
    """

    def __init__(self, message: str = "work must not end the transaction it runs in") -> None:
        super().__init__(message)


class Writer:
    """Runs tasks in a thread of its own, which starts at once."""

    def __init__(self, path: Path, connection: sqlite3.Connection, clock: Clock) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = connection
        """None after a failure that is not the work's fault: the next group opens anew."""
        self._file = _identity(path)
        """Which file the connection has open."""
        self._clock = clock
        self._lock = threading.Lock()
        """Held while something is put into the queue: nothing comes after the end."""
        self._queue: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        """None is the end."""
        self._closed = False
        self._deferred: deque[Task] = deque()
        """Taken from the queue, but for the next group."""
        self._ending = False
        self._is_suspect = False
        """Whether the connection is to be replaced: it may keep pages of a damaged file."""
        self._flushes = True
        """Whether commits are flushed to the disk at present (PRAGMA synchronous)."""
        self.after_commit: AfterCommit | None = None
        """Called in the thread after each group that was committed, before its callers hear."""
        # Not with the first task: there may be no thread to be had by then.  A daemon: a
        # program that forgets to close must still be able to end.
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, task: Task) -> None:
        """Take a task; its future is settled after the commit.

        Raises:
            StoreClosedError: after `close`.
        """
        with self._lock:
            if self._closed:
                raise StoreClosedError
            self._queue.put(task)

    def close(self) -> None:
        """Commit what was taken, then end the thread; blocks until that is done."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()
        self._drop_connection()

    # ---- In the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        while (first := self._next()) is not None:
            tasks = [first, *self._waiting(MAX_TASKS - 1)]
            outcomes, call = self._outcomes(tasks)
            _deliver(tasks, outcomes, call)
            # While the thread waits for more, nothing that belongs to a caller is kept alive.
            del first, tasks, outcomes, call

    def _outcomes(self, tasks: list[Task]) -> tuple[list[Outcome], Call | None]:
        """Run a group, which may grow.

        Returns:
            What each of its callers is to hear, and what follows from the commit besides.
        """
        outcomes: list[Outcome] = []
        try:
            connection = self._begin(durable=any(task.durable for task in tasks))
            for task in self._growing(tasks):
                outcome = self._run_task(connection, task)
                outcomes.append(outcome)  # one by one: after a failure those before it are known
            connection.execute("COMMIT")
            call = self._look_after(connection)
            if self._is_suspect:
                self._drop_connection()
        except BaseException as error:  # noqa: BLE001 - the thread outlives whatever happens
            reason = self._recover(error)
            # What failed by itself has its own reason.
            failed = [own for _, own in outcomes] + [None] * (len(tasks) - len(outcomes))
            return [(None, own or _copied(reason)) for own in failed], None
        return outcomes, call

    def _look_after(self, connection: sqlite3.Connection) -> Call | None:
        # The group is committed, whatever becomes of a look at it.
        if self.after_commit is not None:
            with suppress(Exception):
                return self.after_commit(connection)
        return None

    def _begin(self, *, durable: bool) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_writer(self._path, create=False)
            self._file = _identity(self._path)
            self._flushes = True
        if _identity(self._path) != self._file:
            raise StoreMovedError(
                f"{self._path} was moved away or replaced while it was in use; put it back, or "
                "restart meshvisor to go on with what is there now."
            )
        if durable != self._flushes:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._flushes = durable
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def _growing(self, tasks: list[Task]) -> Iterator[Task]:
        """Yield the tasks, and then those that came meanwhile, which are added to them.

        When the time is up, what is left of them is kept for the next group.
        """
        ends_at = self._clock.monotonic() + MAX_GROUP_TIME
        for done, task in enumerate(tasks, start=1):
            yield task
            if self._clock.monotonic() >= ends_at:
                self._deferred.extendleft(reversed(tasks[done:]))
                del tasks[done:]
            elif done == len(tasks):
                more = self._waiting(MAX_TASKS - done, flushed=self._flushes)
                tasks.extend(more)

    def _run_task(self, connection: sqlite3.Connection, task: Task) -> Outcome:
        """Run one task in its savepoint.

        Raises:
            GroupLostError: SQLite or the work has ended the transaction of the whole group.
            sqlite3.Error: the savepoint itself failed.
        """
        if task.future.cancelled():
            return None, None
        connection.execute("SAVEPOINT task")
        try:
            value = task.work(connection)
        except BaseException as error:
            if not connection.in_transaction:
                # SQLite itself does so when the disk is full, for example.
                raise GroupLostError from error
            connection.execute("ROLLBACK TO task")
            connection.execute("RELEASE task")
            meaning = self._meaning(error)
            if isinstance(meaning, StoreError):
                self._is_suspect = True
            return None, meaning
        if not connection.in_transaction:
            raise GroupLostError
        connection.execute("RELEASE task")
        return value, None

    def _recover(self, error: BaseException) -> BaseException:
        """Undo what is left of a failed group; return what its callers are to hear."""
        if isinstance(error, GroupLostError) and isinstance(error.__cause__, sqlite3.Error):
            error = error.__cause__
        reason = self._meaning(error)
        # Closing a file that was moved away could remove the log of the one that took its place.
        if not isinstance(reason, StoreBusyError | StoreMovedError):
            # It takes what is left of the transaction with it.  A new one is needed anyway: after
            # damage or a full disk an old one may never notice that all is well again.
            self._drop_connection()
        return reason

    def _meaning(self, error: BaseException) -> BaseException:
        meaning = translated(error, self._path) if isinstance(error, sqlite3.Error) else None
        if meaning is None:
            return error
        meaning.__cause__ = error
        return meaning

    def _drop_connection(self) -> None:
        if self._connection is not None:
            close_quietly(self._connection)
            self._connection = None
            self._is_suspect = False

    # ---- The queue -------------------------------------------------------------------------------

    def _next(self) -> Task | None:
        """Wait for the first task of a group; None: there will be no more."""
        if self._deferred:
            return self._deferred.popleft()
        return None if self._ending else self._queue.get()

    def _waiting(self, limit: int, *, flushed: bool = True) -> list[Task]:
        """Return what is there without waiting.

        Args:
            limit: how many tasks at most.
            flushed: whether the group is; one that is not cannot take durable tasks any more.
        """
        found: list[Task] = []
        while len(found) < limit and (task := self._take()) is not None:
            if task.durable and not flushed:
                self._deferred.appendleft(task)
                break
            found.append(task)
        return found

    def _take(self) -> Task | None:
        """Return the next piece; None: there is none at the moment."""
        if self._deferred:
            return self._deferred.popleft()
        if self._ending:
            return None
        try:
            task = self._queue.get_nowait()
        except queue.Empty:
            return None
        self._ending = task is None
        return task


def _copied(error: BaseException) -> BaseException:
    """Return an error of its own for one caller: a traceback grows wherever it is raised."""
    own = copy.copy(error)
    own.__cause__ = error.__cause__ or error
    return own


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


# ---- Telling the callers -------------------------------------------------------------------------


def _deliver(tasks: list[Task], outcomes: list[Outcome], call: Call | None) -> None:
    """Settle all futures, with one call into each loop, which runs its own `call` first."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[tuple[Any, Outcome]]] = {}
    if call is not None:
        by_loop[call.loop] = []
    for task, outcome in zip(tasks, outcomes, strict=True):
        by_loop.setdefault(task.loop, []).append((task.future, outcome))
    for loop, settled in by_loop.items():
        if loop is None:
            _settle(settled)
            continue
        first = call.do if call is not None and call.loop is loop else None
        # A loop that was closed meanwhile has no caller that waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, settled, first)


def _settle(settled: list[tuple[Any, Outcome]], first: Callable[[], None] | None = None) -> None:
    if first is not None:
        first()
    for future, (value, error) in settled:
        if future.done():  # its caller was cancelled
            continue
        if error is None:
            future.set_result(value)
        elif isinstance(error, StopIteration):
            # A future cannot carry it.
            future.set_exception(RuntimeError(f"work raised {error!r}"))
        else:
            future.set_exception(error)
