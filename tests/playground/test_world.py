from __future__ import annotations

import pytest

from meshvisor.playground.options import Options
from meshvisor.playground.world import World, room_kinds, room_names


@pytest.mark.parametrize(
    ("rooms", "names"),
    [
        (0, []),
        (2, ["lobby", "cinema"]),
        (5, ["lobby", "cinema", "workshop", "room-4", "room-5"]),
        (["a", "b"], ["a", "b"]),
    ],
)
def test_room_names(rooms: int | list[str], names: list[str]) -> None:
    """The first three rooms have names, the others numbers; given names are taken."""
    assert room_names(rooms) == names


def test_wrong_room_name() -> None:
    """A room has to be a valid mesh id."""
    with pytest.raises(ValueError, match="no mesh id"):
        World(["a/b"], Options())


def test_an_ended_room_opens_again() -> None:
    """Opening a room that has ended makes it findable, as the same room."""
    world = World(["lobby"], Options())
    room = world.rooms["lobby"]
    room.faults.gone = True
    assert world.find("lobby") is None

    assert world.add_room("lobby", frozenset({"friends"})) is room
    assert world.find("lobby") is room
    assert room.kinds == {"friends"}


def test_kinds_as_text() -> None:
    """Kinds are read from a list with commas, and unknown ones are refused."""
    assert room_kinds("public, local") == {"public", "local"}
    assert room_kinds("") == frozenset()
    with pytest.raises(ValueError, match="'secret'"):
        room_kinds("public,secret")
