"""Writing lines into a pipe without ever waiting for its reader.

Owns the descriptor and what to do when the pipe is full: drop, count, and say so later.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import threading
import time
from typing import Final

from meshvisor.worker.logs.records import JsonFormatter, record_line

STDERR: Final = 2


class PipeWriter:
    """Writes lines to a pipe and drops what does not fit, with a counted notice later.

    Safe to call from any thread.  Begins with standard error, as it is, until it is attached.
    """

    def __init__(self) -> None:
        self._descriptor = STDERR
        self._lock = threading.Lock()
        self._rest = b""
        self._unreported = 0
        self.dropped = 0
        """Lines dropped ever."""

    def attach(self, descriptor: int) -> None:
        """Write to this one from now on; never blocks if it is a pipe."""
        with self._lock:
            self._close()
            self._descriptor = _without_blocking(descriptor)

    def detach(self) -> None:
        """Go back to standard error."""
        with self._lock:
            self._close()

    def become_copy(self) -> None:
        """Go on after a fork: another thread of the original may hold the lock, for ever here, and
        what the original has begun to write is its own to finish.
        """
        self._lock = threading.Lock()
        self._rest, self._unreported = b"", 0

    def fileno(self) -> int:
        """Return the descriptor that lines are written to."""
        return self._descriptor

    def write(self, line: bytes) -> None:
        """Write one line, newline included, or drop it.

        It begins at the beginning of a line, whatever a program or native code has written into
        the same pipe: empty lines are skipped by the reader.
        """
        with self._lock:
            if self._catch_up():
                self._put(b"\n" + line)
            else:
                self._unreported += 1
                self.dropped += 1

    def flush(self) -> None:
        """Write what is overdue, as far as there is room; cheap when nothing is."""
        if self._rest or self._unreported:
            with self._lock:
                self._catch_up()

    def _catch_up(self) -> bool:
        """Write the rest of the last line and the notice; False when there is no room."""
        if self._rest:
            rest, self._rest = self._rest, b""
            self._put(rest)
        if self._unreported and not self._rest:
            notice = b"\n" + _notice(self._unreported)
            self._put(notice)
            if self._rest == notice:
                # It found no room at all: it is made anew later, with the count of then.
                self._rest = b""
                return False
            self._unreported = 0
        return not self._rest

    def _put(self, data: bytes) -> None:
        try:
            written = os.write(self._descriptor, data)
        except BlockingIOError:
            written = 0
        except OSError:
            # The supervisor, which is the reader, is gone, and so is this process soon.
            return
        # A pipe takes a part of what is longer than PIPE_BUF; the rest must follow, or two
        # records would run into each other.
        self._rest = data[written:]

    def _close(self) -> None:
        if self._descriptor != STDERR:
            os.close(self._descriptor)
        self._descriptor = STDERR


class PipeHandler(logging.Handler):
    """Hands every record to a `PipeWriter`."""

    def __init__(self, writer: PipeWriter) -> None:
        super().__init__()
        self._writer = writer
        self.setFormatter(JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record; never raises, whatever it holds."""
        with contextlib.suppress(Exception):
            self._writer.write(self.format(record).encode() + b"\n")


def _notice(count: int) -> bytes:
    line = record_line(
        {
            "ts": time.time(),
            "level": "warning",
            "logger": __name__,
            "event": "log_dropped",
            "msg": f"{count} log lines were dropped because they were not read fast enough",
            "context": {"count": count},
        }
    )
    return line.encode() + b"\n"


def _without_blocking(descriptor: int) -> int:
    """Return another descriptor of the same pipe, one that never blocks.

    Opened anew through /proc instead of setting O_NONBLOCK on the given one: that flag would be
    shared with programs that a plug-in starts, and few expect EAGAIN on their standard output.
    """
    if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        return os.dup(descriptor)
    return os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
