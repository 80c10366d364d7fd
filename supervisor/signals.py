"""What signals to the supervisor mean.

    SIGINT, SIGTERM   stop politely; a second one, a moment later, forces it
    SIGQUIT           stop politely; a second one ends the process as it always does
    SIGHUP            read the settings again, or stop politely when the terminal is gone
    SIGCHLD           a child has ended
    all others        that would end the process, and which it may catch: nothing but a line in the
                      log; they are sent by mistake, by programs such as logrotate

Owns the handlers and the question whether the terminal is gone.  Does not own what follows
(`supervisor.service`).  Called by `supervisor.serving`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Protocol

from meshvisor.supervisor.blocked_signals import STRAY

log = logging.getLogger(__name__)


class Receiver(Protocol):
    """The supervisor; each call only notes what is wanted and returns at once."""

    def request_shutdown(self, reason: str, *, insists: bool) -> None:
        """Stop politely; when it insists, a second time forces it."""
        ...

    def request_reload(self) -> None:
        """Read the settings again, soon."""
        ...

    def reap_orphans(self) -> None:
        """Look for children that have ended."""
        ...


def receive(supervisor: Receiver, undo: ExitStack) -> None:
    """Have signals reach the supervisor, inside the running event loop, until `undo` is closed."""
    loop = asyncio.get_running_loop()

    def handle(number: int, act: Callable[[], None]) -> None:
        loop.add_signal_handler(number, act)
        undo.callback(loop.remove_signal_handler, number)

    for number in (signal.SIGINT, signal.SIGTERM):
        handle(number, partial(supervisor.request_shutdown, number.name, insists=True))
    handle(signal.SIGQUIT, lambda: _quit(supervisor))
    handle(signal.SIGHUP, _on_hangup(supervisor))
    handle(signal.SIGCHLD, supervisor.reap_orphans)
    for stray in STRAY:
        handle(stray, partial(_ignore, _name(stray)))


def ignore() -> None:
    """Let the process end in its own time: what is asked for now has happened already."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, *STRAY):
        signal.signal(number, signal.SIG_IGN)


class Terminal:
    """The terminal that this process was started on, if any."""

    def __init__(self) -> None:
        self._descriptors = tuple(number for number in range(3) if os.isatty(number))
        self._controls = _has_terminal()

    @property
    def is_gone(self) -> bool:
        """Whether there was one, and it has been closed."""
        # The descriptors tell where the terminal is not the controlling one; the controlling one
        # tells where all three lead elsewhere.
        closed = any(not os.isatty(number) for number in self._descriptors)
        return closed or (self._controls and not _has_terminal())


# Private


def _on_hangup(supervisor: Receiver) -> Callable[[], None]:
    """Return what to do on SIGHUP.

    Operators send it to have the settings read again, and the kernel sends it when the terminal is
    closed; the shell may do so once more.
    """
    # An operator who starts us under nohup wants us to outlive the terminal.
    outlives = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    terminal = Terminal()

    def act() -> None:
        if not outlives and terminal.is_gone:
            supervisor.request_shutdown("SIGHUP, the terminal is gone", insists=False)
        else:
            supervisor.request_reload()

    return act


def _quit(supervisor: Receiver) -> None:
    # Ctrl+\ is what people press when nothing else helps.
    asyncio.get_running_loop().remove_signal_handler(signal.SIGQUIT)
    supervisor.request_shutdown("SIGQUIT", insists=False)


def _ignore(name: str) -> None:
    log.warning(
        "%s means nothing to a supervisor and is ignored; SIGHUP reads the settings again, "
        "SIGTERM stops",
        name,
        extra={"event": "signal.ignored"},
    )


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"Signal {number}"  # real-time signals but the first and the last have no name


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
