"""The engine: everything that changes jobs goes through here, one transaction after another.

Owns the order of changes and the timer for what happens by itself.  Does not own what a change
writes (`ledger`), which jobs are claimed then (`transaction`), nor the runners (`lanes`), which it
tells what was committed.

While one transaction is written and flushed, the tasks for the next one gather: a hundred
callers share a flush, and a single one does not wait for others.  Between two transactions memory
and database agree, so that a task never has to ask whether what it sees is still so.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any, Final, Protocol, TypeVar, cast

from msgspec.structs import replace

from meshvisor.features.jobs.supervisor.clock import JobClock
from meshvisor.features.jobs.supervisor.ledger import housekeeping
from meshvisor.features.jobs.supervisor.ledger.housekeeping import Due
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.features.jobs.supervisor.transaction import (
    Committed,
    Completion,
    Situation,
    Transaction,
    Work,
    transact,
)
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.store.errors import StoreClosedError
from meshvisor.shared.store.store import Store
from meshvisor.shared.system_errors import explain

log = logging.getLogger(__name__)

MOST_TASKS: Final = 1_000
"""Tasks in one transaction: some tens of milliseconds, which is what a caller waits."""

TRY_AGAIN: Final = 0.5
"""Seconds before what runners have said is written again after the disk has refused it."""

LONGEST_SLEEP: Final = 3600.0
"""Seconds of one timer; longer waits are looked at again in between, which costs nothing."""

T = TypeVar("T")


class Lanes(Protocol):
    """What runs jobs, as the engine sees it."""

    def situation(self, now: Millis) -> Situation:
        """Return what the next transaction has to know."""
        ...

    def running(self) -> dict[int, int]:
        """Return the ids of all jobs that a runner has, and their leases."""
        ...

    def hold(self) -> None:
        """Have jobs stop at their next items: what they do cannot be written at present."""
        ...

    def committed(self, outcome: Committed) -> None:
        """Do what follows from a transaction."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    work: Work
    future: asyncio.Future[Any] | None
    """What its caller awaits; None: no caller waits, but it must not be lost."""
    after_ends: bool = False
    """Whether ends of jobs that were reported before have to be written first."""


class Engine:
    """Writes; make it inside a running event loop and let `run` run.

    Attributes:
        problem: why nothing can be written at present, in one sentence; None: it can.
    """

    def __init__(self, store: Store, clock: JobClock) -> None:
        self._store = store
        self._clock = clock
        self._lanes: Lanes
        self._tasks: list[_Task] = []
        self._asked = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._added = 0
        """Tasks that were ever taken in."""
        self._completions: list[tuple[int, Completion]] = []
        """Each with `_added` at its time: all that was said before it is written before it."""
        self._due: Due | None = None
        """When something happens by itself; None: unknown yet."""
        self._closed = False
        self._unsure = False
        """Whether the last commit failed, so that its outcome is unknown."""
        self.problem: str | None = None

    def serve(self, lanes: Lanes) -> None:
        """Use these lanes; before anything else."""
        self._lanes = lanes

    @property
    def waiting(self) -> int:
        """How many changes wait to be written."""
        return len(self._tasks)

    # ---- What others ask for ----------------------------------------------------------------

    async def do(self, work: Callable[[sqlite3.Connection, Transaction], T]) -> T:
        """Do a task and return its value after it is on the disk.

        Whatever it raises is raised here and undoes it alone.  A caller that is cancelled does not
        know whether it was done.

        Raises:
            MeshvisorError: it could not be written, and nothing of it was done; also after `close`.
        """
        if self._closed:
            raise StoreClosedError
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._add(_Task(work, future))
        return cast("T", await future)

    def post(self, work: Work, *, after_ends: bool = False) -> None:
        """Do a task without a caller that waits for it, however long the disk refuses it.

        Args:
            work: what to do.
            after_ends: whether it must not overtake what `complete` was given before.  Other work
                may, because ends are written together, behind everything else.
        """
        self._add(_Task(work, None, after_ends))

    def complete(self, completion: Completion) -> None:
        """Write that a job has ended as it should, together with others."""
        self._completions.append((self._added, completion))
        self.wake()

    def wake(self) -> None:
        """Write soon, and claim jobs for free slots: a runner has come, or settings have
        changed.
        """
        self._idle.clear()
        self._asked.set()

    async def settled(self) -> None:
        """Return when everything that was asked for so far has been written, or refused."""
        await self._idle.wait()

    # ---- The duty ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            await self._write_once()
            if not self._asked.is_set():
                self._idle.set()

    async def close(self) -> None:
        """Write what is left and what comes meanwhile; to be called after `run` was cancelled."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        while self._tasks or self._completions:
            await self._write_once()
            if self.problem is not None:
                log.error(
                    "%d changes of jobs are lost, because the disk refuses them; what they say was "
                    "done may be done again",
                    len(self._tasks) + len(self._completions),
                    extra={"event": "jobs.lost"},
                )
                return

    # ---- Private ----------------------------------------------------------------------------

    def _add(self, task: _Task) -> None:
        self._tasks.append(task)
        self._added += 1
        self.wake()

    def _how_many(self) -> int:
        """Return how many tasks can be written together with the ends of jobs behind them."""
        if self._completions:
            first = self._added - len(self._tasks)
            for number, task in enumerate(self._tasks[:MOST_TASKS]):
                if task.after_ends and self._completions[0][0] <= first + number:
                    return number
        return MOST_TASKS

    async def _write_once(self) -> None:
        most = self._how_many()
        tasks, self._tasks = self._tasks[:most], self._tasks[most:]
        due = bisect_right(self._completions, self._added - len(self._tasks), key=itemgetter(0))
        completions, self._completions = self._completions[:due], self._completions[due:]
        step = self._clock.step()
        works = [*self._first(step), *(task.work for task in tasks)]
        situation = self._situation(step)
        ends = [completion for _, completion in completions]
        write = asyncio.ensure_future(
            self._store.write(lambda db: transact(db, works, situation, ends))
        )
        cancelled = await _ended(write)
        try:
            outcome = write.result()
        except Exception as error:  # noqa: BLE001 - what is asked for must not get lost with it
            self._completions = completions + self._completions
            self._refused(tasks, _in_words(error))
        else:
            self._clock.follow(step)
            outcome.answers = outcome.answers[len(works) - len(tasks) :]
            self._committed(tasks, outcome)
        if cancelled:
            raise asyncio.CancelledError

    def _committed(self, tasks: list[_Task], outcome: Committed) -> None:
        self._unsure = False
        if self.problem is not None:
            log.warning("jobs can be written again", extra={"event": "jobs.written_again"})
            self.problem = None
        if self._tasks or self._completions or outcome.again:
            self._asked.set()
        try:
            self._lanes.committed(outcome)
        except Exception:
            # It is written, but what runners know of it is unknown: compared next.
            self._unsure = True
            self.wake()
            raise
        finally:
            _answer(tasks, outcome)
        if outcome.due is not None:
            self._due = outcome.due
            self._sleep_until(outcome.due.next)

    def _situation(self, step: int) -> Situation:
        situation = self._lanes.situation(Millis(self._clock.now() + step))
        due = self._due
        if due is None or step:
            return situation
        now = situation.now
        return replace(
            situation,
            is_due=due.next is not None and due.next <= now,
            is_limited=due.limited_until is not None and due.limited_until > now,
            has_holds=due.has_holds,
        )

    def _first(self, step: int) -> list[Work]:
        """Return what has to be done before anything else."""
        first: list[Work] = []
        if step:
            log.warning(
                "the clock was set by %.0f s; waits keep their lengths",
                step / 1000,
                extra={"event": "jobs.clock_set"},
            )
            first.append(lambda db, _transaction: housekeeping.shift(db, step))
        if self.problem is not None:
            first.append(lambda db, _transaction: housekeeping.prove(db))
        if self._unsure:
            first.append(partial(_reconcile, self._lanes.running()))
        return first

    def _refused(self, tasks: list[_Task], error: Exception) -> None:
        """Fail the callers that wait, and keep the rest for later."""
        self._unsure = True
        if isinstance(error, StoreClosedError):
            raise error
        if self.problem is None:
            log.error(
                "jobs cannot be written, and wait until they can: %s",
                error,
                extra={"event": "jobs.not_written"},
            )
            self._lanes.hold()
        self.problem = str(error)
        kept = []
        for task in tasks:
            if task.future is None:
                kept.append(task)
            elif not task.future.done():
                task.future.set_exception(_own(error))
        self._tasks = kept + self._tasks
        asyncio.get_running_loop().call_later(TRY_AGAIN, self.wake)

    def _sleep_until(self, moment: Millis | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if moment is not None:
            seconds = min(max(0.0, (moment - self._clock.now()) / 1000), LONGEST_SLEEP)
            self._timer = asyncio.get_running_loop().call_later(seconds, self._ring)

    def _ring(self) -> None:
        """Something happens by itself now, whatever the rounding of clocks makes of that."""
        self._due = None
        self.wake()


async def _ended(task: asyncio.Future[Any]) -> bool:
    """Wait for the end of a write, come what may; say whether the caller was cancelled meanwhile.

    What it has done must not be forgotten: others are notified of it, or asked again.
    """
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError:
            cancelled = True
    return cancelled


def _answer(tasks: list[_Task], outcome: Committed) -> None:
    for task, (value, error) in zip(tasks, outcome.answers, strict=True):
        if task.future is None:
            if error is not None:
                log.error("what a runner said was refused", exc_info=error)
        elif task.future.done():
            continue  # its caller was cancelled
        elif error is None:
            task.future.set_result(value)
        else:
            task.future.set_exception(error)


def _reconcile(running: dict[int, int], db: sqlite3.Connection, transaction: Transaction) -> None:
    for job in housekeeping.reconcile(db, running, transaction.now):
        transaction.changed(job)


def _in_words(error: Exception) -> Exception:
    """Return an error for the caller; one that was not foreseen is a mistake, and logged."""
    if isinstance(error, MeshvisorError | sqlite3.Error):
        return error
    known = explain(error)
    if known is None:
        log.error("jobs could not be written", exc_info=error)
    return known or MeshvisorError(f"it could not be written ({type(error).__name__}: {error})")


def _own(error: Exception) -> Exception:
    """Return an error of its own for one caller: a traceback grows wherever it is raised."""
    own = type(error)(*error.args)
    own.__cause__ = error
    return own
