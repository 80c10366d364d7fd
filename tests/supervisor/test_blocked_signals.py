"""Signals that come while the supervisor starts."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os, signal
from meshvisor.supervisor import blocked_signals

blocked_signals.hold()
os.kill(os.getpid(), signal.SIGINT)
print("held", signal.SIGINT in signal.sigpending())
try:
    blocked_signals.release()
except KeyboardInterrupt:
    print("arrived")
print("blocked", signal.pthread_sigmask(signal.SIG_BLOCK, []) & {signal.SIGINT, signal.SIGTERM})
"""


def test_signals_wait() -> None:
    """A signal that comes while they are held arrives when they are released, and only then.

    In a process of its own: where there are other threads, the kernel would give it to one.
    """
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30, check=False
    )
    assert ran.stdout.splitlines() == ["held True", "arrived", "blocked set()"], ran.stderr
