"""`meshvisor run --reload`: the same command in a child, started anew when the source changes.

Owns the child, the signals and when it is started anew.  Does not own what the child does: it is
an ordinary `meshvisor run` without the flag, which stops gracefully like any other; nor how changes
are found (`supervisor.source_changes`).

The child stays in our process group, so that the terminal belongs to it as much as to us: it can
ask for a login, print where `stty tostop` is set, and Ctrl+Z and `fg` reach both.  Ctrl+C reaches
both as well, so what the terminal has sent is not passed on: twice would force the stop.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Final

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.paths import Home
from meshvisor.shared.python_code import places_of
from meshvisor.shared.run_options import RunOptions
from meshvisor.shared.settings.kernel import PluginSettings, ShutdownSetting
from meshvisor.shared.settings.load import load_settings
from meshvisor.shared.settings.model import Settings, default_settings
from meshvisor.supervisor.source_changes import Seen, changed_files, look

SOURCE_PACKAGES: Final = ("console", "features", "playground", "shared", "supervisor", "worker")

LOOK: Final = 0.4
"""Seconds between two looks, each some 5 ms of one processor.  An editor or a checkout writes many
files one after another: the child is started anew when two looks in a row have seen the same."""

STOP_MARGIN: Final = 10.0
"""Seconds that the child has for stopping beyond its own deadlines before it is killed."""

STOPPED_ON_PURPOSE: Final = frozenset({0, -signal.SIGTERM, -signal.SIGINT, 128 + signal.SIGINT})
"""Exit codes of a child that was stopped on purpose: politely, or while it started."""

PASSED_ON: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

_SI_KERNEL: Final = 0x80
"""Origin of a signal (sigaction(2)): the terminal, which has sent it to the whole process group."""
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None)


def watch(options: RunOptions) -> int:
    """Run until asked to stop; return the exit code of the last child.

    A child that ends by itself (a syntax error, wrong settings) is started again at the next
    change.
    """
    with _signals_wait() as mask:
        return _Watcher(options, _Child(command(options), mask)).run()


def command(options: RunOptions) -> list[str]:
    """Return the command line of the child."""
    # Nothing in the current folder may stand in for a module of the standard library.
    line = [sys.executable, "-P", "-m", "meshvisor.supervisor.cli.main", "run"]
    line += ["--home", str(options.home.root)]
    for name, value in options.of_features.items():
        line.append(f"--{name.replace('_', '-')}")
        if value is not True:
            line.append(str(value))
    if options.single_process:
        line.append("--single-process")
    if options.no_console:
        line.append("--no-console")
    return line


def folders(options: RunOptions) -> list[Path]:
    """Return where code is watched: in our packages and the plug-ins."""
    # So that the first plug-in can be put there; whether it can be made is for the child to say.
    with suppress(OSError):
        options.home.plugins.mkdir(mode=0o700, parents=True, exist_ok=True)
    root = Path(__file__).parent.parent
    return [*(root / package for package in SOURCE_PACKAGES), options.home.plugins]


def files(options: RunOptions) -> list[Path]:
    """Return the files of people that only a new start takes over as a whole.

    Not those that the supervisor looks after itself: the account and the blocklist.
    """
    return [options.home.settings_file, options.home.config / "database.json"]


# Private


class _Child:
    """The child that runs now, if any.

    Args:
        line: its command line.
        mask: the signals that wait while it runs, as they were before ours were held.
    """

    def __init__(self, line: list[str], mask: set[signal.Signals]) -> None:
        self._line = line
        self._mask = mask
        self._process: subprocess.Popen[bytes] | None = None
        self._kill_at: float | None = None
        """Monotonic seconds; None: it was not asked to stop."""

    def start(self) -> None:
        """Start it."""
        self._kill_at = None
        self._process = subprocess.Popen(self._line, preexec_fn=self._before_exec)  # noqa: PLW1509

    @property
    def code(self) -> int | None:
        """How it has ended; None: it has not, or there is none."""
        return None if self._process is None else self._process.poll()

    @property
    def runs(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self.code is None

    def send(self, number: int, *, has_it: bool = False) -> None:
        """Send a signal, unless it has it already."""
        if self._process is not None and self.runs:
            if not has_it:
                self._process.send_signal(number)
            # One that is stopped does nothing with a signal before it goes on.
            self._process.send_signal(signal.SIGCONT)

    def expect_end(self, seconds: float) -> None:
        """Kill it when it has not ended by then."""
        if self._kill_at is None:
            self._kill_at = time.monotonic() + seconds

    def kill_late(self) -> None:
        """Kill it if it should have ended by now."""
        if self.runs and self._kill_at is not None and time.monotonic() >= self._kill_at:
            assert self._process is not None
            self._process.kill()

    @property
    def is_expected_to_end(self) -> bool:
        """Whether it was asked to stop."""
        return self._kill_at is not None

    def _before_exec(self) -> None:
        # This process has one thread, so the fork may run Python.
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            # One that comes before the exec would else be an exception, here.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)


class _Watcher:
    """One thread, which waits for signals and looks at files between them."""

    def __init__(self, options: RunOptions, child: _Child) -> None:
        self._options = options
        self._child = child
        self._folders: list[Path] = []
        self._files = files(options)
        self._seen: Seen = {}
        self._changed: list[str] = []
        self._is_stopping = False
        self._stop_timeout = 0.0
        """Seconds between a polite signal and SIGKILL."""

    def run(self) -> int:
        """Return the exit code of the last child, when it is over."""
        self._start()
        while True:
            received = signal.sigtimedwait((*PASSED_ON, signal.SIGCHLD), LOOK)
            if received is not None and received.si_signo != signal.SIGCHLD:
                self._pass_on(received.si_signo, from_terminal=received.si_code == _SI_KERNEL)
            self._child.kill_late()
            if self._is_over():
                code = self._child.code or 0
                return code if code >= 0 else 128 - code
            if not self._is_stopping and received is None:
                self._look()

    def _start(self) -> None:
        # Looked at before the child starts: a change while it starts would be missed.
        settings = _settings(self._options.home)
        # Jobs have that time to stop, and after them the bots.
        self._stop_timeout = 2 * settings.of(ShutdownSetting).shutdown_timeout + STOP_MARGIN
        tops = {name.partition(".")[0] for name in settings.of(PluginSettings).modules}
        self._folders = [*folders(self._options), *chain.from_iterable(map(places_of, tops))]
        self._seen = look(self._folders, self._files)
        self._child.start()

    def _pass_on(self, number: int, *, from_terminal: bool) -> None:
        if number != signal.SIGHUP:
            self._is_stopping = True
            self._child.expect_end(self._stop_timeout)
        self._child.send(number, has_it=from_terminal)

    def _is_over(self) -> bool:
        """Whether there is nothing more to do: we or the child were asked to stop."""
        if self._child.runs:
            return False
        return self._is_stopping or (
            not self._child.is_expected_to_end and self._child.code in STOPPED_ON_PURPOSE
        )

    def _look(self) -> None:
        seen = look(self._folders, self._files)
        changed = changed_files(self._seen, seen)
        self._seen = seen
        self._changed += changed
        if changed or not self._changed:
            return
        if self._child.runs:
            if not self._child.is_expected_to_end:
                self._child.expect_end(self._stop_timeout)
                self._child.send(signal.SIGTERM)
            return
        # Only now: until it has ended the child has its status line on the terminal.
        with suppress(OSError, ValueError):  # stderr may have no reader
            name = Path(self._changed[0]).name
            sys.stderr.write(f"[reload] {name} has changed: starting anew\n")
        self._changed = []
        self._start()


def _settings(home: Home) -> Settings:
    """Return the settings; for wrong ones the defaults: the child says what is wrong with them."""
    try:
        return load_settings(home, os.environ)
    except (MeshvisorError, OSError):
        return default_settings()


@contextmanager
def _signals_wait() -> Iterator[set[signal.Signals]]:
    """Have the signals that we pass on wait until they are asked for, and that of a child's end.

    Only `sigtimedwait` tells where a signal comes from.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (*PASSED_ON, signal.SIGCHLD))
    try:
        yield {signal.Signals(number) for number in before}
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
