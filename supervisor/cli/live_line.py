"""What `meshvisor run` shows: log lines that scroll, and below them one live status line.

Owns the terminal while the supervisor runs.  Does not own what the lines say (`supervisor.app`).

A terminal can stop taking output at any time (Ctrl+S, a paused pager), and a write to it would
then stop the supervisor's loop and with it the fleet.  So a thread of its own writes, and what
piles up meanwhile is bounded.  A stream that is full for a while (a disk, a pipe whose reader is
busy) goes on at the very byte where it stopped; only one that is gone for good is given up.
"""

from __future__ import annotations

import errno
import os
import select
import sys
import threading
import time
from collections import deque
from typing import Final, TextIO

from meshvisor.supervisor.cli.logs.colours import paint_log_line
from meshvisor.supervisor.cli.terminal import (
    DIM,
    clean,
    clean_lines,
    columns,
    cut,
    has_colours,
    paint,
)

MAX_WAITING: Final = 5000
"""Lines kept while the terminal takes nothing; later ones are counted instead."""

MAX_CHARACTERS: Final = 4 * 1024 * 1024
"""Of all lines that are kept; a line may have 32 K."""

RETRY: Final = 0.25
"""Seconds until a stream that takes nothing is tried again, if it does not say that it does."""

CLOSE_TIMEOUT: Final = 1.0
"""Seconds that the terminal has at the end to take what still waits."""

_GONE: Final = frozenset({errno.EPIPE, errno.EIO, errno.EBADF})
"""What is written can never be read again: a closed pipe, terminal or descriptor."""

_ERASE = "\r\x1b[K"


class LiveLine:
    """Implements `shared.run_options.Screen` on a stream.

    Where the stream is no terminal (a file, a pipe, the journal) there is no status line, and
    log lines go through as they are.

    Args:
        stream: None: stderr, so that stdout stays free for what programs read.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._descriptor = _descriptor(self._stream)
        self._is_terminal = self._stream.isatty()
        self._colours = has_colours(self._stream)
        self._lock = threading.Condition()
        self._waiting: deque[str] = deque()
        self._characters = 0
        self._dropped = 0
        self._status = ""
        self._status_changed = False
        self._closing = False
        self._gone = False
        self._thread: threading.Thread | None = None

    def write(self, line: str) -> None:
        """Show one log line, without its newline; never blocks."""
        with self._lock:
            if self._gone:
                return
            if len(self._waiting) >= MAX_WAITING or self._characters > MAX_CHARACTERS:
                self._dropped += 1
            else:
                self._waiting.append(line)
                self._characters += len(line)
            self._wake()

    def set_status(self, text: str) -> None:
        """Replace the live status line; nothing happens where there is no terminal."""
        with self._lock:
            if self._is_terminal and text != self._status:
                self._status = text
                self._status_changed = True
                self._wake()

    def close(self) -> None:
        """Write what still waits and remove the status line; idempotent."""
        with self._lock:
            self._closing = True
            self._lock.notify()
        if self._thread is not None:
            self._thread.join(CLOSE_TIMEOUT)

    # Private

    def _wake(self) -> None:
        if self._thread is None:
            # Not before there is something to write: a thread that is there when the supervisor
            # holds its signals back would take them instead.
            # A daemon: a terminal that takes nothing must not keep the process from ending.
            thread = threading.Thread(target=self._write_all, name="screen", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return  # the machine has no thread left; tried again with the next line
            self._thread = thread
        self._lock.notify()

    # Private: the thread

    def _write_all(self) -> None:
        try:
            while self._write_some():
                pass
        except (OSError, ValueError):
            # The terminal is gone; the supervisor goes on without it.
            with self._lock:
                self._gone = True
                self._waiting.clear()

    def _write_some(self) -> bool:
        """Write what came since the last time; False: it was the last time."""
        with self._lock:
            while not (self._waiting or self._status_changed or self._closing or self._dropped):
                self._lock.wait()
            lines = list(self._waiting)
            self._waiting.clear()
            self._characters = 0
            dropped, self._dropped = self._dropped, 0
            status = "" if self._closing else self._status
            self._status_changed = False
            closing = self._closing
        self._put(self._compose(lines, dropped, status))
        return not closing

    def _put(self, text: str) -> None:
        """Write all of `text`, however long the stream takes for it.

        Raises:
            OSError: it takes nothing any more.
        """
        if self._descriptor is None:
            self._stream.write(text)
            self._stream.flush()
            return
        # Not through the stream: it would forget what it could write only a part of.
        rest = memoryview(text.encode(self._stream.encoding or "utf-8", "backslashreplace"))
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:
                self._wait_for_reader(self._descriptor)
            except OSError as error:
                if error.errno in _GONE:
                    raise
                self._wait_for_room()

    def _wait_for_reader(self, descriptor: int) -> None:
        poller = select.poll()
        poller.register(descriptor, select.POLLOUT)
        poller.poll(RETRY * 1000)

    def _wait_for_room(self) -> None:
        # A disk does not say when it has room again.
        with self._lock:
            self._lock.wait_for(lambda: self._closing, RETRY)
        if self._closing:
            time.sleep(CLOSE_TIMEOUT / 10)

    def _compose(self, lines: list[str], dropped: int, status: str) -> str:
        if dropped:
            lines.append(f"(the terminal took no output: {dropped} lines are missing here)")
        if not self._is_terminal:
            return "".join(f"{line}\n" for line in lines)
        shown = "".join(f"{self._painted(clean_lines(line))}\n" for line in lines)
        # One cell less than there is: a full line would make some terminals wrap.
        room = (columns(self._stream) or 80) - 1
        return _ERASE + shown + paint(cut(clean(status), room), DIM, self._colours)

    def _painted(self, line: str) -> str:
        return paint_log_line(line) if self._colours else line


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return None  # a stream in memory
