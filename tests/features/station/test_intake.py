"""What workers report: who is online, where they are, and what time makes of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from meshvisor.features.station.supervisor import intake as module
from meshvisor.features.station.supervisor.intake import Intake
from meshvisor.features.station.supervisor.times import iso
from meshvisor.features.station.supervisor.users import UserService
from meshvisor.features.station.supervisor.zones import ZoneService
from meshvisor.shared.protocol.from_worker import PositionRow, Presence
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.service_contract import Stopping
from tests.clock import ManualClock
from tests.features.station.conftest import ANN, HARBOUR, IN_HARBOUR, OUT_OF_IT, Bench, settings


class Reported:
    """An intake of a station, and what workers would report to it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.wanted: list[bool] = []
        station = bench.station
        self.intake = Intake(station.changes, station.prepared, bench.settings, self.wanted.append)

    async def start(self) -> None:
        """Start it."""
        await self.intake.start()

    def seen(self, *users: str, mesh: str = "lobby", realm: str = "", ago: float = 0) -> None:
        """Have users seen."""
        at = self.bench.clock.wall() - ago
        rows = tuple((user, f"name of {user}", at) for user in users)
        self.intake.take(mesh, realm, Presence(seen=rows, mesh_id=mesh))

    def at(self, *places: tuple[str, tuple[float, float]], mesh: str = "radio") -> None:
        """Have users somewhere."""
        rows: Sequence[PositionRow] = [
            (user, "", self.bench.clock.wall(), *place, None) for user, place in places
        ]
        self.intake.take(mesh, "", Presence(positions=tuple(rows), mesh_id=mesh))

    async def pass_by(self, seconds: float = 0) -> float:
        """Let time pass and all be done that is due; return the seconds until the next time."""
        self.bench.clock.advance(seconds)
        await self.intake.write_all()
        return await self.intake.settle()


Make = Callable[..., Reported]


@pytest.fixture
def make(store: Store, clock: ManualClock) -> Make:
    """Return a function that makes an intake with settings of `[station]`."""
    return lambda **values: Reported(Bench(store, clock, **values))


async def test_online_and_offline(make: Make) -> None:
    """Once each, however much is said meanwhile; offline as soon as the time is over."""
    reported = make(offline_after=100)
    await reported.start()
    reported.seen("11")
    reported.seen("ann", mesh="bar", realm="irc")
    await reported.pass_by()
    reported.bench.clock.advance(90)
    reported.seen("11", "12")
    assert await reported.pass_by() == pytest.approx(10, abs=0.1)
    await reported.pass_by(11)
    for _ in range(9):
        reported.seen("11")
        await reported.pass_by(20)
    assert reported.bench.happened() == [
        ("user.online", "11"),
        ("user.online", "irc/ann"),
        ("user.online", "12"),
        ("user.offline", "irc/ann"),
        ("user.offline", "12"),
    ]
    online = reported.bench.events("user.online")[0]
    assert online.mesh_id == "lobby"
    assert online.content == {"v": 1, "user_name": "name of 11", "groups": []}
    ann = await reported.bench.need(UserService).show("irc/ann")
    assert (ann.mesh_id, ann.meshes[0].mesh_id, ann.is_online) == ("bar", "bar", False)


async def test_who_is_written_seldom_is_still_online(make: Make) -> None:
    """What is known and not written counts, and is written before it would be too late."""
    reported = make(offline_after=100)
    await reported.start()
    await reported.pass_by(200)
    reported.seen("11")
    await reported.pass_by()
    for _ in range(20):
        reported.seen("11")
        await reported.pass_by(24)
    assert reported.bench.happened() == [("user.online", "11")]
    users = reported.bench.need(UserService)
    came = reported.bench.events("user.online")[0].at
    assert (await users.show("11")).online_since == iso(came)
    await reported.pass_by(101)
    assert reported.bench.happened()[1:] == [("user.offline", "11")]
    assert (await users.show("11")).online_since is None
    reported.seen("11")
    await reported.pass_by()
    assert reported.bench.happened()[2:] == [("user.online", "11")]


async def test_no_user_goes_offline_right_after_a_start(make: Make) -> None:
    """What users did while no supervisor ran is not known."""
    before = make(offline_after=100)
    await before.start()
    before.seen("11")
    await before.pass_by()
    before.bench.clock.advance(1000)
    after = make(offline_after=100)
    await after.start()
    assert await after.pass_by(50) == pytest.approx(50, abs=1)
    assert after.bench.happened() == [("user.online", "11")]
    await after.pass_by(51)
    assert after.bench.happened() == [("user.online", "11"), ("user.offline", "11")]


async def test_what_was_said_long_ago(make: Make) -> None:
    """A network that tells what was missed makes no user online."""
    reported = make()
    await reported.start()
    reported.seen("11", ago=3600)
    await reported.pass_by()
    assert reported.bench.happened() == []
    assert not (await reported.bench.need(UserService).show("11")).is_online


async def test_all_users_are_registered(make: Make) -> None:
    """If the settings say so, once, before they are online."""
    reported = make(register_seen=True)
    await reported.start()
    reported.seen("11")
    reported.seen("11", mesh="bar")
    await reported.pass_by()
    assert reported.bench.happened() == [("user.registered", "11"), ("user.online", "11")]


async def test_zones_of_those_who_move(make: Make) -> None:
    """Entered and left in the mesh of the position, one event each."""
    reported = make()
    await reported.bench.need(ZoneService).save({"name": "harbour", **HARBOUR}, None, ANN)
    await reported.start()
    reported.at(("11", IN_HARBOUR), ("12", OUT_OF_IT))
    await reported.pass_by(1)
    reported.at(("11", OUT_OF_IT), ("12", IN_HARBOUR))
    await reported.pass_by(1)
    crossings = reported.bench.events("zone.entered", "zone.left")
    assert [(one.kind, one.subject, one.mesh_id, one.actor) for one in crossings] == [
        ("zone.entered", "11", "radio", None),
        ("zone.left", "11", "radio", None),
        ("zone.entered", "12", "radio", None),
    ]


async def test_dwell_time_ends_by_itself(make: Make) -> None:
    """Also when nothing more is heard, and after a restart."""
    reported = make(dwell=60)
    await reported.bench.need(ZoneService).save({"name": "harbour", **HARBOUR}, None, ANN)
    await reported.start()
    reported.at(("11", IN_HARBOUR))
    assert await reported.pass_by() == pytest.approx(60, abs=0.1)
    assert reported.bench.happened("zone.entered") == []
    again = make(dwell=60)
    await again.start()
    await again.pass_by(60)
    [entered] = reported.bench.events("zone.entered")
    assert entered.content["dwell_s"] == 60
    again.at(("11", OUT_OF_IT))
    await again.pass_by()
    assert reported.bench.happened("zone.left") == []
    await again.pass_by(61)
    [left] = reported.bench.events("zone.left")
    assert left.content["dwell_s"] == 60


async def test_ids_that_are_none(make: Make) -> None:
    """They are left out: they could not be named."""
    reported = make()
    await reported.start()
    reported.seen("not an id", "")
    reported.seen("a b", realm="irc", mesh="bar")
    await reported.pass_by()
    assert reported.bench.events() == []


async def test_it_is_switched_off(make: Make) -> None:
    """Workers are notified, and what one still reports is left out."""
    reported = make()
    await reported.start()
    reported.intake.configure(settings(presence=False))
    reported.seen("11")
    await reported.pass_by()
    await reported.intake.stop(Stopping(10, asyncio.Event()))
    assert reported.wanted == [True, False, False]
    assert reported.bench.events() == []


async def test_a_disk_that_takes_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is written later, once; what is too much is dropped and reported."""
    reported = make()
    await reported.start()

    async def refuse(*_given: Any, **_named: Any) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(reported.bench.station.changes, "write", refuse)
        reported.seen("11")
        with pytest.raises(sqlite3.OperationalError):
            await reported.intake.write_all()
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    reported.seen("12", "13")
    await reported.pass_by()
    assert reported.bench.happened() == [("user.online", "12"), ("user.online", "13")]
    assert reported.intake.dropped == 1
    assert "dropped since the start: 1." in next(iter(reported.intake.notices()))


async def test_a_run(make: Make) -> None:
    """It writes what comes, and ends with all written."""
    reported = make()
    await reported.start()
    task = asyncio.create_task(reported.intake.run())
    reported.seen("11")
    while not reported.bench.events():
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    reported.seen("12")
    await reported.intake.stop(Stopping(10, asyncio.Event()))
    assert reported.bench.happened() == [("user.online", "11"), ("user.online", "12")]
