"""Looks that come in one rhythm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.shared.beat import until_next_beat


@given(st.floats(0, 1e7), st.sampled_from([0.05, 0.2, 1.0, 5.0]))
def test_the_next_multiple(now: float, interval: float) -> None:
    """It is never sooner than half of the interval, so that a timer that is early counts once."""
    wait = until_next_beat(now, interval)
    assert interval / 2 <= wait <= interval * 1.5
    beats = (now + wait) / interval
    assert beats == pytest.approx(round(beats), abs=1e-6)


def test_from_beat_to_beat() -> None:
    """Looks that take no time are as far apart as was asked for."""
    assert until_next_beat(12.0, 1.0) == 1.0
    assert until_next_beat(11.9999, 1.0) == pytest.approx(1.0001)
