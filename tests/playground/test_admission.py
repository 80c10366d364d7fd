from __future__ import annotations

import asyncio

from meshvisor.playground.admission import EVERYWHERE, Admission, Refusal


def test_refused_so_many_times() -> None:
    """A refusal with a count ends by itself."""
    admission = Admission()
    admission.refuse("lobby", Refusal(503, "busy", times=2))

    assert [admission.check("lobby") is not None for _ in range(4)] == [True, True, False, False]


def test_only_its_room() -> None:
    """A refusal of one room leaves the others alone."""
    admission = Admission()
    admission.refuse("lobby", Refusal(503, "busy"))

    assert admission.check("cinema") is None


def test_everywhere() -> None:
    """A refusal of all rooms holds until it is lifted for all rooms."""
    admission = Admission()
    admission.refuse(EVERYWHERE, Refusal(500, "broken"))
    admission.allow("lobby")
    assert admission.check("lobby") == Refusal(500, "broken")

    admission.allow(EVERYWHERE)
    assert admission.check("lobby") is None


def test_api() -> None:
    """Refusals of the REST addresses are counted, too."""
    admission = Admission()
    admission.api = Refusal(500, "broken", times=1)

    assert admission.check_api() is not None
    assert admission.check_api() is None


async def test_stalled_until_allowed() -> None:
    """A stalled connect goes on when its room is allowed."""
    admission = Admission()
    admission.stall("lobby")
    waiting = asyncio.create_task(admission.wait("lobby"))
    await admission.wait("cinema")
    await asyncio.sleep(0)
    assert not waiting.done()

    admission.allow_all()
    await waiting
