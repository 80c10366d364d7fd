"""Keeps one background command: starts it, writes down how it goes, ends all that comes from it.

States: running; ending (it was cancelled, or the command itself has ended and left
processes); ended.  A SIGTERM asks all of its processes to end, a SIGQUIT kills them.

Nothing that the command does or prints may end this process, and no disk that is full.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import shlex
import signal
import subprocess
import time
from contextlib import suppress
from typing import Final

from meshvisor.features.background.identity import identity_of, since_boot
from meshvisor.features.background.keeper.log import Log
from meshvisor.features.background.keeper.order import Order
from meshvisor.features.background.keeper.output import Output
from meshvisor.features.background.keeper.tree import descendants, signal_all
from meshvisor.features.background.progress import VARIABLE
from meshvisor.features.background.status import State, Status, overwrite_status, write_status
from meshvisor.shared.folders import make_folder

PIECE: Final = 64 * 1024
"""Bytes that are read at once."""

WRITE_EVERY: Final = 0.5
"""Seconds between two changes of the status file that only tell of progress."""

RENEW_EVERY: Final = 60.0
"""Seconds between two times at which the status is written although nothing is new: one that was
removed is there again, and of a keeper that was killed one knows when it was still there."""

GRACE: Final = 5.0
"""Seconds for what a command has left behind when it ended, before that is killed."""

LOOK_EVERY: Final = 0.05
"""Seconds between two looks for processes that are about to end."""

_PR_SET_PDEATHSIG: Final = 1


class CommandError(Exception):
    """The command cannot be started."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Keeper:
    """Keeps the command of an order.

    Args:
        order: what to keep.

    Raises:
        CommandError: the command cannot be started.
        OSError: its files cannot be written.
    """

    def __init__(self, order: Order) -> None:
        self._files = order.files
        self._log = Log(self._files, order.most_log)
        self._log.remark(f"started: {shlex.join(order.shown)}")
        self._output = Output()
        self._started = since_boot()
        self._wake, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, _do_nothing)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._pipe, end = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._pipe, False)
        try:
            self._command_pid = _start(order, end)
        except OSError as error:
            raise CommandError(error) from error
        finally:
            os.close(end)
        me = identity_of(os.getpid())
        assert me is not None  # it is this process
        now = time.time()
        self.status = Status(
            pid=me.pid,
            start_time=now,
            command=shlex.join(order.shown),
            last_update=now,
            directory=os.getcwd(),
            command_pid=self._command_pid,
            process_start=me.started,
            boot_id=me.boot,
        )
        self.status.log_file, self.status.log_offset = self._log.begin
        self._exit: int | None = None
        """What the command ended with, as `os.waitstatus_to_exitcode` has it."""
        self._is_cancelled = False
        self._is_killed = False
        self._kill_at: float | None = None
        self._written = time.monotonic()
        self._is_dirty = False
        """Whether the file does not say what is known."""
        try:
            write_status(self._files, self.status)
        except OSError:
            # It could be neither seen nor ended.
            os.killpg(self._command_pid, signal.SIGKILL)
            raise

    def run(self) -> Status:
        """Keep it to its end, and return the status that was written last."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake, selectors.EVENT_READ, self._on_signals)
            selector.register(self._pipe, selectors.EVENT_READ, lambda: self._read(selector))
            while not self._has_ended():
                for key, _ in selector.select(self._patience()):
                    key.data()
                self._go_on()
        self._read_rest()
        self._finish()
        return self.status

    # Private: what happens

    def _on_signals(self) -> None:
        with suppress(BlockingIOError):
            for number in os.read(self._wake, PIECE):
                if number == signal.SIGQUIT:
                    self._is_cancelled = True
                    self._kill()
                elif number in (signal.SIGTERM, signal.SIGINT):
                    self._cancel()
        self._reap()

    def _cancel(self) -> None:
        if not self._is_cancelled:
            self._log.remark("it was asked to end")
        self._is_cancelled = True
        signal_all(descendants(os.getpid()), signal.SIGTERM)

    def _kill(self) -> None:
        if not self._is_killed:
            self._log.remark("it is killed")
        self._is_killed = True

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self._command_pid and self._exit is None:
                    self._exit = os.waitstatus_to_exitcode(status)
                    self._end_the_rest()

    def _end_the_rest(self) -> None:
        """The command has ended: what it has left behind goes as well."""
        if rest := descendants(os.getpid()):
            self._log.remark(f"it has ended, and {len(rest)} of its processes are asked to end")
            signal_all(rest, signal.SIGTERM)
            self._kill_at = time.monotonic() + GRACE

    def _read(self, selector: selectors.BaseSelector) -> None:
        try:
            data = os.read(self._pipe, PIECE)
        except BlockingIOError:
            return
        if data:
            self._take(self._output.feed(data))
        else:
            selector.unregister(self._pipe)

    def _read_rest(self) -> None:
        with suppress(BlockingIOError):
            while data := os.read(self._pipe, PIECE):
                self._take(self._output.feed(data))
        self._take(self._output.end())

    def _take(self, kept: bytes) -> None:
        """Write what belongs into the log, and take the progress that was said last."""
        if kept:
            self._log.write(kept)
            begin = self._log.begin
            if begin != (self.status.log_file, self.status.log_offset):
                self.status.log_file, self.status.log_offset = begin
                self._is_dirty = True
        progress = self._output.progress
        if progress is not None:
            reported = (progress.percent, progress.task)
            if reported != (self.status.progress, self.status.current_task):
                self.status.progress, self.status.current_task = reported
                self._is_dirty = True

    # Private: going on

    def _has_ended(self) -> bool:
        return self._exit is not None and not descendants(os.getpid())

    def _patience(self) -> float:
        """Return the seconds until there is something to do without an event."""
        if self._is_killed or self._exit is not None:
            return LOOK_EVERY
        pause = WRITE_EVERY if self._is_dirty else RENEW_EVERY
        return max(0.0, self._written + pause - time.monotonic())

    def _go_on(self) -> None:
        now = time.monotonic()
        if self._kill_at is not None and now >= self._kill_at:
            self._kill()
        if self._is_killed:
            # At each look anew: a process that was forked meanwhile goes, too.
            signal_all(descendants(os.getpid()), signal.SIGKILL)
            self._reap()
        if now >= self._written + (WRITE_EVERY if self._is_dirty else RENEW_EVERY):
            self._write()

    def _finish(self) -> None:
        status, code = self.status, self._exit
        assert code is not None  # it has ended
        status.end_time = time.time()
        status.runtime = round(since_boot() - self._started, 3)
        status.exit_code = code if code >= 0 else 128 - code
        if self._is_cancelled:
            status.status = State.CANCELLED
        elif code < 0:
            status.status = State.CRASHED
            status.error = f"signal {-code} ({_name_of(-code)}) has ended it"
        elif code:
            status.status = State.FAILED
            status.error = f"it ended with exit code {code}"
        else:
            status.status = State.COMPLETED
            status.progress = 100.0 if status.progress is not None else None
        self._is_dirty = True
        self._log.remark(f"{status.status} after {status.runtime:.1f} s")
        self._write()
        if self._is_dirty:
            # Else it would be taken for one whose keeper was killed.
            with suppress(OSError):
                overwrite_status(self._files, status)

    def _write(self) -> None:
        """Write the status; a disk that takes nothing is tried again at the next change."""
        self._written = time.monotonic()
        self.status.last_update = time.time()
        with suppress(OSError):
            make_folder(self._files.folder)
            write_status(self._files, self.status)
            self._is_dirty = False


# Private


def _start(order: Order, end: int) -> int:
    """Start the command; its output goes into `end`."""
    environment = {**os.environ, VARIABLE: order.name}
    # What Python programs print would else wait in them until there are some kilobytes of it.
    environment.setdefault("PYTHONUNBUFFERED", "1")
    process = subprocess.Popen(
        order.command,
        stdin=subprocess.DEVNULL,
        stdout=end,
        stderr=end,
        env=environment,
        start_new_session=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509 - this process has one thread
    )
    process.returncode = 0  # it is reaped here, and Popen has nothing to wait for
    return process.pid


def _end_with_parent() -> None:
    """In the child: be asked to end when the keeper has been killed."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _do_nothing(_number: int, _frame: object) -> None:
    """Have a signal wake the loop and nothing else."""


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "no name"
