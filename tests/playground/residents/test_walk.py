"""Residents walk as people do."""

from __future__ import annotations

import itertools
import random
from math import cos, hypot, radians

from meshvisor.playground.residents.walk import DEGREE, INEXACT, PLACES, SPEED, Walk

STEP = 20.0


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return how far two near places are from each other."""
    return hypot((a[0] - b[0]) * DEGREE, (a[1] - b[1]) * DEGREE * cos(radians(a[0])))


def test_an_afternoon() -> None:
    """No resident jumps, all places are visited, and the same seed gives the same walk."""
    walk = Walk(random.Random(7))
    way = [walk.after(STEP) for _ in range(2000)]
    most = SPEED * STEP + 12 * INEXACT
    assert all(metres(a, b) <= most for a, b in itertools.pairwise(way))
    for place in PLACES:
        there = (place.latitude, place.longitude)
        assert sum(metres(there, one) < 4 * INEXACT for one in way) > 20, place
    again = Walk(random.Random(7))
    assert way == [again.after(STEP) for _ in range(2000)]


def test_a_long_pause() -> None:
    """After any time without a look, one is at a place or on the way to one."""
    walk = Walk(random.Random(7))
    latitude, longitude = walk.after(86_400)
    assert 38.70 < latitude < 38.72
    assert -9.15 < longitude < -9.13
