from __future__ import annotations

import asyncio

from meshvisor.playground.gate import EVERYWHERE, Gate, Refusal


def test_refused_so_many_times() -> None:
    """A refusal with a count ends by itself."""
    gate = Gate()
    gate.refuse("lobby", Refusal(503, "busy", times=2))

    assert [gate.check("lobby") is not None for _ in range(4)] == [True, True, False, False]


def test_only_its_room() -> None:
    """A refusal of one room leaves the others alone."""
    gate = Gate()
    gate.refuse("lobby", Refusal(503, "busy"))

    assert gate.check("cinema") is None


def test_everywhere() -> None:
    """A refusal of all rooms holds until it is lifted for all rooms."""
    gate = Gate()
    gate.refuse(EVERYWHERE, Refusal(500, "broken"))
    gate.allow("lobby")
    assert gate.check("lobby") == Refusal(500, "broken")

    gate.allow(EVERYWHERE)
    assert gate.check("lobby") is None


def test_api() -> None:
    """Refusals of the REST addresses are counted, too."""
    gate = Gate()
    gate.api = Refusal(500, "broken", times=1)

    assert gate.check_api() is not None
    assert gate.check_api() is None


async def test_stalled_until_allowed() -> None:
    """A stalled connect goes on when its room is allowed."""
    gate = Gate()
    gate.stall("lobby")
    waiting = asyncio.create_task(gate.wait("lobby"))
    await gate.wait("cinema")
    await asyncio.sleep(0)
    assert not waiting.done()

    gate.allow_all()
    await waiting
