"""How soon the next message may be sent."""

from __future__ import annotations

import random

import pytest

from meshvisor.worker.mesh.pace import HOUR, Pace
from meshvisor.worker.mesh.transport import Manners


def test_without_limits_nothing_waits() -> None:
    """Neither now nor after any number of messages."""
    pace = Pace()
    for _ in range(1000):
        assert pace.delay(Manners(), 5.0) == 0
        pace.spend(Manners(), 5.0)


def test_a_burst_and_then_the_gap() -> None:
    """After a silence some go at once, then one in each gap; a silence fills the burst again."""
    pace, manners = Pace(), Manners(gap=2.0, burst=3)
    for _ in range(3):
        assert pace.delay(manners, 100.0) == 0
        pace.spend(manners, 100.0)
    assert pace.delay(manners, 100.0) == 2.0
    assert pace.delay(manners, 101.5) == 0.5
    pace.spend(manners, 102.0)
    assert pace.delay(manners, 102.0) == 2.0
    assert pace.delay(manners, 106.0) == 0
    pace.spend(manners, 108.0)
    pace.spend(manners, 108.0)
    pace.spend(manners, 108.0)
    assert pace.delay(manners, 108.0) == 2.0


def test_looser_manners_count_at_once() -> None:
    """What was spent under strict ones does not hold up for longer than the gap of today."""
    pace = Pace()
    pace.spend(Manners(gap=3000.0), 0.0)
    assert pace.delay(Manners(gap=3000.0), 0.0) == 3000.0
    assert pace.delay(Manners(gap=1.0), 0.0) == 1.0
    assert pace.delay(Manners(), 0.0) == 0


def test_the_budget_of_an_hour() -> None:
    """As many as that within any hour, and a part of them for what matters."""
    pace, manners = Pace(), Manners(per_hour=8)
    for minute in range(6):
        assert pace.delay(manners, 60.0 * minute, spares=True) == 0
        pace.spend(manners, 60.0 * minute)
    assert pace.delay(manners, 300.0, spares=True) == HOUR - 300.0
    assert pace.delay(manners, 300.0) == 0
    pace.spend(manners, 300.0)
    pace.spend(manners, 300.0)
    assert pace.delay(manners, 300.0) == HOUR - 300.0
    # For a text of two messages two must have been forgotten.
    assert pace.delay(manners, 300.0, cost=2) == HOUR - 300.0 + 60.0
    assert pace.delay(manners, HOUR) == 0


def test_messages_that_cost_more_than_others() -> None:
    """The budget is spent by what messages take, and is free again as they are forgotten."""
    pace, manners = Pace(), Manners(per_hour=100, cost=lambda size, place: size)
    assert manners.cost_of(40, "") == 40
    for moment, cost in ((0.0, 50), (10.0, 30), (20.0, 20)):
        assert pace.delay(manners, moment, cost) == 0
        pace.spend(manners, moment, cost)
    assert pace.delay(manners, 20.0, 40) == HOUR - 20.0
    assert pace.delay(manners, 20.0, 60) == HOUR - 10.0
    assert pace.delay(manners, 20.0, 1000) == HOUR
    assert pace.delay(manners, HOUR, 50) == 0
    assert list(pace.sent) == [(10.0, 30), (20.0, 20)]


@pytest.mark.parametrize("per_hour", [1, 2, 3])
def test_a_small_budget_is_no_bar(per_hour: int) -> None:
    """A text of more messages than an hour has begins all the same, as does one that spares."""
    pace, manners = Pace(), Manners(per_hour=per_hour)
    assert pace.delay(manners, 0.0, cost=10) == 0
    assert pace.delay(manners, 0.0, cost=10, spares=True) == 0
    for _ in range(10):
        pace.spend(manners, 0.0)
    assert pace.delay(manners, 0.0, cost=10) == HOUR


@pytest.mark.parametrize("seed", range(20))
def test_manners_are_kept_whatever_is_sent(seed: int) -> None:
    """A caller that waits as long as said never sends more than allowed in any span of time."""
    chance = random.Random(seed)
    manners = Manners(
        gap=chance.choice([0.0, 0.5, 3.0]),
        burst=chance.randint(1, 5),
        per_hour=chance.choice([0, 30]),
    )
    pace, now, sent = Pace(), 0.0, list[float]()
    for _ in range(300):
        now += chance.choice([0.0, 0.0, 0.3, 40.0])
        now += pace.delay(manners, now, chance.randint(1, 3))
        assert pace.delay(manners, now) <= 1e-6
        pace.spend(manners, now)
        sent.append(now)
    for first, at in enumerate(sent):
        for last in range(first, len(sent)):
            number, span = last - first + 1, sent[last] - at + 1e-3
            if manners.gap:
                assert number <= manners.burst + span / manners.gap
            if manners.per_hour and span < HOUR:
                assert number <= manners.per_hour
