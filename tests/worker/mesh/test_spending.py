"""What a bot has said within the hour is known to its successor."""

from __future__ import annotations

import random

import pytest

from meshvisor.worker.mesh.pace import HOUR, Pace
from meshvisor.worker.mesh.spending import MINUTE, in_minutes, moments
from meshvisor.worker.mesh.transport import Manners
from tests.seeds import seeds

BUDGET = Manners(per_hour=10)

AHEAD = 1_763_800_000.0
"""What the clock shows beyond the seconds of the loop."""


def test_minutes() -> None:
    """What was spent is counted by the minutes of the clock."""
    assert in_minutes([(0.0, 1), (1.0, 4), (100.0, 1)], 0.0) == ((0, 5), (1, 1))
    assert moments(((0, 2), (1, 1)), 0.0, 100.0) == [(60.0, 2), (100.0, 1)]
    assert moments(((0, 2),), 0.0, MINUTE + HOUR) == []
    assert moments((), 0.0, 0.0) == []


@pytest.mark.parametrize("seed", seeds(10, 100))
def test_any_hour(seed: int) -> None:
    """Over any number of lives no more is sent within an hour than the network wants."""
    chance = random.Random(seed)
    pace, now, sent = Pace(), 10_000.0, list[float]()
    for _ in range(200):
        now += chance.choice([0.0, 20.0, 300.0])
        if chance.random() < 0.2:  # killed; the loop of a successor counts from elsewhere
            minutes = in_minutes(pace.sent, AHEAD)
            pace = Pace()
            pace.restore(moments(minutes, AHEAD, now))
        if pace.delay(BUDGET, now) == 0:
            pace.spend(BUDGET, now)
            sent.append(now)
    for first in range(len(sent) - BUDGET.per_hour):
        assert sent[first + BUDGET.per_hour] - sent[first] >= HOUR
