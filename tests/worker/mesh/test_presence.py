"""Who is seen travels together, each once; positions travel sooner, and all of them."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.frames import MAX_FRAME
from meshvisor.shared.protocol.from_worker import (
    LONGEST_PRESENT,
    MOST_PRESENT,
    PositionRow,
    Presence,
    SeenRow,
)
from meshvisor.worker.mesh.presence import PresenceBatch
from meshvisor.worker.mesh.transport import Observed, User

ANN = User("11", "ann")
BOB = User("12", "bob")
NOW = 1000.0

Handed = list[tuple[tuple[SeenRow, ...], tuple[PositionRow, ...]]]


def batch(handed: Handed, period: float = 1000) -> PresenceBatch:
    """Return one that is wanted."""
    made = PresenceBatch(lambda *rows: handed.append(rows), period, lambda: NOW)
    made.is_wanted = True
    return made


def position(**data: Any) -> Observed:
    """Return what a network tells of Ann."""
    return Observed("position", ANN, "", {"latitude": 38.7, "longitude": -9.1, **data})


async def test_each_once() -> None:
    """With the latest moment; one of the future is now, and what is over stays as it was."""
    handed: Handed = []
    seen = batch(handed)
    seen.see(ANN, NOW - 5)
    seen.see(User("11", "anna"), NOW + 50)
    seen.see(ANN, NOW - 9)
    seen.see(BOB)
    seen.flush()
    seen.flush()
    assert handed == [((("11", "anna", NOW), ("12", "bob", NOW)), ())]


@pytest.mark.parametrize("at", [-1e-9, -5.0, -1e300, math.inf, -math.inf, math.nan])
async def test_moments_that_are_none(at: float) -> None:
    """What a network calls a moment may be one before 1970, or none: then it is now."""
    handed: Handed = []
    seen = batch(handed)
    seen.see(ANN, at)
    seen.flush()
    assert handed == [((("11", "ann", NOW),), ())]


async def test_without_subscribers() -> None:
    """Nothing is collected then."""
    handed: Handed = []
    seen = batch(handed)
    seen.is_wanted = False
    seen.see(ANN)
    seen.observe(position())
    seen.flush()
    assert handed == []


async def test_positions_do_not_wait_for_the_others() -> None:
    """They take along who was seen so far."""
    handed: Handed = []
    seen = batch(handed)
    seen.see(BOB)
    seen.observe(position(accuracy_m=5, at=NOW - 3))
    seen.observe(position(accuracy_m=-5, at=NOW + 3))
    async with asyncio.timeout(30):
        while not handed:
            await asyncio.sleep(0)
    [(rows, positions)] = handed
    assert rows == (("12", "bob", NOW),)
    assert positions == (
        ("11", "ann", NOW - 3, 38.7, -9.1, 5.0),
        ("11", "ann", NOW, 38.7, -9.1, None),
    )


@pytest.mark.parametrize(
    "observed",
    [
        position(latitude=90.1),
        position(longitude=math.nan),
        position(latitude="38.7"),
        position(longitude=True),
        position(longitude=10**400),
        Observed("position", ANN, "", {}),
        Observed("telemetry", ANN, "", {"latitude": 1, "longitude": 2}),
    ],
)
async def test_what_is_no_position(observed: Observed) -> None:
    """Then a user was seen, at an unknown position."""
    handed: Handed = []
    seen = batch(handed)
    seen.observe(observed)
    seen.flush()
    assert handed == [((("11", "ann", NOW),), ())]


async def test_without_a_user() -> None:
    """What is about no user, or one with an id that is none, is left out."""
    handed: Handed = []
    seen = batch(handed)
    seen.observe(Observed("position", None, "", {"latitude": 1, "longitude": 2}))
    seen.see(User("", "nobody"))
    seen.see(User("1" * (LONGEST_PRESENT + 1), "long"))
    seen.flush()
    assert handed == []


async def test_a_message_is_never_longer_than_a_frame() -> None:
    """Also with the longest names of characters that need six bytes each."""
    handed: Handed = []
    seen = batch(handed)
    for number in range(MOST_PRESENT):
        user = User(f"{number:04}".ljust(LONGEST_PRESENT, "\x01"), "é\x7f" * 500)
        if number < MOST_PRESENT - 1:
            seen.see(user)
        seen.observe(Observed("position", user, "", {"latitude": -38.123456, "longitude": 9.1}))
    [(rows, positions)] = handed
    assert (len(rows), len(positions)) == (MOST_PRESENT - 1, MOST_PRESENT)
    assert len(Codec.encode(Presence(seen=rows, positions=positions, mesh_id="lobby"))) < MAX_FRAME
