"""Threads of a child: one for each call that blocks, and none that others have to wait for.

Owns the threads of plain functions (commands, event handlers, actions), of `asyncio.to_thread` in
code of plug-ins, and of name look-ups.  Does not own the loop that asks for them (`worker.loop`)
nor how long a call may take (`worker.mesh.handling`, `features.jobs.worker.job_run`).

A thread cannot be stopped.  One whose caller has given up is abandoned: it goes on, takes no place
from other calls, and is counted until it ends.  A process with too many of them asks to be
replaced.

Not a pool: in a pool of n threads the n-th call that never ends stops all others.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from meshvisor.worker import memory_limit
from meshvisor.worker.copies import only_the_original
from meshvisor.worker.logs.bound import bound_log, notable

AT_ONCE: Final = 32
"""Threads that one handler or one job may have at a time by `asyncio.to_thread`, abandoned ones not
counted; further calls of it wait.  As many as Python's own executor has at most."""

MOST_ABANDONED: Final = 32
"""Abandoned threads that still run, from which on the process is to be replaced."""

FIRST_PAUSE: Final = 0.05
"""Seconds until a thread is asked for again that the machine does not have; doubles each time."""

LONGEST_PAUSE: Final = 1.0
"""Seconds."""

log = bound_log(__name__)


class Share:
    """The calls of one handler or one job."""

    __slots__ = ("running", "waiting")

    def __init__(self) -> None:
        self.running = 0
        self.waiting: deque[Call] = deque()


SHARE: Final = contextvars.ContextVar[Share]("SHARE")
"""The share whose code runs; tasks that it starts inherit it."""


class Call:
    """One call in a thread of its own.

    Attributes:
        future: what comes of it; cancelling it abandons the thread.
        thread: None as long as none could be had.
    """

    __slots__ = ("abandoned", "future", "is_counted", "loop", "name", "share", "thread", "work")

    def __init__(
        self, work: Callable[[], Any], name: str, share: Share | None, is_counted: bool
    ) -> None:
        self.work = work
        self.name = name
        self.share = share
        self.is_counted = is_counted
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.thread: threading.Thread | None = None
        self.abandoned = False


class Threads:
    """All such calls of this process; to be used in the thread of the loop."""

    def __init__(self) -> None:
        self.abandoned = 0
        """Threads that go on although their callers have stopped waiting."""
        self._ever_abandoned = 0
        self._is_short = False

    @property
    def is_full(self) -> bool:
        """Whether this process should be replaced because of abandoned threads."""
        return self.abandoned >= MOST_ABANDONED

    def call(
        self,
        work: Callable[[], Any],
        name: str,
        share: Share | None = None,
        *,
        is_counted: bool = True,
    ) -> Call:
        """Call `work` in a thread; returns at once.

        Where no thread can be had, the call waits for one.

        Args:
            work: what to do.
            name: of the thread.
            share: whose call it is; None: it waits for no other one.
            is_counted: whether it counts when it is abandoned.
        """
        call = Call(work, name, share, is_counted)
        call.future.add_done_callback(lambda _future: self._settled(call))
        if share is None:
            self._begin(call)
        elif share.running < AT_ONCE:
            share.running += 1
            self._begin(call)
        else:
            share.waiting.append(call)
        return call

    # ---- Private -----------------------------------------------------------------------------

    def _begin(self, call: Call, pause: float = FIRST_PAUSE) -> None:
        if call.future.done():
            self._leave(call)  # given up while it waited
            return
        memory_limit.make_room()
        thread = threading.Thread(target=self._run, args=(call,), name=call.name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self._note_shortage(error)
            call.loop.call_later(pause, self._begin, call, min(2 * pause, LONGEST_PAUSE))
            return
        self._is_short = False
        call.thread = thread

    def _note_shortage(self, error: RuntimeError) -> None:
        if not self._is_short:
            self._is_short = True
            log.warning(
                "There is no thread for a call just now (%s); it waits for one",
                error,
                event="thread_shortage",
            )

    def _run(self, call: Call) -> None:
        """Be the thread."""
        result: Any = None
        error: BaseException | None = None
        try:
            with only_the_original():
                result = call.work()
        except StopIteration as stop:
            # A future cannot hold it.
            error = RuntimeError(f"the function raised {stop!r}")
        except BaseException as raised:  # noqa: BLE001 - whatever a plug-in raises
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed: no caller waits any more
            call.loop.call_soon_threadsafe(self._returned, call, result, error)

    def _returned(self, call: Call, result: Any, error: BaseException | None) -> None:
        if call.abandoned:
            self.abandoned -= 1
            if error is not None:
                log.warning(
                    "A thread that had taken too long ended with an error",
                    exc_info=error,
                    event="abandoned_thread_failed",
                    thread=call.name,
                )
        elif not call.future.done():
            if error is None:
                call.future.set_result(result)
            else:
                call.future.set_exception(error)

    def _settled(self, call: Call) -> None:
        """React to the end of a call, or of its caller's waiting."""
        if call.thread is None:
            return  # `_begin` sees it, or the code that takes it from those that wait
        if call.future.cancelled() and call.is_counted:
            self._abandon(call)
        self._leave(call)

    def _abandon(self, call: Call) -> None:
        call.abandoned = True
        self.abandoned += 1
        self._ever_abandoned += 1
        if notable(self._ever_abandoned):
            log.warning(
                "A thread is not waited for any more and cannot be stopped; it goes on, unwatched",
                event="thread_abandoned",
                thread=call.name,
                running=self.abandoned,
            )

    def _leave(self, call: Call) -> None:
        """Let the next one of the same share begin."""
        share = call.share
        if share is None:
            return
        share.running -= 1
        while share.waiting and share.running < AT_ONCE:
            following = share.waiting.popleft()
            if not following.future.done():
                share.running += 1
                self._begin(following)


THREADS: Final = Threads()


def too_many_abandoned() -> str:
    """Return why this process has to be replaced when `THREADS.is_full`."""
    return f"{THREADS.abandoned} threads of calls that took too long have not ended"
