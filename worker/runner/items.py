"""The items of a job that runs: handing them out, and taking their outcomes.

Owns which items are open, asking for more in time, and what the supervisor is told about them.  An
action may be a coroutine or a thread; what belongs to the loop is only touched there.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any, Final, Literal

from shared.model.job import MAX_RESULT, item_mark
from shared.protocol.codec import Codec
from shared.protocol.from_runner import ItemResult, ItemResults, NeedItems
from shared.protocol.to_runner import Item, MoreItems, RunJob
from worker.json_values import json_bytes
from worker.runner.outbox import Outbox
from worker.runner.timings import Timings
from worker.runner.unwinding import Unwind, line

MOST_RESULTS: Final = 200
"""Outcomes in one message."""
MOST_BYTES: Final = 256 * 1024
"""Bytes of results in one message, far below the limit of a frame."""
FEW: Final = 128
"""Items left at which more are asked for: half of what comes at a time."""
MUCH: Final = 1024 * 1024
"""Bytes waiting for the socket at which nothing more is handed out until it has taken them.  Nobody
has to await an outcome, and a thread cannot: this bounds what a supervisor that does not read costs
the memory of a runner.  As much as the outbox hands on at once, so that the usual case never waits.
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
        position: its place in the job, from 0.
        idempotency_key: what to pass to a service that must not do a thing twice: the same for
            every try of this item, and no other item has it.
    """

    __slots__ = ("_items", "_outcome", "idempotency_key", "key", "position", "since")

    def __init__(self, items: Items, item: Item, job: RunJob, since: float) -> None:
        self._items = items
        self._outcome: State | None = None
        self.key = item.key
        self.position = item.position
        # Another home may have a job with the same number, and a service may know both.
        self.idempotency_key = f"meshvisor-{job.created_at}-{job.job_id}-{item.position}"
        self.since = since
        """Loop time at which it was handed out."""

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
        size = 0
        if result is not None:
            data = json_bytes(result)
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
            ItemResult.model_construct(
                position=self.position, state=state, result=result, error=error
            ),
            size,
        )


class Items:
    """All items of one run of a job.

    Args:
        job: the run.
        outbox: where outcomes go.
        timings: how long an action may go on without a turn of the loop.
        mark: leaves for the supervisor what is worked on, see `item_mark`.
    """

    def __init__(
        self, job: RunJob, outbox: Outbox, timings: Timings, mark: Callable[[int], None]
    ) -> None:
        self._job = job
        self._mark = mark
        self._outbox = outbox
        self._timings = timings
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._left: deque[Item] = deque(job.items)
        self._more = job.more
        self._asked = False
        self._grown = False
        self._last = job.items[-1].position if job.items else -1
        self._came: asyncio.Future[None] | None = None
        self._turned = self._loop.time()
        self._results: list[ItemResult] = []
        self._bytes = 0
        self._noted = False
        self.open: dict[int, JobItem] = {}
        """Items that were handed out and have no outcome, oldest first."""
        self.must_stop = False
        """Whether the next step unwinds the action."""
        self.unwound = False
        """Whether one has."""

    # ---- What an action does ---------------------------------------------------------------

    def __aiter__(self) -> AsyncIterator[JobItem]:
        """Hand out the items to a coroutine."""
        return self

    async def __anext__(self) -> JobItem:
        """Return the next item; this is where a job stops."""
        if self._loop.time() - self._turned > self._timings.turn:
            # One that never waits must neither starve others nor miss that it has to stop.
            await asyncio.sleep(0)
            self._turned = self._loop.time()
        while not self._left or self.must_stop or self._outbox.bytes_waiting > MUCH:
            if self.must_stop:
                self.unwound = True
                raise Unwind
            if self._left:
                await self._drained_or_woken()
            elif self._more:
                self._ask()
                self._came = self._came or self._loop.create_future()
                # Shared by all who wait: one that is cancelled must not cancel it for the others.
                await asyncio.shield(self._came)
            else:
                raise StopAsyncIteration
            self._turned = self._loop.time()
        item = JobItem(self, self._left.popleft(), self._job, self._loop.time())
        self.open[item.position] = item
        if self._more and len(self._left) <= FEW:
            self._ask()
        self._mark(item_mark(self._job.job_id, item.position))
        return item

    def __iter__(self) -> Iterator[JobItem]:
        """Hand out the items to a thread."""
        return self

    def __next__(self) -> JobItem:
        """Return the next item to a thread."""
        if self.must_stop:
            # Said here as well: the loop may be gone by now.
            self.unwound = True
            raise Unwind
        work = self._next_or_none()
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:  # the loop is closed: the runner has ended without this thread
            work.close()
            raise Unwind from None
        item = future.result()
        if item is None:
            if self.unwound:
                raise Unwind
            raise StopIteration
        return item

    async def _next_or_none(self) -> JobItem | None:
        # Neither StopAsyncIteration nor Unwind can travel through a future of another thread.
        try:
            return await self.__anext__()
        except (StopAsyncIteration, Unwind):
            return None

    def ended(self, item: JobItem, result: ItemResult, size: int) -> Sent:
        """Take an outcome; callable in any thread."""
        if threading.get_ident() == self._thread:
            self._take(item, result, size)
        else:
            self._loop.call_soon_threadsafe(self._take, item, result, size)
        return Sent(self._outbox.drained)

    # ---- What the run does -----------------------------------------------------------------

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

    def fail(self, item: JobItem, error: str) -> None:
        """Mark an item that takes too long."""
        if item.position in self.open and item._outcome is None:  # noqa: SLF001 - of this module
            _ = item.failed(error)

    def begin_anew(self) -> None:
        """Hand out again what has no outcome, to an action that is called once more."""
        for item in reversed(self.open.values()):
            self._left.appendleft(Item(position=item.position, key=item.key))
        self.let_go()

    def let_go(self) -> None:
        """Forget what is open: what happens from here on is none of its fault."""
        if self.open:
            self.open.clear()
            self._mark(0)

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
            lane=self._job.lane,
            job_id=self._job.job_id,
            run=self._job.run,
            results=tuple(results),
        )
        return Codec.encode(message)

    # ---- Private ---------------------------------------------------------------------------

    def _take(self, item: JobItem, result: ItemResult, size: int) -> None:
        self.open.pop(item.position, None)
        newest = next(reversed(self.open), None)
        self._mark(0 if newest is None else item_mark(self._job.job_id, newest))
        self._results.append(result)
        self._bytes += size
        if len(self._results) >= MOST_RESULTS or self._bytes >= MOST_BYTES:
            self._outbox.put(self.take_frames())
        else:
            self._note()

    def _note(self) -> None:
        if not self._noted:
            self._noted = True
            self._outbox.note(self)

    def _ask(self) -> None:
        if not self._asked:
            self._asked = True
            job = self._job
            self._outbox.say(
                NeedItems(lane=job.lane, job_id=job.job_id, run=job.run, after=self._last)
            )

    async def _drained_or_woken(self) -> None:
        """Return when the socket has taken everything, when items have come, or at a stop."""
        self._came = self._came or self._loop.create_future()
        drained = asyncio.ensure_future(self._outbox.drained())
        try:
            await asyncio.wait((drained, self._came), return_when=asyncio.FIRST_COMPLETED)
        finally:
            drained.cancel()
            # When nobody is there to take it, the runner ends, and its jobs with it.
            await asyncio.gather(drained, return_exceptions=True)

    def _wake(self) -> None:
        came, self._came = self._came, None
        if came is not None and not came.done():
            came.set_result(None)
