"""Workers for the tests of the fleet: they speak its protocol, and nothing more than one trick."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
from types import FrameType

from meshvisor.worker.child.start import ChildStart


def spin(start: ChildStart) -> int:
    """Hang in a loop, able to show its stacks."""
    faulthandler.register(signal.SIGUSR1, file=sys.stderr)
    _say(start, type="ready")
    while True:
        pass


def stop(start: ChildStart) -> int:
    """Be stopped."""
    _say(start, type="ready")
    os.kill(os.getpid(), signal.SIGSTOP)
    return 0


def polite(start: ChildStart) -> int:
    """End on request."""
    _say(start, type="ready")
    return 0 if "shutdown" in _next(start) else 1


def deaf(start: ChildStart) -> int:
    """Hear nothing; SIGTERM does what it does by default."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _say(start, type="ready")
    while True:
        signal.pause()


def stubborn(start: ChildStart) -> int:
    """Report its messages, and stay."""

    def on_terminate(number: int, frame: FrameType | None) -> None:
        _say(start, type="error", error="SIGTERM")

    signal.signal(signal.SIGTERM, on_terminate)
    _say(start, type="ready")
    while True:
        _say(start, type="error", error=_next(start))


def _say(start: ChildStart, **fields: str) -> None:
    start.channel.sendall(json.dumps(fields).encode() + b"\n")


def _next(start: ChildStart) -> str:
    """Return the type of the next message."""
    message: dict[str, str] = json.loads(start.channel.recv(65536))
    return message["type"]
