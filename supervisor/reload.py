"""`meshvisor run --reload`: the same command in a child, started anew when the source changes.

Owns the watching and the child.  Does not own what the child does: it is an ordinary
`meshvisor run` without the flag, which stops gracefully like any other.
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Final

import watchfiles

from shared.folders import make_folder
from supervisor.options import RunOptions

SOURCE_PACKAGES: Final = ("shared", "worker", "supervisor", "playground")

DEBOUNCE: Final = 400
"""Milliseconds in which further changes count as the same: an editor or a checkout writes many
files one after another."""

LOOK: Final = 200
"""Milliseconds between two looks whether the child has ended by itself."""

STOP_TIMEOUT: Final = 30.0
"""Seconds between SIGTERM and SIGKILL; the child's own deadlines are shorter."""

TOLD_TO_STOP: Final = frozenset({0, -signal.SIGTERM, -signal.SIGINT, 128 + signal.SIGINT})
"""Exit codes of a child that somebody has stopped on purpose: politely, or while it started."""

PASSED_ON: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None)


def watch(options: RunOptions) -> int:
    """Run until told to stop; return the exit code of the last child.

    A child that ends by itself (a syntax error, wrong settings) is started again at the next
    change.
    """
    runner = _Runner(command(options))
    with _signals_go_to(runner):
        for number, changed in enumerate(_looks(options, runner)):
            if number == 0:
                # Not before the first look: a change while it starts would be missed.
                runner.start()
            elif changed:
                runner.stop()
                # Only now: until it has ended the child has its status line on the terminal.
                sys.stderr.write(f"[reload] {Path(changed[0]).name} has changed: starting anew\n")
                runner.start()
        return runner.wait()


def command(options: RunOptions) -> list[str]:
    """Return the command line of the child."""
    line = [sys.executable, "-m", "supervisor.cli.main", "run", "--home", str(options.home.root)]
    if options.playground:
        line.append("--playground")
    if options.rooms is not None:
        line += ["--rooms", str(options.rooms)]
    if options.single_process:
        line.append("--single-process")
    if options.no_console:
        line.append("--no-console")
    return line


def folders(options: RunOptions) -> list[Path]:
    """Return what is watched: our packages and the plug-ins.

    Not the settings, which have a reload of their own (SIGHUP), nor what the fleet writes.
    """
    # What is not there yet cannot be watched; whether it can be made is for the child to say.
    with suppress(OSError):
        make_folder(options.home.plugins)
    root = Path(__file__).parent.parent
    watched = [*(root / package for package in SOURCE_PACKAGES), options.home.plugins]
    return [folder for folder in watched if folder.is_dir()]


# Private


class _Runner:
    """The child that runs now, if any."""

    def __init__(self, line: list[str]) -> None:
        self._line = line
        self._child: subprocess.Popen[bytes] | None = None
        self.stopping = threading.Event()

    def start(self) -> None:
        """Start it, unless we were told to stop meanwhile."""
        if self.stopping.is_set():
            return
        # A process group of its own, or Ctrl+C would reach it twice: from the terminal and from
        # us, and the second one means "hurry".
        # Between fork and exec only one system call is made, so threads of ours do not matter.
        self._child = subprocess.Popen(
            self._line,
            process_group=0,
            preexec_fn=lambda: _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM),  # noqa: PLW1509
        )

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to do: we or the child were told to stop."""
        ended = None if self._child is None else self._child.poll()
        return self.stopping.is_set() or ended in TOLD_TO_STOP

    def pass_on(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal: the child gets the same one."""
        if number != signal.SIGHUP:
            self.stopping.set()
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(number)

    def wait(self) -> int:
        """Return the exit code of the child, once it has ended."""
        if self._child is None:
            return 0
        code = self._child.wait()
        return code if code >= 0 else 128 - code

    def stop(self) -> None:
        """End the child politely, then by force; returns when it is gone."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.terminate()
        try:
            self._child.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


@contextmanager
def _signals_go_to(runner: _Runner) -> Iterator[None]:
    before = {number: signal.signal(number, runner.pass_on) for number in PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _looks(options: RunOptions, runner: _Runner) -> Iterator[list[str]]:
    """Yield the files that have changed since the last look, until the runner is done."""
    for changes in watchfiles.watch(
        *folders(options),
        watch_filter=lambda _change, path: path.endswith(".py"),
        debounce=DEBOUNCE,
        stop_event=runner.stopping,
        rust_timeout=LOOK,
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        yield sorted(path for _change, path in changes)
        if runner.is_done:
            return
