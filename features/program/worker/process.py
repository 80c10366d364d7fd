"""A program in a process of its own, with a pipe to and from it.

Owns starting it, its three pipes, how fast it is read, and its end, which is also the end of
everything that it has started.  Does not own what is said (`session`).  It has a process group of
its own, and still dies with the worker, however that dies: the group by a lifeline
(`meshvisor.shared.lifeline`), what has left the group by its mark (`meshvisor.shared.strays`).

Not `asyncio.subprocess`: before Python 3.12 that has a thread for each process, and it tells of an
end without what was written just before.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from typing import Final

import msgspec

from meshvisor.features.program.worker.command import Command, StartError, start
from meshvisor.features.program.worker.lines import Lines, LineTooLongError, Pace
from meshvisor.features.program.worker.pipes import Input, Output, Pipe
from meshvisor.shared import strays

LINES_PER_SECOND: Final = 1000
BYTES_PER_SECOND: Final = 4 * 1024 * 1024

LOG_LINES_PER_SECOND: Final = 100
LOG_BYTES_PER_SECOND: Final = 256 * 1024
LOG_PIECE: Final = 2048
"""Bytes that are read at once: as many lines at most are logged in one go."""

LAST_LOG: Final = 8192
"""Bytes of what is still to be logged when the program has ended: a traceback, and no flood."""

LONGEST_LOG_LINE: Final = 16 * 1024
"""Bytes; a longer one is cut into several."""

TERMINATE: Final = 0.5
"""Seconds between SIGTERM and SIGKILL."""

_UNKNOWN: Final = 1 << 16
"""In the place of an exit code that other code has read."""


class Callbacks(msgspec.Struct, frozen=True, kw_only=True):
    """What is called with news of a program; none of them may raise."""

    on_line: Callable[[bytes], object]
    """It has said a line."""
    on_log: Callable[[str], object]
    """It has written a line to standard error."""
    on_closed: Callable[[str], object]
    """It has closed a pipe, as one that ends does, and is to be stopped if it does not: `has closed
    its standard output`."""
    on_trouble: Callable[[str], object]
    """It cannot be spoken with any more, and is to be stopped: `has said a line of more than…`."""
    on_exit: Callable[[], object]
    """It has ended, and everything that it has said was passed on."""


class ProgramProcess:
    """One started program.

    Raises:
        StartError: it cannot be started.
    """

    def __init__(self, command: Command, callbacks: Callbacks) -> None:
        self._callbacks = callbacks
        self._loop = asyncio.get_running_loop()
        self._process, lifeline = start(command)
        self._lifeline = Pipe(os.fdopen(lifeline, "wb", buffering=0))
        try:
            self._pidfd = os.pidfd_open(self._process.pid)
        except OSError as error:
            self._lifeline.close()
            self._process.kill()
            self._process.communicate()
            raise StartError(f"the program cannot be watched: {error.strerror}") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._input = Input(
            self._process.stdin, lambda: self._closed("has closed its standard input")
        )
        self._output = Output(
            self._process.stdout,
            Pace(LINES_PER_SECOND, BYTES_PER_SECOND),
            self._take,
            lambda: self._closed("has closed its standard output"),
        )
        self._errors = Output(
            self._process.stderr,
            Pace(LOG_LINES_PER_SECOND, LOG_BYTES_PER_SECOND),
            self._take_log,
            lambda: None,
            LOG_PIECE,
        )
        self._lines = Lines()
        self._log_lines = Lines(LONGEST_LOG_LINE)
        self._exited: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._pidfd, self._reap)
        self.is_stopped = False
        """Whether it got a signal from here."""

    @property
    def ending(self) -> str:
        """How it ended, in words that fit behind its name; empty while it runs."""
        code = self._process.returncode
        if code is None or not self._exited.done():
            return ""
        if code >= 0:
            return f"exited with code {code}" if code != _UNKNOWN else "has ended"
        try:
            return f"was killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"was killed by signal {-code}"

    @property
    def congested(self) -> bool:
        """Whether something that was written still waits for the program to read."""
        return self._input.congested

    def write(self, line: bytes) -> None:
        """Write without waiting; to a program that is gone, do nothing."""
        self._input.write(line)

    async def written(self, patience: float) -> bool:
        """Return whether everything was read from here within so many seconds."""
        return await self._input.written(patience)

    async def stop(self, patience: float) -> None:
        """End it and return when it has: no more input, SIGTERM to its group, SIGKILL.

        Args:
            patience: seconds between the first two; 0: SIGKILL at once.
        """
        self._input.close()
        if patience:
            if await self._ends_within(patience):
                return
            self._signal(signal.SIGTERM)
            if await self._ends_within(TERMINATE):
                return
        self._signal(signal.SIGKILL)
        await asyncio.shield(self._exited)

    def kill(self) -> None:
        """Have it end at once."""
        self._signal(signal.SIGKILL)

    # Private

    async def _ends_within(self, seconds: float) -> bool:
        await asyncio.wait({self._exited}, timeout=seconds)
        return self._exited.done()

    def _signal(self, number: signal.Signals) -> None:
        if not self._exited.done():
            self.is_stopped = True
            with contextlib.suppress(ProcessLookupError, PermissionError):
                # First whether its number is its own still.
                signal.pidfd_send_signal(self._pidfd, 0)
                os.killpg(self._process.pid, number)

    def _closed(self, what: str) -> None:
        if not self._exited.done():
            self._callbacks.on_closed(what)

    def _take(self, data: bytes) -> int:
        count = 0
        try:
            for line in self._lines.feed(data):
                count += 1
                self._callbacks.on_line(line)
        except LineTooLongError:
            self._output.close()
            self._callbacks.on_trouble("has said a line of more than 1 MiB")
        return count

    def _take_log(self, data: bytes) -> int:
        count = 0
        try:
            for line in self._log_lines.feed(data):
                count += 1
                self._log(line)
        except LineTooLongError:
            count += 1
            self._log(self._log_lines.rest)
            self._log_lines = Lines(LONGEST_LOG_LINE)
        return count

    def _log(self, line: bytes) -> None:
        if text := line[:LONGEST_LOG_LINE].decode(errors="backslashreplace").strip():
            self._callbacks.on_log(text)

    def _reap(self) -> None:
        """Reader of the pidfd: it has ended, and so does everything that it has started."""
        try:
            if os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return
            # While it is not reaped, its number cannot be given to another group.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            _, status = os.waitpid(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
        except ChildProcessError:
            # With --single-process the supervisor may have been the first to look.
            self._process.returncode = _UNKNOWN
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._lifeline.close()
        # What has left its group.
        strays.end_program(self._process.pid)
        # What it said last may still be in the pipes, and says why it ended.
        self._output.drain()
        self._errors.drain(LAST_LOG)
        self._log(self._log_lines.rest)
        self._input.close()
        self._exited.set_result(None)
        self._callbacks.on_exit()
