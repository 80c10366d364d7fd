"""The supervisor's end of the engine's link: waking it, and asking it.

Owns the one link that counts, which is the newest, and the questions that are open.  The engine is
woken when events of kinds that it wants were committed, and is silent otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from meshvisor.features.workflows.events import STEP
from meshvisor.shared.errors import MeshvisorError, MissingError, UnknownError, UsageError
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.events.subscriptions import Subscriptions
from meshvisor.shared.late import late

if TYPE_CHECKING:
    from meshvisor.features.workflows import results
else:
    results = late("meshvisor.features.workflows.results")

PATIENCE: Final = 8.0
"""Seconds that an answer of the engine is waited for, unless the caller says otherwise: less than
clients wait for the supervisor, which else would seem to be what does not answer."""
LINKED_WITHIN: Final = 7.0
"""Seconds of those for an engine that was just started, or started again."""
BETWEEN_WAKES: Final = 0.005
"""Seconds: ten thousand commits a second are not ten thousand wakes."""


class Relay:
    """Make it inside a running event loop."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._queue: asyncio.Queue[results.LinkItem] | None = None
        self._open: dict[int, tuple[results.LinkItem, asyncio.Future[Any]]] = {}
        self._engine = ""
        """The one that has linked last."""
        self._asked = 0
        self._linked = asyncio.Event()
        self._is_followed = False
        """Whether a subscriber follows steps, as was last sent to the engine."""
        subscriptions.interests.listen(self._look)
        self.needed = asyncio.Event()
        """Set once there is something to do for an engine."""

    @property
    def is_linked(self) -> bool:
        """Whether an engine listens."""
        return self._queue is not None

    async def link(
        self, engine: str, kinds: Sequence[str]
    ) -> AsyncGenerator[results.LinkItem, None]:
        """Yield the messages to an engine, until it leaves.

        Args:
            engine: its name; one that links again, for it wants other kinds, is asked again what
                it has not answered, and knows what it has heard.
            kinds: of the events that it wants to be woken for.
        """
        queue: asyncio.Queue[results.LinkItem] = asyncio.Queue()
        if engine != self._engine:
            self._forget("the engine of workflows was started anew; ask again")
        for item, _ in self._open.values():
            queue.put_nowait(item)
        self._engine = engine
        self._queue = queue
        self._linked.set()
        watching = asyncio.create_task(self._watch(kinds, queue), name="wake the workflows")
        try:
            self._is_followed = self._subscriptions.interests.names(STEP.name)
            yield results.LinkItem(wake=self._subscriptions.last, steps=self._is_followed)
            while self._queue is queue:
                yield await queue.get()
        finally:
            watching.cancel()
            if self._queue is queue:
                self._queue = None
                self._linked.clear()

    async def ask(self, what: str, *, timeout: float = PATIENCE, **arguments: Any) -> Any:
        """Ask the engine and return its answer.

        Raises:
            MissingError: it does not run.
            UnknownError: there is nothing of that number.
            UsageError: it refuses.
            MeshvisorError: it takes too long.
        """
        self.needed.set()
        end = asyncio.get_running_loop().time() + timeout
        try:
            async with asyncio.timeout(min(timeout, LINKED_WITHIN)):
                await self._linked.wait()
        except TimeoutError:
            raise MissingError(
                "the engine of workflows does not run; 'meshvisor status' says why"
            ) from None
        self._asked += 1
        number = self._asked
        item = results.LinkItem(ask=number, what=what, arguments=arguments)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._open[number] = item, future
        assert self._queue is not None
        self._queue.put_nowait(item)
        try:
            async with asyncio.timeout_at(end):
                return await future
        except TimeoutError:
            raise MeshvisorError(
                f"the engine of workflows has not answered within {timeout:g} s; try again"
            ) from None
        finally:
            self._open.pop(number, None)

    def ended(self) -> None:
        """Take in that the process has ended: what it was asked stays without an answer."""
        self._forget("the engine of workflows has ended; it is started again, ask then")

    def reply(
        self, number: int, result: Any, error: str | None, *, is_absent: bool = False
    ) -> None:
        """Take an answer of the engine; one that no caller waits for is dropped."""
        _, future = self._open.get(number, (None, None))
        if future is None or future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(UnknownError(error) if is_absent else UsageError(error))

    # ---- Private -----------------------------------------------------------------------------

    def _look(self) -> None:
        """Tell the engine when the first one who follows steps comes, and when the last goes."""
        is_followed = self._subscriptions.interests.names(STEP.name)
        if is_followed != self._is_followed and self._queue is not None:
            self._is_followed = is_followed
            self._queue.put_nowait(results.LinkItem(steps=is_followed))

    async def _watch(self, kinds: Sequence[str], queue: asyncio.Queue[results.LinkItem]) -> None:
        watching = self._subscriptions.watch(self._subscriptions.last, Wanted(tuple(kinds)))
        async with aclosing(watching) as news:
            async for last in news:
                queue.put_nowait(results.LinkItem(wake=last))
                await asyncio.sleep(BETWEEN_WAKES)

    def _forget(self, why: str) -> None:
        for _, future in self._open.values():
            if not future.done():
                future.set_exception(MeshvisorError(why))
        self._open.clear()
