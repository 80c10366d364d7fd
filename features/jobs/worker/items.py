"""The items of a job that runs: handing them out, and taking their outcomes.

Owns which items are open, asking for more in time, and what is reported of them to the supervisor.
An action may be a coroutine or a thread; what belongs to the loop is only touched there.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Final, Literal

from meshvisor.features.jobs.messages.from_runner import ItemResult, ItemResults, NeedItems
from meshvisor.features.jobs.messages.to_runner import Item, MoreItems, RunJob
from meshvisor.features.jobs.model.job import MAX_RESULT
from meshvisor.features.jobs.worker.cancellation import ActionCancelled, line
from meshvisor.features.jobs.worker.marker import Marker
from meshvisor.features.jobs.worker.outbox import Outbox
from meshvisor.features.jobs.worker.timings import Timings
from meshvisor.shared.protocol.codec import Codec
from meshvisor.worker.json_values import json_bytes

MOST_RESULTS: Final = 200
"""Outcomes in one message."""
MOST_BYTES: Final = 256 * 1024
"""Bytes of results in one message, far below the limit of a frame."""
FEW: Final = 128
"""Items left at which more are asked for: half of what comes at a time."""
MUCH: Final = 1024 * 1024
"""Bytes waiting for the socket at which nothing more is handed out until it has taken them.  An
action need not await an outcome, and a thread cannot: this bounds what a supervisor that does not
read costs the memory of a runner.  As much as the outbox hands on at once, so that the usual case
never waits.
"""

State = Literal["done", "failed", "existing"]


class OutcomeError(Exception):
    """An item has an outcome already; the first one counts."""


class Sent:
    """What an outcome returns: it need not be awaited, and awaiting it waits for the socket."""

    def __init__(self, drained: Callable[[], Awaitable[None]]) -> None:
        self._drained = drained

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until the supervisor's side of the socket has it."""
        return self._drained().__await__()


class JobItem:
    """One item of a job.

    Attributes:
        key: what it is called.
        position: its position in the job, from 0.
        idempotency_key: what to pass to a service that must not do a thing twice: the same for
            every attempt at this item, and no other item has it.
    """

    __slots__ = ("_items", "_outcome", "key", "position", "since", "taker")

    def __init__(self, items: Items, item: Item, since: float) -> None:
        self._items = items
        self._outcome: State | None = None
        self.key = item.key
        self.position = item.position
        self.since = since
        """Loop time at which it was handed out."""
        self.taker: object = None
        """The task that has taken it, or the identity of the thread."""

    @property
    def idempotency_key(self) -> str:
        """See above."""
        # Another home may have a job with the same number, and a service may know both.
        job = self._items.job
        return f"meshvisor-{job.created_at}-{job.job_id}-{self.position}"

    def done(self, result: Any = None) -> Sent:
        """Say that it is as was wanted.

        Args:
            result: JSON of up to 64 KiB, kept with the item; None: nothing.

        Raises:
            ValueError: the result is no such JSON; the item is still pending.
            OutcomeError: it has an outcome already.
        """
        return self._end("done", result, None)

    def existing(self, result: Any = None) -> Sent:
        """Say that nothing had to be done; otherwise like `done`."""
        return self._end("existing", result, None)

    def failed(self, error: object) -> Sent:
        """Say that it could not be done, and why; the job goes on with the next one.

        Raises:
            OutcomeError: it has an outcome already.
        """
        return self._end("failed", None, line(error) or "it failed")

    def _end(self, state: State, result: Any, error: str | None) -> Sent:
        if self._outcome is not None:
            raise OutcomeError(f"the item {self.key!r} is {self._outcome} already")
        if not self._items.holds(self):
            raise OutcomeError(
                f"the item {self.key!r} was taken back, because this call of the action is over"
            )
        size = 0
        if result is not None:
            try:
                data = json_bytes(result)
            except ValueError as reason:
                raise ValueError(f"the result of {self.key!r} {reason}") from None
            size = len(data)
            if size > MAX_RESULT:
                raise ValueError(
                    f"the result of {self.key!r} has {size} bytes; {MAX_RESULT} are allowed"
                )
            # What is sent is what was checked, whatever becomes of the object meanwhile.
            result = json.loads(data)
        self._outcome = state
        return self._items.ended(
            self,
            ItemResult(position=self.position, state=state, result=result, error=error),
            size,
        )


class _Taker:
    """A task or a thread that has open items.

    Attributes:
        open: its items, in the order in which it has taken them.
        moved: loop time at which one of them last got its outcome.
    """

    __slots__ = ("moved", "open", "task")

    def __init__(self, task: asyncio.Task[Any] | None) -> None:
        self.task = task
        self.open: dict[int, JobItem] = {}
        self.moved = 0.0

    @property
    def since(self) -> float:
        """Loop time since which it works on the first of its open items.

        One that has taken several works on one after the other, as far as can be known.
        """
        return max(next(iter(self.open.values())).since, self.moved)


class ItemIterator:
    """Hands the items of a job to one call of its action; see `JobContext.items`."""

    __slots__ = ("_call", "_items")

    def __init__(self, items: Items, call: int) -> None:
        self._items = items
        self._call = call

    def __aiter__(self) -> ItemIterator:
        """Hand out the items to a coroutine."""
        return self

    def __anext__(self) -> Coroutine[Any, Any, JobItem]:
        """Return the next item; this is where a job stops."""
        # No coroutine of its own around the usual one: it would be a tenth of the work.
        items = self._items
        if threading.get_ident() == items.thread:
            return items.take(self._call)
        return self._next_in_other_loop()

    async def _next_in_other_loop(self) -> JobItem:
        """Return the next item to a loop of the action's own, in a thread of it."""
        items = self._items
        work = items.take_or_end(self._call, threading.get_ident())
        asked = asyncio.run_coroutine_threadsafe(work, items.loop)
        item = await asyncio.wrap_future(asked)
        if isinstance(item, JobItem):
            return item
        raise ActionCancelled if item is ActionCancelled else StopAsyncIteration

    def __iter__(self) -> ItemIterator:
        """Hand out the items to a thread."""
        return self

    def __next__(self) -> JobItem:
        """Return the next item to a thread.

        Raises:
            TypeError: it is used in the thread of the event loop, which would wait for itself.
        """
        items = self._items
        if threading.get_ident() == items.thread:
            raise TypeError(
                'in an "async def" the items are for "async for": write '
                '"async for item in job.items()"'
            )
        if items.must_stop:
            # Said here as well: the loop may be gone by now.
            items.unwound = True
            raise ActionCancelled
        work = items.take_or_end(self._call, threading.get_ident())
        try:
            future = asyncio.run_coroutine_threadsafe(work, items.loop)
        except RuntimeError:  # the loop is closed: the runner has ended without this thread
            work.close()
            raise ActionCancelled from None
        item = future.result()
        if isinstance(item, JobItem):
            return item
        raise ActionCancelled if item is ActionCancelled else StopIteration


class Items:
    """All items of one run of a job.

    Args:
        job: the run.
        outbox: where outcomes go.
        timings: how long an action may go on without a turn of the loop.
        marker: leaves for the supervisor what is worked on.
        batch_done: called when an item that was handed out by itself has its outcome, see `cut`.
    """

    def __init__(
        self,
        job: RunJob,
        outbox: Outbox,
        timings: Timings,
        marker: Marker,
        batch_done: Callable[[], None],
    ) -> None:
        self.job = job
        self._marker = marker
        self._outbox = outbox
        self._timings = timings
        self._batch_done = batch_done
        self.loop = asyncio.get_running_loop()
        self.thread = threading.get_ident()
        self._left: deque[Item] = deque(job.items)
        self._more = job.more
        self._asked = False
        self._grown = False
        self._last = job.items[-1].position if job.items else -1
        self._one_by_one = -1 if job.one_by_one is None else job.one_by_one
        self._sent = Sent(outbox.drained)
        self._came: asyncio.Future[None] | None = None
        self._turned = self.loop.time()
        self._results: list[ItemResult] = []
        self._bytes = 0
        self._noted = False
        self._takers: dict[object, _Taker] = {}
        self.state = job.state
        """What the action has kept at a checkpoint."""
        self.total = job.total
        """Number of all items, with those that were added."""
        self.open: dict[int, JobItem] = {}
        """Items that were handed out and have no outcome, oldest first."""
        self.call = 0
        """Number of the present call of the action; those of earlier ones get nothing any more."""
        self.must_stop = False
        """Whether the next step cancels the action."""
        self.unwound = False
        """Whether one has."""
        self.cut = False
        """Whether the present call was given a part of the items as if there were no others: it
        wanted several at a time where they are handed out one by one."""

    # ---- What an action does ---------------------------------------------------------------

    async def take(self, call: int, key: object = None) -> JobItem:
        """Hand out the next item.

        Args:
            call: number of the call of the action that asks.
            key: the identity of the thread that asks; None: the present task does.

        Raises:
            ActionCancelled: the job has to stop, or that call is over.
            StopAsyncIteration: there are no more.
        """
        if key is None:
            # In here: the code that made the coroutine may leave it to another task.
            key = asyncio.current_task()
        now = self.loop.time()
        if now - self._turned > self._timings.turn:
            # One that never waits must neither starve others nor miss that it has to stop.
            await asyncio.sleep(0)
            now = self._turned = self.loop.time()
        while not self._left or self.must_stop or self._outbox.bytes_waiting > MUCH or self._busy:
            self.check(call)
            await self._until_there_is_one(key)
            now = self._turned = self.loop.time()
        self.check(call)
        item = JobItem(self, self._left.popleft(), now)
        self._open(item, key)
        if self._more and len(self._left) <= FEW:
            self._ask()
        return item

    async def take_or_end(self, call: int, key: int) -> JobItem | type[BaseException]:
        """Hand out the next item to another thread, or return what ends its loop.

        Neither StopAsyncIteration nor ActionCancelled can travel through a future of another
        thread.
        """
        try:
            return await self.take(call, key)
        except (StopAsyncIteration, ActionCancelled) as end:
            return type(end)

    def check(self, call: int) -> None:
        """Let a call of the action go on, or not; callable in any thread.

        Raises:
            ActionCancelled: the job has to stop, or that call is over.
        """
        if call != self.call:
            raise ActionCancelled
        if self.must_stop:
            self.unwound = True
            raise ActionCancelled

    def holds(self, item: JobItem) -> bool:
        """Say whether an outcome of this very item counts; callable in any thread."""
        return self.open.get(item.position) is item

    async def pass_by(self, call: int) -> None:
        """Let others have a turn where it is time, and go on, or not; see `check`."""
        if self.loop.time() - self._turned > self._timings.turn:
            await asyncio.sleep(0)
            self._turned = self.loop.time()
        self.check(call)

    def check_rest(self) -> None:
        """Let the action say or ask for something; callable in any thread.

        Raises:
            ActionCancelled: it has done all that this call was given, and believes that there is no
            more.
        """
        if self.cut and all(item._outcome for item in tuple(self.open.values())):  # noqa: SLF001
            self.unwound = True
            raise ActionCancelled

    def ended(self, item: JobItem, result: ItemResult, size: int) -> Sent:
        """Take an outcome; callable in any thread."""
        # At once, so that it is not lost when the loop has no turn any more.
        with self._outbox.lock:
            self._results.append(result)
            self._bytes += size
            if len(self._results) >= MOST_RESULTS or self._bytes >= MOST_BYTES:
                self._outbox.put(self.take_frames())
            elif not self._noted:
                self._noted = True
                self._outbox.note(self)
        if threading.get_ident() == self.thread:
            self._close(item)
        else:
            self.loop.call_soon_threadsafe(self._close, item)
        return self._sent

    # ---- What the run does -----------------------------------------------------------------

    def begin(self) -> int:
        """Return the number of a new call of the action."""
        self.call += 1
        self.must_stop = self.unwound = self.cut = False
        return self.call

    def feed(self, message: MoreItems) -> None:
        """Take further items."""
        self._left.extend(message.items)
        self._more, self._asked, self._grown = message.more or self._grown, False, False
        if message.items:
            self._last = message.items[-1].position
        self._wake()

    def stop(self) -> None:
        """Have the action unwound at its next step."""
        self.must_stop = True
        self._wake()

    def late(self, timeout: float) -> list[JobItem]:
        """Return the items that take too long.

        Args:
            timeout: seconds for one.
        """
        now = self.loop.time()
        takers = self._takers.values()
        return [next(iter(t.open.values())) for t in takers if now - t.since >= timeout]

    def next_late(self, timeout: float) -> float:
        """Return the seconds until an item could be late."""
        now = self.loop.time()
        return min((taker.since for taker in self._takers.values()), default=now) + timeout - now

    def tasks(self) -> set[asyncio.Task[Any]]:
        """Return the tasks that have open items."""
        return {taker.task for taker in self._takers.values() if taker.task is not None}

    def fail(self, item: JobItem, error: str) -> None:
        """Mark an item that takes too long."""
        if item.position in self.open and item._outcome is None:  # noqa: SLF001 - of this module
            _ = item.failed(error)

    def hand_back(self) -> None:
        """Hand out again what has no outcome, to an action that is called once more."""
        for item in reversed(self.open.values()):
            if item._outcome is None:  # noqa: SLF001 - of this module
                self._left.appendleft(Item(position=item.position, key=item.key))
        self.let_go()

    def let_go(self) -> None:
        """Forget what is open: what happens from here on is none of its fault."""
        self._takers.clear()
        if self.open:
            for position in self.open:
                self._marker.closed(self.job.job_id, position)
            self.open.clear()

    def expect_more(self) -> None:
        """Items were added behind those that are known, or may have been."""
        self._more = True
        # An answer that is on its way may have been written before they were added.
        self._grown = self._asked

    def take_frames(self) -> bytes:
        """Implements `outbox.Source`."""
        self._noted = False
        results, self._results, self._bytes = self._results, [], 0
        if not results:
            return b""
        message = ItemResults(
            lane=self.job.lane,
            job_id=self.job.job_id,
            run=self.job.run,
            results=tuple(results),
        )
        return Codec.encode(message)

    # ---- Private ---------------------------------------------------------------------------

    @property
    def _busy(self) -> bool:
        """Whether the next item has to wait for the one that is open."""
        # In this order: hardly any job has such items.
        return self._one_by_one >= 0 and bool(self.open) and self._is_one_by_one(self._left[0])

    def _is_one_by_one(self, item: Item | JobItem) -> bool:
        return item.position <= self._one_by_one

    async def _until_there_is_one(self, key: object) -> None:
        """Wait until something has changed.

        Raises:
            StopAsyncIteration: there are no more, or it would wait for itself.
        """
        if self._left and self._busy:
            if key in self._takers:
                # It collects items before it works on them; it gets the others when it is called
                # once more.
                self.cut = True
                raise StopAsyncIteration
            await self._woken()
        elif self._left:
            await self._drained_or_woken()
        elif self._more:
            self._ask()
            await self._woken()
        else:
            raise StopAsyncIteration

    def _open(self, item: JobItem, key: object) -> None:
        taker = self._takers.get(key)
        if taker is None:
            taker = self._takers[key] = _Taker(key if isinstance(key, asyncio.Task) else None)
        taker.open[item.position] = item
        item.taker = key
        self.open[item.position] = item
        self._marker.opened(self.job.job_id, item.position)

    def _close(self, item: JobItem) -> None:
        """Take in that an item has its outcome."""
        position = item.position
        if self.open.get(position) is not item:
            return  # its run, or its call of the action, is over
        del self.open[position]
        taker = self._takers[item.taker]
        del taker.open[position]
        if taker.open:
            taker.moved = self.loop.time()
        else:
            del self._takers[item.taker]
        self._marker.closed(self.job.job_id, position)
        if not self.open and self._is_one_by_one(item):
            if self.cut:
                self._batch_done()
            else:
                self._wake()

    def _ask(self) -> None:
        if not self._asked:
            self._asked = True
            job = self.job
            self._outbox.say(
                NeedItems(lane=job.lane, job_id=job.job_id, run=job.run, after=self._last)
            )

    async def _woken(self) -> None:
        """Return when items have come, one has got its outcome where that counts, or at a stop."""
        self._came = self._came or self.loop.create_future()
        # Shared by all who wait: one that is cancelled must not cancel it for the others.
        await asyncio.shield(self._came)

    async def _drained_or_woken(self) -> None:
        """Return when the socket has taken everything, when items have come, or at a stop."""
        self._came = self._came or self.loop.create_future()
        drained = asyncio.ensure_future(self._outbox.drained())
        try:
            await asyncio.wait((drained, self._came), return_when=asyncio.FIRST_COMPLETED)
        finally:
            drained.cancel()
            # When the supervisor is not there to take it, the runner ends, and its jobs with it.
            await asyncio.gather(drained, return_exceptions=True)

    def _wake(self) -> None:
        came, self._came = self._came, None
        if came is not None and not came.done():
            came.set_result(None)
