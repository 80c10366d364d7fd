"""What the calls of an action return that have to be waited for.

Owns doing what an action does not await, and the difference between a coroutine and a thread, in
which the same call has waited when it returns.  Does not own what is asked (`context`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar, cast

from meshvisor.features.jobs.worker.items import Items

T = TypeVar("T")


class PendingResult(Generic[T]):
    """Something that is being waited for; in a thread it is there already.

    What is not awaited is done all the same, and noted (`JobContext.settle`): an action that
    forgets an `await` must not be completed without what it meant to do.

    Args:
        name: what was called.
        work: asks for it.
        loop: the runner's.
        forgotten: where it stands until it is awaited.
    """

    def __init__(
        self,
        name: str,
        work: Coroutine[Any, Any, T],
        loop: asyncio.AbstractEventLoop,
        forgotten: set[PendingResult[Any]],
    ) -> None:
        self.name = name
        self._loop = loop
        self._forgotten = forgotten
        self._work: Coroutine[Any, Any, T] | None = None
        self._task: asyncio.Task[T] | None = None
        self._value: T | None = None
        self._is_there = False
        if in_loop(loop):
            self._work = work
            forgotten.add(self)
            # The usual case awaits it before the next turn, and needs no task.
            loop.call_soon(self.begin)
        else:
            self._value = asyncio.run_coroutine_threadsafe(work, loop).result()
            self._is_there = True

    def begin(self) -> None:
        """Ask for it, although it is not awaited yet."""
        work, self._work = self._work, None
        if work is not None:
            self._task = self._loop.create_task(work, name=self.name)
            self._task.add_done_callback(_seen)

    def __await__(self) -> Generator[Any, None, T]:
        """Wait for it."""
        self._forgotten.discard(self)
        work, self._work = self._work, None
        if work is not None:
            self._value = yield from work.__await__()
        elif self._task is not None:
            self._value = yield from self._task.__await__()
        self._is_there = True
        return cast("T", self._value)

    @property
    def value(self) -> T:
        """The answer: at once in a thread, in a coroutine after it was awaited.

        Raises:
            RuntimeError: it was not.
        """
        if not self._is_there:
            raise RuntimeError(f"the answer of {self.name} is not there yet; await it")
        return cast("T", self._value)


class Passing:
    """What a checkpoint returns: it has been passed already, and awaiting it lets others in."""

    def __init__(self, items: Items, call: int, loop: asyncio.AbstractEventLoop) -> None:
        self._items = items
        self._call = call
        self._loop = loop

    def __await__(self) -> Generator[Any, None, None]:
        """Let the event loop have a turn where it is time."""
        if in_loop(self._loop):
            yield from self._items.pass_by(self._call).__await__()


def in_loop(loop: asyncio.AbstractEventLoop) -> bool:
    """Say whether this code runs in a loop, and not in a thread beside it."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


# Private


def _seen(task: asyncio.Task[Any]) -> None:
    """Take in how it ended: its awaiter gets that, and `settle` does at last."""
    if not task.cancelled():
        task.exception()
