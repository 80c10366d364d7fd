"""What is wrong is listed with codes and since when, also when only part of it changes."""

from __future__ import annotations

from collections.abc import Iterable

from meshvisor.shared.wording import Wording
from meshvisor.supervisor.concerns import LOOK_INTERVAL, Concerns
from meshvisor.supervisor.reporting import Reporter, Reporting
from tests.clock import ManualClock

LOSES = Wording("test.loses", "{mesh_id} was lost {times} times")


class Part(Reporter):
    """Reports what a test sets."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.elsewhere: list[str] = []
        self.odd: list[str] = []

    def problems(self) -> Iterable[str]:
        """Return what is wrong."""
        return self.wrong

    def problems_elsewhere(self) -> Iterable[str]:
        """Return what is wrong and has another place."""
        return self.elsewhere

    def notices(self) -> Iterable[str]:
        """Return what is odd."""
        return self.odd


async def test_each_has_its_code_and_since_when() -> None:
    """Numbers and reasons may change while it is the same; what comes back is new."""
    part, clock, reporting = Part(), ManualClock(), Reporting()
    reporting.add(part)
    concerns = Concerns(reporting, clock)
    part.odd = ["the moon is full"]
    part.wrong = [LOSES.said(mesh_id="lobby", times=2)]
    first = concerns.all()
    assert [(one.code, one.is_problem) for one in first] == [("test.loses", True), ("", False)]
    assert first[0].fields == {"mesh_id": "lobby", "times": 2}
    assert first[0].text == "lobby was lost 2 times"

    clock.advance(60)
    part.wrong = [LOSES.said(mesh_id="lobby", times=3), LOSES.said(mesh_id="den", times=3)]
    part.elsewhere = ["no disk"]
    lobby, den, disk, moon = concerns.all()
    assert lobby.text == "lobby was lost 3 times"
    assert lobby.since == moon.since == first[0].since < den.since == disk.since

    part.wrong = []
    concerns.all()
    clock.advance(60)
    part.wrong = [LOSES.said(mesh_id="lobby", times=1)]
    assert concerns.all()[0].since > den.since


async def test_since_when_is_known_without_requests() -> None:
    """It is looked over now and then, and not more often."""
    part, clock, reporting = Part(), ManualClock(), Reporting()
    reporting.add(part)
    concerns = Concerns(reporting, clock)
    await concerns.keep_up()
    part.wrong = ["no disk"]
    await concerns.keep_up()
    clock.advance(LOOK_INTERVAL)
    await concerns.keep_up()
    clock.advance(3600)
    (found,) = concerns.all()
    assert found.since == "2026-03-01T12:00:10.000+00:00"
