"""Reading the log pipes of all children, each within its share.

Owns the descriptors and how much is read when.  Does not own what the lines mean
(`supervisor.logs.collector`, the only caller).

A worker that floods its log must not keep the event loop from everything else.  So in each
window of time only so much is read from one pipe, and from all together.  A pipe that has used
up its share is left alone until the next window: it fills up, and its own worker drops its own
lines, which it counts.  The pipe that has waited the longest is read first.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from meshvisor.supervisor.logs.cutter import LineCutter, RawLine

WINDOW: Final = 0.1
"""Seconds; short, because all that one window allows may come in one piece of work."""

PER_PIPE: Final = 24 * 1024
"""Bytes of one pipe in one window: 240 KiB per second."""

PER_WINDOW: Final = 96 * 1024
"""Bytes of all pipes in one window: 960 KiB per second, which cost a tenth of a processor, and
less than 10 ms of the loop's time at once."""

SMALLEST_SHARE: Final = 2 * 1024
"""Bytes that each of many waiting pipes may still use; less would not be worth the turn."""

READ_SIZE: Final = 8 * 1024
"""Bytes of one read: half a millisecond of work, then the loop has its turn."""

LAST_WORDS: Final = 10.0
"""Seconds that a pipe is read beyond the end of its child.  A full one takes a second within its
share."""

LAST_READ: Final = 64 * 1024
"""Bytes read from each pipe at the very end; what fits into a pipe."""


class _Pipe:
    """One log pipe."""

    __slots__ = ("cutter", "descriptor", "source", "used", "window")

    def __init__(self, source: str, descriptor: int) -> None:
        self.source = source
        self.descriptor = descriptor
        self.cutter = LineCutter()
        self.window = 0
        self.used = 0


class LogIntake:
    """Reads pipes and hands on their lines; make and use it inside a running event loop.

    Args:
        receive: called with source and line for each line.
    """

    def __init__(self, receive: Callable[[str, RawLine], None]) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._pipes: set[_Pipe] = set()
        self._by_source: dict[str, list[_Pipe]] = {}
        self._waiting: deque[_Pipe] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._window = 0
        self._window_ends = 0.0
        self._used = 0
        self._share = PER_PIPE
        self._is_serving = False

    def add(self, source: str, descriptor: int, ended: asyncio.Future[Any] | None = None) -> None:
        """Read a pipe until its other end is closed; the descriptor is closed then.

        Several pipes may have the same source: a new worker's beside the last words of the old.

        Args:
            source: who writes.
            descriptor: read end of the pipe.
            ended: done when the child is dead whose pipe it is.  What keeps the other end open for
                much longer, such as a program that inherited it from another process, is not read
                for ever.
        """
        os.set_blocking(descriptor, False)
        pipe = _Pipe(source, descriptor)
        self._pipes.add(pipe)
        self._by_source.setdefault(source, []).append(pipe)
        self._loop.add_reader(descriptor, self._read, pipe)
        if ended is not None:
            ended.add_done_callback(
                lambda _ended: self._loop.call_later(LAST_WORDS, self._give_up, pipe)
            )

    def catch_up(self, source: str) -> None:
        """Take in now what a source has written until now, as far as its share allows.

        What is said about a worker follows from what it has done, and belongs behind its own words
        about that, which are in another pipe than its messages.
        """
        for pipe in list(self._by_source.get(source, ())):
            if pipe not in self._waiting:
                self._read(pipe)

    def _give_up(self, pipe: _Pipe) -> None:
        """Close a pipe whose child is long dead, with what is in it."""
        if pipe in self._pipes:
            self._hand_on(pipe, pipe.cutter.feed(_read(pipe.descriptor, LAST_READ) or b""))
            self._end(pipe)

    def close(self) -> None:
        """Read what is still in the pipes, then close them."""
        if self._timer is not None:
            self._timer.cancel()
        for pipe in list(self._pipes):
            self._hand_on(pipe, pipe.cutter.feed(_read(pipe.descriptor, LAST_READ) or b""))
            self._end(pipe)

    # ---- Private -----------------------------------------------------------------------------

    def _read(self, pipe: _Pipe) -> None:
        size = self._allowed(pipe)
        if size <= 0:
            self._loop.remove_reader(pipe.descriptor)
            self._wait(pipe)
            return
        data = _read(pipe.descriptor, size)
        if data is None:
            return
        pipe.used += len(data)
        self._used += len(data)
        self._hand_on(pipe, pipe.cutter.feed(data))
        if not data:
            self._end(pipe)

    def _allowed(self, pipe: _Pipe) -> int:
        if not self._is_serving and self._loop.time() >= self._window_ends:
            self._next_window()
        if pipe.window != self._window:
            pipe.window, pipe.used = self._window, 0
        return min(READ_SIZE, self._share - pipe.used, PER_WINDOW - self._used)

    def _wait(self, pipe: _Pipe) -> None:
        self._waiting.append(pipe)
        if self._timer is None:
            self._timer = self._loop.call_at(self._window_ends, self._next_window)

    def _next_window(self) -> None:
        """Serve those that wait before anything else: on a slow machine a window may be over
        before the others were read once, and they would have all of the next one, too.
        """
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._window += 1
        self._window_ends = self._loop.time() + WINDOW
        self._used = 0
        # The more were waiting, the less for each, so that all have their turn soon.
        self._share = PER_PIPE
        if self._waiting:
            fair = PER_WINDOW // len(self._waiting)
            self._share = min(PER_PIPE, max(SMALLEST_SHARE, fair))
        self._is_serving = True
        # Those that find nothing left wait again behind those that have been served.
        for _ in range(len(self._waiting)):
            pipe = self._waiting.popleft()
            if pipe in self._pipes:
                self._loop.add_reader(pipe.descriptor, self._read, pipe)
                self._read(pipe)
        self._is_serving = False

    def _hand_on(self, pipe: _Pipe, lines: list[RawLine]) -> None:
        for line in lines:
            self._receive(pipe.source, line)

    def _end(self, pipe: _Pipe) -> None:
        self._hand_on(pipe, pipe.cutter.flush())
        self._pipes.discard(pipe)
        if pipe in (others := self._by_source.get(pipe.source, [])):
            others.remove(pipe)
            if not others:
                del self._by_source[pipe.source]
        self._loop.remove_reader(pipe.descriptor)
        os.close(pipe.descriptor)


def _read(descriptor: int, size: int) -> bytes | None:
    """Return what is there, empty at the end of the pipe; None: nothing yet."""
    with contextlib.suppress(BlockingIOError):
        try:
            return os.read(descriptor, size)
        except BlockingIOError:
            raise
        except OSError:
            return b""
    return None
