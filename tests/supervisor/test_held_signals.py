"""Signals that come while the supervisor starts."""

from __future__ import annotations

import os
import signal

import pytest

from supervisor import held_signals


def test_signals_wait() -> None:
    """A signal that comes while they are held arrives when they are released, and only then."""
    held_signals.hold()
    try:
        os.kill(os.getpid(), signal.SIGINT)
        assert signal.SIGINT in signal.sigpending()
        with pytest.raises(KeyboardInterrupt):
            held_signals.release()
    finally:
        held_signals.release()
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, []) & {signal.SIGINT, signal.SIGTERM}
