"""Signals that come while the supervisor starts: they wait until it can act on them.

Before its handlers are in place, SIGTERM would end it in the middle of a start, and Python's
KeyboardInterrupt can get lost while modules are imported, in callbacks that may not raise.
"""

from __future__ import annotations

import signal
import time

STRAY = (
    *(signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF),
    *(signal.SIGIO, signal.SIGPWR),
    *range(signal.SIGRTMIN, signal.SIGRTMAX + 1),
)
"""Signals that mean nothing to a supervisor and would end it."""

_HELD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, *STRAY)


def hold() -> None:
    """Have them wait, and no others, whatever mask this process was started with.

    A mask is inherited: with SIGCHLD in it no signal would ever announce an orphan to be reaped.
    Programs that are executed meanwhile get an empty signal mask.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, _HELD)


def release() -> None:
    """Deliver the signals that have waited, and all later ones; idempotent."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def pause(seconds: float) -> None:
    """Wait, and let those come meanwhile, as if nothing had begun yet."""
    release()
    try:
        time.sleep(seconds)
    finally:
        hold()
