"""Coming and going: jitter at a border counts once, and dwell time has to pass."""

from __future__ import annotations

import random

import pytest

from meshvisor.features.station.model.crossing import Crossing, Standing, State, moved, passed
from tests.seeds import seeds

MINUTE = 60_000


def walk(steps: list[tuple[int, bool]], dwell: int = 0) -> tuple[Standing | None, list[Crossing]]:
    """Return where positions lead to, given as moments and whether they are in the zone."""
    standing: Standing | None = None
    crossings: list[Crossing] = []
    for at, present in steps:
        step = moved(standing, at, dwell, present=present)
        standing = step.standing
        crossings += step.crossings
    return standing, crossings


def test_without_dwell_time() -> None:
    """The first position inside enters, the first one outside leaves."""
    standing, crossings = walk([(1000, True), (2000, True), (5000, False), (6000, False)])
    assert standing is None
    assert crossings == [Crossing(True, 0), Crossing(False, 4000)]


def test_a_user_passes_through() -> None:
    """A user who is gone before the dwell time is over has never been in it."""
    assert walk([(0, True), (30_000, True), (59_000, False)], MINUTE) == (None, [])


def test_a_user_stays() -> None:
    """Entered after the dwell time, left after the same, both once; a look back inside is none."""
    steps = [(0, True), (MINUTE, True), (100_000, False), (110_000, True), (200_000, False)]
    standing, crossings = walk(steps, MINUTE)
    assert crossings == [Crossing(True, MINUTE)]
    assert standing == Standing(State.LEAVING, 200_000, 0, 260_000)
    assert passed(standing) == (None, (Crossing(False, 200_000),))


def test_time_has_passed_between_two_positions() -> None:
    """What was not looked at in time is made up for, in its order."""
    standing, crossings = walk([(0, True), (10 * MINUTE, False)], MINUTE)
    assert crossings == [Crossing(True, MINUTE)]
    assert standing is not None
    assert standing.state is State.LEAVING
    _, crossings = walk(
        [(0, True), (MINUTE, True), (2 * MINUTE, False), (9 * MINUTE, True)], MINUTE
    )
    assert crossings == [Crossing(True, MINUTE), Crossing(False, 2 * MINUTE)]


@pytest.mark.parametrize("seed", seeds(3, 100))
def test_any_walk(seed: int) -> None:
    """Entries and exits follow each other in turn, and each has stayed for the dwell time."""
    rng = random.Random(seed)
    for dwell in (0, 10, 100):
        at, is_in = 0, False
        standing: Standing | None = None
        crossings: list[Crossing] = []
        for _ in range(2000):
            at += rng.randint(1, 30)
            if rng.random() < 0.2:
                is_in = not is_in
            step = moved(standing, at, dwell, present=is_in)
            standing = step.standing
            crossings += step.crossings
            assert dwell or standing is None or standing.due_at is None
        entries = [one.is_entry for one in crossings]
        assert entries == [number % 2 == 0 for number in range(len(entries))]
        assert entries
        assert all(one.dwell >= dwell for one in crossings if one.is_entry)
        assert (standing is not None and standing.state is not State.ENTERING) == (
            len(entries) % 2 == 1
        )
