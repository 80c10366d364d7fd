"""Running code of plug-ins so that its mistakes stay its own.

Owns the tasks of all command and event handlers of one worker, their deadlines, and what is
reported when one fails.  Does not own when a handler runs (`commands.dispatcher`, `bot`).
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from meshvisor.worker.copies import only_the_original
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.logs.records import cut
from meshvisor.worker.mesh.link import Link
from meshvisor.worker.threads import SHARE, THREADS, Share

MAX_SENTENCE: Final = 300
"""Characters of an error in a report to the supervisor; the traceback is in the log."""

CANCEL_PATIENCE: Final = 0.5
"""Seconds that cancelled handlers have to clean up; one that ignores its cancellation must not
hold up the worker."""

log = bound_log(__name__)


class HandlerTimeoutError(Exception):
    """A handler ran longer than it may and was cancelled."""


class Handling:
    """Runs handlers.

    Args:
        link: notified of failures.
        out_of_memory: called when a handler runs into the memory limit.
    """

    def __init__(self, link: Link, out_of_memory: Callable[[], None]) -> None:
        self._link = link
        self._out_of_memory = out_of_memory
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def count(self) -> int:
        """Handlers that run or wait."""
        return len(self._tasks)

    def start(
        self,
        work: Coroutine[Any, Any, None],
        name: str,
        group: set[asyncio.Task[None]] | None = None,
    ) -> None:
        """Run `work`, which must handle its own errors, as a task that is owned here.

        Args:
            work: what to run.
            name: of the task.
            group: holds the task as long as it runs, beside others of its caller.
        """
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if group is not None:
            group.add(task)
            task.add_done_callback(group.discard)

    async def call(self, handler: Callable[[Any], Any], argument: object, timeout: float) -> Any:
        """Return what the handler returns; one that is no coroutine function has a thread.

        To be called in a task of its own.

        Raises:
            HandlerTimeoutError: it took longer than `timeout` seconds.  A thread cannot be
                stopped: it goes on, unwatched.
            Exception: whatever the handler raises; `SystemExit` as well.
        """
        deadline = asyncio.timeout(timeout)
        SHARE.set(Share())
        try:
            async with deadline:
                if inspect.iscoroutinefunction(handler):
                    with only_the_original():
                        return await handler(argument)
                context = contextvars.copy_context()
                work = partial(context.run, handler, argument)
                result = await THREADS.call(work, _name(handler)).future
                with only_the_original():
                    return await result if inspect.isawaitable(result) else result
        except TimeoutError:
            if deadline.expired():
                raise HandlerTimeoutError(f"took longer than {timeout:g} s") from None
            raise

    def failed(self, error: BaseException, source: str) -> None:
        """Log the traceback of a failed handler and tell the supervisor in one sentence."""
        log.error("%s failed", source, exc_info=error, event="handler_failed", source=source)
        self._link.errors.report(cut(f"{type(error).__name__}: {error}", MAX_SENTENCE), source)
        if isinstance(error, MemoryError):
            self._out_of_memory()

    async def drain(self, patience: float) -> None:
        """Wait until all handlers have ended, but not longer than `patience` seconds."""
        if self._tasks and patience > 0:
            await asyncio.wait(self._tasks, timeout=patience)

    async def cancel(self) -> None:
        """Cancel what still runs."""
        for task in self._tasks:
            task.cancel()
        await self.drain(CANCEL_PATIENCE)


def _name(handler: Callable[[Any], Any]) -> str:
    return str(getattr(handler, "__name__", "handler"))
