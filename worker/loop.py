"""The event loop of a child that has a process to itself.

Owns what code of plug-ins meets below asyncio: where `asyncio.to_thread` runs, that looking up a
name never waits behind it, and that a forked copy never goes on with the loop of its original.
Made by `worker.mesh.main` and `features.jobs.worker.main`; with `--single-process` the supervisor's
own loop serves instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import selectors
import socket
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from functools import partial
from typing import Any, TypeVar, TypeVarTuple

from meshvisor.worker import copies
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.threads import SHARE, THREADS, Share

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

log = bound_log(__name__)


class ChildLoop(asyncio.SelectorEventLoop):
    """An event loop whose default executor is a thread for each call (`worker.threads`)."""

    def __init__(self) -> None:
        self._list = selectors.EpollSelector()
        super().__init__(self._list)
        self._is_copy = False
        self._rest = Share()
        """Calls of code that belongs to no handler and no job."""
        self._is_chosen = False

    def keep_from_copies(self) -> None:
        """Have copies end that get back to this loop."""
        # The kernel's list of what is waited for is shared by all copies: one that takes an entry
        # off it takes it from the original.
        copies.keep_from_copies(self._list)
        copies.when_copied(self._become_copy)

    def run_to_the_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it whatever other tasks want: a `sys.exit` or a `loop.stop()` ends none but its own.

        Raises:
            RuntimeError: the loop was closed.
        """
        task = self.create_task(work)
        while True:
            try:
                return self.run_until_complete(task)
            except (SystemExit, KeyboardInterrupt) as error:
                if task.done():
                    raise
                log.error(
                    "A task of a plug-in wants to end its process: %r", error, event="exit_refused"
                )
            except RuntimeError:
                if task.done() or self.is_closed():
                    raise
                log.error("Code of a plug-in has stopped the event loop", event="exit_refused")

    def set_default_executor(self, executor: Executor) -> None:
        """Use another executor: a plug-in that sets one gets what it has asked for."""
        super().set_default_executor(executor)  # type: ignore[arg-type]
        self._is_chosen = True

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Call `func` in a thread, by default in one of its own."""
        if executor is not None or self._is_chosen:
            return super().run_in_executor(executor, func, *args)
        return THREADS.call(partial(func, *args), "to_thread", SHARE.get(self._rest)).future

    def call_soon_threadsafe(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """Call it in the loop's own thread, which a copy does not have."""
        if self._is_copy:
            copies.end(RuntimeError("a forked copy has no event loop and no connection"))
        return super().call_soon_threadsafe(callback, *args, context=context)

    def _become_copy(self) -> None:
        self._is_copy = True
        # Also what is ready at this moment, such as the step of another handler, is not for it.
        self._ready: deque[Any] = _NothingReady()

    async def getaddrinfo(
        self,
        host: Any,
        port: Any,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002 - as asyncio has it
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        """Look a name up; one that takes minutes keeps no other one waiting."""
        with contextlib.suppress(socket.gaierror):
            # An address needs no server, and so no thread.
            known = flags | socket.AI_NUMERICHOST
            return socket.getaddrinfo(host, port, family, type, proto, known)
        return await _look_up(socket.getaddrinfo, host, port, family, type, proto, flags)

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> Any:
        """Look an address up."""
        return await _look_up(socket.getnameinfo, sockaddr, flags)


async def _look_up(function: Callable[..., Any], *args: Any) -> Any:
    # Not counted when it is abandoned: it ends by itself, and is no code of a plug-in.
    return await THREADS.call(partial(function, *args), "look-up", is_counted=False).future


class _NothingReady(deque[Any]):
    """What is ready in a copy: the loop that looks for it is back in our code."""

    def append(self, item: Any) -> None:
        """Take nothing, which is what a finaliser needs that tidies up something of the loop's."""

    def __bool__(self) -> bool:
        return bool(_end_copy())

    def __len__(self) -> int:
        return _end_copy()

    def popleft(self) -> Any:
        """End the copy."""
        return _end_copy()


def _end_copy() -> int:
    copies.end()
