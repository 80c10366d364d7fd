"""Telling subscribers what was committed: each in order, each at its own pace.

Owns when a subscriber is handed events, and that its cursor moves on behind them.  Does not own
what it does with them, nor the rows (`log`, `cursors`).  Called by the supervisor.

A commit wakes whoever waits, so that nobody is told of what may still be undone.  A subscriber has
a task of its own: one that is slow holds up nobody, and one that fails is handed the same events
again after a growing pause, until it takes them.  It is handed them at least once, because a crash
may come between what it does and the note of that (`Batch.save` writes both together).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.events import cursors, log
from meshvisor.shared.events.event import Event
from meshvisor.shared.events.interests import Interests
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.store.store import Store
from meshvisor.shared.store.writer import Call

logger = logging.getLogger(__name__)

AT_A_TIME: Final = 200
"""Events of one batch: few enough that what a crash repeats is little."""
SHORTEST_PAUSE: Final = 0.02
"""Seconds between two looks of one subscriber.  The first one after a quiet time comes at once; ten
thousand jobs a second must not cause ten thousand looks."""
FIRST_RETRY: Final = 0.5
"""Seconds until a batch that a subscriber has failed at is handed out again; doubled each time."""
LONGEST_RETRY: Final = 60.0
"""Seconds at most."""
UNSAVED: Final = 10_000
"""Events of no interest behind which a cursor is moved all the same: they need not be looked at
again after a crash, and each save is a write."""

Work = Callable[[sqlite3.Connection], Any]


class Batch:
    """Events that a subscriber is handed.

    Attributes:
        events: oldest first.
    """

    def __init__(
        self, events: Sequence[Event], save: Callable[[Work | None], Awaitable[Any]]
    ) -> None:
        self.events = events
        self._save = save
        self.is_saved = False

    async def save(self, work: Work | None = None) -> Any:
        """Note that these are done with, in one transaction with `work`; return its value.

        Whoever does not call it is noted as done when its handler returns.

        Raises:
            MeshvisorError: it cannot be written; nothing of it was.
        """
        value = await self._save(work)
        self.is_saved = True
        return value


Handler = Callable[[Batch], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody who is told."""

    name: str
    """Of the cursor: a subscriber that comes back under it goes on where it was."""
    handle: Handler
    """Does something about events; what it raises has them handed out again later."""
    wanted: Sequence[Wanted] = (log.ALL,)
    """Which events; those that any of them is about."""
    from_the_beginning: bool = False
    """Whether it hears of what happened before it came for the first time."""


@dataclass(slots=True, eq=False)
class _Subscriber:
    subscription: Subscription
    seq: int
    """Everything up to here is done with."""
    saved: int
    """As the database has it."""
    problem: str | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Subscriptions:
    """All subscribers of one supervisor; make it inside a running event loop.

    Attributes:
        interests: the kinds that they want, and those who follow.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.interests = Interests()
        self._loop = asyncio.get_running_loop()
        self._subscribers: list[_Subscriber] = []
        self._added: list[Subscription] = []
        self._last = 0
        """The newest event that is committed."""
        self._told = 0
        """The newest one that the loop was told of; of the writer's thread."""
        self._news = asyncio.Event()
        """Set, and replaced by a fresh one, with each commit that has appended something."""
        self._is_started = False

    def add(self, subscription: Subscription) -> None:
        """Have somebody told who is there for the life of the supervisor; before `start`."""
        if self._is_started or any(one.name == subscription.name for one in self._added):
            raise ValueError(f"{subscription.name} cannot subscribe twice, nor after the start")
        self._added.append(subscription)
        for wanted in subscription.wanted:
            self.interests.add(wanted.kinds)

    # ---- Life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Find out how far everybody is, and begin; whoever is new begins with what comes next.

        Raises:
            MeshvisorError: the database cannot be used.
        """
        if self._is_started:
            return
        now = self._now()
        places = await self._store.write(partial(_places, self._added, now))
        self._is_started = True
        self._store.after_commit(self._look)
        self._advance(await self._store.read(log.last))
        for subscription in self._added:
            seq = places[subscription.name]
            one = _Subscriber(subscription, seq, seq)
            self._subscribers.append(one)
            one.task = self._begin(one)

    async def run(self) -> None:
        """Watch over the tasks that tell subscribers, for ever.

        Raises:
            Exception: what has ended one of them, a mistake of ours; it is begun again.
        """
        if not self._subscribers:
            await self._loop.create_future()
        while True:
            tasks = [one.task for one in self._subscribers if one.task is not None]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for one in self._subscribers:
                if one.task is not None and one.task.done():
                    ended, one.task = one.task, self._begin(one)
                    ended.result()

    async def close(self) -> None:
        """Tell nobody any more, and note how far everybody is; idempotent."""
        if self._is_started:
            self._store.after_commit(None)
        tasks = [one.task for one in self._subscribers if one.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        behind = [one for one in self._subscribers if one.saved < one.seq]
        if behind:
            await self._store.write(partial(_save_all, behind, self._now()))

    # ---- What others see -----------------------------------------------------------------------

    @property
    def last(self) -> int:
        """The newest event that is committed."""
        return self._last

    @property
    def read_by_all(self) -> int:
        """Up to which event everybody is done."""
        return min((one.seq for one in self._subscribers), default=self._last)

    @property
    def problems(self) -> Sequence[str]:
        """One sentence for each subscriber that fails at present."""
        return [one.problem for one in self._subscribers if one.problem is not None]

    async def follow(self, after: int, wanted: Wanted = log.ALL) -> AsyncGenerator[Event, None]:
        """Yield the events behind a place, and then new ones for ever; nothing is noted of it.

        Raises:
            MeshvisorError: the database cannot be read.
        """
        with self.interests.held(wanted.kinds):
            while True:
                page = await self._store.read(partial(_read, after, wanted))
                for event in page.events:
                    yield event
                after = page.next
                await self._beyond(after)

    # ---- Private -------------------------------------------------------------------------------

    def _begin(self, one: _Subscriber) -> asyncio.Task[None]:
        return asyncio.create_task(self._serve(one), name=f"subscriber {one.subscription.name}")

    def _look(self, db: sqlite3.Connection) -> Call | None:
        """After a commit, in the writer's thread: have the loop told when there is news."""
        last = log.last(db)
        if last <= self._told:
            return None
        self._told = last
        return Call(self._loop, partial(self._advance, last))

    def _advance(self, last: int) -> None:
        if last > self._last:
            self._last = last
            news, self._news = self._news, asyncio.Event()
            news.set()

    async def _beyond(self, seq: int) -> None:
        """Return when there is an event behind this one."""
        while self._last <= seq:
            await self._news.wait()

    async def _serve(self, one: _Subscriber) -> None:
        pause = FIRST_RETRY
        while True:
            await self._beyond(one.seq)
            try:
                await self._hand_out(one)
            except Exception as error:  # noqa: BLE001 - a subscriber that fails ends no other one
                self._failed(one, error, pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_RETRY)
                continue
            if one.problem is not None:
                one.problem, pause = None, FIRST_RETRY
                logger.warning(
                    "%s takes events again",
                    one.subscription.name,
                    extra={"event": "events.subscriber_back"},
                )
            await asyncio.sleep(SHORTEST_PAUSE)

    async def _hand_out(self, one: _Subscriber) -> None:
        """Hand out the next batch, and note it."""
        wanted, after = one.subscription.wanted, one.seq
        page = await self._store.read(lambda db: log.read_any(db, after, AT_A_TIME, wanted))
        if page.events:
            batch = Batch(page.events, partial(self._save, one, page.next))
            await one.subscription.handle(batch)
            # First of all: whoever stops now, or a disk that refuses, has nothing repeated.
            one.seq = page.next
            if not batch.is_saved:
                await self._save(one, page.next, None)
        elif page.next - one.saved >= UNSAVED:
            await self._save(one, page.next, None)
        one.seq = page.next

    async def _save(self, one: _Subscriber, seq: int, work: Work | None) -> Any:
        name, now = one.subscription.name, self._now()

        def write(db: sqlite3.Connection) -> Any:
            cursors.save(db, name, seq, now)
            return None if work is None else work(db)

        # Both or neither survive a power cut: whatever is lost is handed out again.
        value = await self._store.write(write, durable=False)
        one.saved = seq
        return value

    def _failed(self, one: _Subscriber, error: Exception, pause: float) -> None:
        name = one.subscription.name
        if one.problem is None:
            # What operators can mend is a sentence; anything else is a mistake, and has a place.
            is_known = isinstance(error, MeshvisorError)
            logger.error(
                "%s has failed at events behind %d, which wait for it; again in %g s%s",
                name,
                one.seq,
                pause,
                f": {error}" if is_known else "",
                exc_info=None if is_known else error,
                extra={"event": "events.subscriber_failed"},
            )
        one.problem = f"events wait for {name}, which has failed: {type(error).__name__}: {error}"

    def _now(self) -> int:
        return round(self._clock.wall() * 1000)


def _places(
    subscriptions: Sequence[Subscription], now: int, db: sqlite3.Connection
) -> dict[str, int]:
    """Return the places of subscribers; those who are new are given one."""
    last = log.last(db)
    places = {}
    for one in subscriptions:
        found = cursors.find(db, one.name)
        if found is None:
            found = 0 if one.from_the_beginning else last
            cursors.save(db, one.name, found, now)
        places[one.name] = found
    return places


def _save_all(subscribers: Sequence[_Subscriber], now: int, db: sqlite3.Connection) -> None:
    for one in subscribers:
        cursors.save(db, one.subscription.name, one.seq, now)


def _read(after: int, wanted: Wanted, db: sqlite3.Connection) -> log.Page:
    return log.read(db, after, AT_A_TIME, wanted)
