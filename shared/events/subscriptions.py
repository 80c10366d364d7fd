"""Telling subscribers what was committed: each in order, each at its own pace.

Owns when a subscriber is handed events, and that its cursor moves on behind them.  Does not own
what it does with them, nor the rows (`log`, `cursors`).  Called by the supervisor.

A commit wakes the subscribers that want what it has appended: none is notified of what may still be
rolled back, nor reads what is of no interest.  A subscriber has a task of its own: one that is slow
does not hold up others, and one that fails is handed the same events again after a growing pause,
until it takes them.  It is handed them at least once, because a crash may come between what it does
and the note of that (`Batch.save` writes both together).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import msgspec

from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.events import cursors, log
from meshvisor.shared.events.event import Event
from meshvisor.shared.events.interests import Interests
from meshvisor.shared.events.kind import matches
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.listed import listed
from meshvisor.shared.store.store import Store
from meshvisor.shared.store.writer import Call
from meshvisor.shared.wording import Wording

logger = logging.getLogger(__name__)

WAIT: Final = Wording("events.wait", "events wait for {name}, which has failed: {why}")

UNREADABLE: Final = Wording(
    "events.unreadable",
    "events are passed over, for their data is no JSON object: {seqs}; another program has changed "
    "them, so restore a backup if it matters what they were",
)
BEYOND: Final = Wording(
    "events.beyond",
    "{name} was said to have taken events up to {seq}, and there are {last}; it goes on with new "
    "ones, and what happened in between it was not given",
)

MOST_LISTED: Final = 5
"""Numbers of unreadable events in a sentence."""
MOST_REMEMBERED: Final = 1_000
"""Unreadable events that are counted; more of them are reported no more."""

AT_A_TIME: Final = 200
"""Events of one batch: few enough that what a crash repeats is little."""
SHORTEST_PAUSE: Final = 0.05
"""Seconds between two looks of one subscriber.  The first one after a quiet time comes at once; ten
thousand jobs a second must not cause ten thousand looks."""
BETWEEN_BATCHES: Final = 0.02
"""Seconds instead, for one that has more to read than a batch."""
FIRST_RETRY: Final = 0.5
"""Seconds until a batch that a subscriber has failed at is handed out again; doubled each time."""
LONGEST_RETRY: Final = 60.0
"""Seconds at most."""
UNSAVED: Final = 10_000
"""Events of no interest behind which a cursor is moved all the same: they need not be looked at
again after a crash, and each save is a write."""
KINDS_LOOKED_AT: Final = 20
"""New events of one commit whose kinds are looked at; more of them wake all subscribers: then few
reads are saved, and the writer has better things to do."""

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
        self.is_passed = False

    async def save(self, work: Work | None = None) -> Any:
        """Note that these are done with, in one transaction with `work`; return its value.

        A handler that calls neither this nor `pass_over` has them noted when it returns.

        Raises:
            MeshvisorError: it cannot be written; nothing of it was.
        """
        value = await self._save(work)
        self.is_saved = True
        return value

    def pass_over(self) -> None:
        """Say that nothing was done about these, so that doing it again does no harm: they are
        noted as done with later, together with others, which saves a write.
        """
        self.is_passed = True


Handler = Callable[[Batch], Awaitable[None]]


class Subscription(msgspec.Struct, frozen=True):
    """A subscriber that is handed events in batches."""

    name: str
    """Of the cursor: a subscriber that comes back under it goes on where it was."""
    handle: Handler
    """Does something about events; what it raises has them handed out again later."""
    wanted: Sequence[Wanted] = (log.ALL,)
    """Which events: those that match any of these."""
    from_the_beginning: bool = False
    """Whether it hears of what happened before it came for the first time."""
    pause: float = 0.0
    """Seconds between two looks, for one whose events are not urgent; at least `SHORTEST_PAUSE`."""
    minds: Callable[[str], bool] | None = None
    """Says of a kind that it wants whether an event of it could matter at present; None: always.
    Others are passed over unread.  It is asked once all before them are done with."""


@dataclass(slots=True, eq=False)
class _Reader:
    """A subscriber, or a caller of `watch`."""

    seq: int
    """Everything up to here is done with."""
    wanted: Sequence[Wanted]
    news: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)
    """Set while there is something for it behind `seq`."""
    _answers: dict[str, bool] = field(default_factory=dict, init=False, repr=False)
    """Whether it wants a kind, for all that have come up."""

    def wants(self, kinds: Iterable[str]) -> bool:
        return any(self.wants_one(kind) for kind in kinds)

    def wants_one(self, kind: str) -> bool:
        found = self._answers.get(kind)
        if found is None:
            found = self._answers[kind] = any(
                not wanted.kinds or any(matches(one, kind) for one in wanted.kinds)
                for wanted in self.wanted
            )
        return found

    def must_look(self, last: int) -> bool:
        """Whether it has to be woken for more than news."""
        return False


@dataclass(slots=True, eq=False)
class _Subscriber(_Reader):
    subscription: Subscription = field(kw_only=True)
    saved: int = field(kw_only=True)
    """As the database has it."""
    problem: str | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    def must_look(self, last: int) -> bool:
        return last - self.saved >= UNSAVED

    def wants_one(self, kind: str) -> bool:
        minds = self.subscription.minds
        # Not `super()`: a dataclass with slots is another class than the one written here.
        return _Reader.wants_one(self, kind) and (minds is None or minds(kind))


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
        self._followers: list[_Reader] = []
        self._added: list[Subscription] = []
        self._last = 0
        """The newest event that is committed."""
        self._notified = 0
        """The newest one that the loop was notified of; of the writer's thread."""
        self._is_started = False
        self._unreadable: set[int] = set()
        """Numbers of events that were passed over."""
        self._moved_back: list[str] = []
        """A sentence for each subscriber that was beyond the end of the log."""

    def add(self, subscription: Subscription) -> None:
        """Add a subscriber for the life of the supervisor; before `start`."""
        if self._is_started or any(one.name == subscription.name for one in self._added):
            raise ValueError(f"{subscription.name} cannot subscribe twice, nor after the start")
        self._added.append(subscription)
        for wanted in subscription.wanted:
            self.interests.add(wanted.kinds)

    # ---- Life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Find out how far each subscriber is, and begin; a new one begins with what comes next.

        Raises:
            MeshvisorError: the database cannot be used.
        """
        if self._is_started:
            return
        now = self._now()
        places, self._moved_back = await self._store.write(partial(_places, self._added, now))
        for sentence in self._moved_back:
            logger.error("%s", sentence, extra={"event": "events.beyond"})
        self._is_started = True
        self._store.after_commit(self._look)
        self._advance(await self._store.read(log.last))
        for subscription in self._added:
            seq = places[subscription.name]
            one = _Subscriber(seq, subscription.wanted, subscription=subscription, saved=seq)
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
        """Deliver nothing more, and save how far each subscriber is; idempotent."""
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
        """Up to which event all subscribers are done."""
        return min((one.seq for one in self._subscribers), default=self._last)

    @property
    def problems(self) -> Sequence[str]:
        """One sentence for each subscriber that fails at present."""
        return [one.problem for one in self._subscribers if one.problem is not None]

    @property
    def notices(self) -> Sequence[str]:
        """What has befallen events since the start, each in one sentence."""
        if not self._unreadable:
            return self._moved_back
        return [*self._moved_back, _unreadable(self._unreadable)]

    async def follow(self, after: int, wanted: Wanted = log.ALL) -> AsyncGenerator[Event, None]:
        """Yield the events behind a place, and then new ones for ever; nothing is noted of it.

        Raises:
            MeshvisorError: the database cannot be read.
        """
        one = _Reader(after, (wanted,))
        self._followers.append(one)
        try:
            with self.interests.held(wanted.kinds):
                while True:
                    page = await self._store.read(partial(_read, one.seq, wanted))
                    self._pass_over(page.unreadable)
                    for event in page.events:
                        yield event
                    one.seq = page.next
                    await self._news_for(one)
        finally:
            self._followers.remove(one)

    async def watch(self, after: int, wanted: Wanted = log.ALL) -> AsyncGenerator[int, None]:
        """Yield how far the log is whenever there may be new events that are wanted.

        Nothing is read: it is for those who read the log by themselves.
        """
        one = _Reader(after, (wanted,))
        self._followers.append(one)
        try:
            with self.interests.held(wanted.kinds):
                while True:
                    await self._news_for(one)
                    one.seq = self._last
                    yield one.seq
        finally:
            self._followers.remove(one)

    # ---- Private -------------------------------------------------------------------------------

    def _begin(self, one: _Subscriber) -> asyncio.Task[None]:
        return asyncio.create_task(self._serve(one), name=f"subscriber {one.subscription.name}")

    def _look(self, db: sqlite3.Connection) -> Call | None:
        """After a commit, in the writer's thread: have the loop notified when there is news."""
        last = log.last(db)
        if last <= self._notified:
            return None
        kinds = log.kinds_behind(db, self._notified, last, KINDS_LOOKED_AT)
        self._notified = last
        return Call(self._loop, partial(self._advance, last, kinds))

    def _advance(self, last: int, kinds: Collection[str] | None = None) -> None:
        """Take in that there are events up to `last`, new ones of these kinds; None: of any."""
        if last <= self._last:
            return
        before, self._last = self._last, last
        for one in (*self._subscribers, *self._followers):
            # One that is behind reads on by itself, and what it reads now may lack the new ones.
            if kinds is None or one.seq < before or one.wants(kinds) or one.must_look(last):
                one.news.set()
            else:
                one.seq = max(one.seq, last)

    async def _news_for(self, one: _Reader) -> None:
        """Return when there is an event behind the reader's position."""
        while self._last <= one.seq:
            one.news.clear()
            await one.news.wait()

    async def _serve(self, one: _Subscriber) -> None:
        pause = FIRST_RETRY
        while True:
            await self._news_for(one)
            try:
                has_more = await self._hand_out(one)
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
            await asyncio.sleep(
                min(BETWEEN_BATCHES, SHORTEST_PAUSE)
                if has_more
                else max(SHORTEST_PAUSE, one.subscription.pause)
            )

    async def _hand_out(self, one: _Subscriber) -> bool:
        """Hand out the next batch, and note it; return whether it was a whole one."""
        wanted, after = one.subscription.wanted, one.seq
        page = await self._store.read(lambda db: log.read_any(db, after, AT_A_TIME, wanted))
        self._pass_over(page.unreadable)
        if page.events:
            batch = Batch(page.events, partial(self._save, one, page.next))
            await one.subscription.handle(batch)
            # First of all, so that a stop now, or a disk that refuses, repeats nothing.
            one.seq = page.next
            if not batch.is_saved and not batch.is_passed:
                await self._save(one, page.next, None)
        one.seq = page.next
        if one.seq - one.saved >= UNSAVED:
            await self._save(one, page.next, None)
        return page.has_more

    async def _save(self, one: _Subscriber, seq: int, work: Work | None) -> Any:
        name, now = one.subscription.name, self._now()

        def write(db: sqlite3.Connection) -> Any:
            cursors.save(db, name, seq, now)
            return None if work is None else work(db)

        # Both or neither survive a power cut: whatever is lost is handed out again.
        value = await self._store.write(write, durable=False)
        one.saved = seq
        return value

    def _pass_over(self, unreadable: Sequence[int]) -> None:
        new = set(unreadable) - self._unreadable
        if new and len(self._unreadable) < MOST_REMEMBERED:
            self._unreadable |= new
            logger.error("%s", _unreadable(new), extra={"event": "events.unreadable"})

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
        one.problem = WAIT.said(name=name, why=f"{type(error).__name__}: {error}")

    def _now(self) -> int:
        return round(self._clock.wall() * 1000)


def _places(
    subscriptions: Sequence[Subscription], now: int, db: sqlite3.Connection
) -> tuple[dict[str, int], list[str]]:
    """Return the places of subscribers, and a sentence for each that had to be moved.

    Those who are new are given one.  One beyond the end of the log, which another program has
    written, is moved to it: else all that happens up to there would be lost.
    """
    last = log.last(db)
    places: dict[str, int] = {}
    moved: list[str] = []
    for one in subscriptions:
        found = cursors.find(db, one.name)
        if found is None:
            found = 0 if one.from_the_beginning else last
            cursors.save(db, one.name, found, now)
        elif found > last:
            moved.append(BEYOND.said(name=one.name, seq=found, last=last))
            cursors.move_back(db, one.name, last, now)
            found = last
        places[one.name] = found
    return places, moved


def _unreadable(numbers: Collection[int]) -> str:
    return UNREADABLE.said(seqs=listed([str(seq) for seq in sorted(numbers)], MOST_LISTED))


def _save_all(subscribers: Sequence[_Subscriber], now: int, db: sqlite3.Connection) -> None:
    for one in subscribers:
        cursors.save(db, one.subscription.name, one.seq, now)


def _read(after: int, wanted: Wanted, db: sqlite3.Connection) -> log.Page:
    return log.read(db, after, AT_A_TIME, wanted)
