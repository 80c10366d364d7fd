"""Delays between attempts to connect."""

from __future__ import annotations

import random

from meshvisor.worker.mesh.backoff import Backoff
from meshvisor.worker.mesh.timings import Timings

TIMINGS = Timings(backoff_first=1.0, backoff_most=12.5)


def test_delays_double_up_to_the_most() -> None:
    """Each failure doubles the delay, jitter takes at most half, and there is a ceiling."""
    backoff = Backoff(TIMINGS, random.Random(1).uniform)
    for full in [1, 2, 4, 8, 12.5, 12.5, 12.5]:
        assert full / 2 <= backoff.next() <= full


def test_a_success_begins_anew() -> None:
    """After a reset the first delay is short again."""
    backoff = Backoff(TIMINGS, random.Random(1).uniform)
    for _ in range(5):
        backoff.next()
    backoff.reset()
    assert backoff.next() <= 1


def test_workers_do_not_come_back_in_step() -> None:
    """Two workers that fail at the same time wait differently."""
    first, second = (
        Backoff(TIMINGS, random.Random(1).uniform),
        Backoff(TIMINGS, random.Random(2).uniform),
    )
    assert first.next() != second.next()


def test_any_number_of_failures() -> None:
    """A server that is down for a year breaks nothing."""
    backoff = Backoff(TIMINGS, random.Random(1).uniform)
    assert all(backoff.next() <= 12.5 for _ in range(5000))
