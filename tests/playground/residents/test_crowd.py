from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from meshvisor.playground.options import Options
from meshvisor.playground.residents.crowd import residents_of
from meshvisor.playground.residents.words import HANDLES
from meshvisor.playground.room import Room
from meshvisor.playground.server import Playground
from meshvisor.playground.watch import Watch


def people(room: str, options: Options) -> list[tuple[str, str]]:
    """Return who lives in a room."""
    lobby = Room(room, Watch(), frozenset())
    return [(r.peer_id, r.user.handle) for r in residents_of(lobby, options, 2001)]


def test_same_seed_same_people() -> None:
    """The seed decides who lives where."""
    options = Options(residents=3, seed=1)

    assert people("lobby", options) == people("lobby", options)
    assert people("lobby", options) != people("lobby", replace(options, seed=2))
    assert people("lobby", options) != people("cinema", options)


def test_names_are_used_once() -> None:
    """A room with more residents than names numbers them."""
    crowd = people("lobby", Options(residents=50))

    assert len({peer_id for peer_id, _ in crowd}) == 50
    assert len({handle for _, handle in crowd}) == 50
    assert {handle.rstrip("23") for _, handle in crowd} == set(HANDLES)


@pytest.mark.parametrize("residents", [0, 3])
async def test_residents_arrive(residents: int) -> None:
    """Each room gets its residents, each with a user id of its own."""
    waits = 0

    async def at_once(_: float) -> None:
        nonlocal waits
        waits += 1
        if waits > 2 * residents:  # everyone has arrived: from now on they stay as they are
            await asyncio.Event().wait()

    def all_there() -> bool:
        rooms = playground.world.rooms.values()
        return sum(len(room.members) for room in rooms) == 2 * residents

    async with Playground(2, Options(residents=residents, sleep=at_once)) as playground:
        await playground.world.watch.until(all_there, timeout=10)
        rooms = playground.world.rooms.values()
        ids = [user.id for room in rooms for user in room.users]

    assert len(set(ids)) == len(ids) == 2 * residents
