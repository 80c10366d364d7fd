"""What bots hold back with, over the lives of workers and of supervisors."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from meshvisor.features.fleet.supervisor import reports
from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh
from meshvisor.features.fleet.supervisor.restraints import KEPT, Restraints, RestraintWriter
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from meshvisor.shared.protocol.from_worker import ConnectRequest, Ready, Spent
from meshvisor.shared.protocol.to_worker import ConnectPermit
from meshvisor.shared.store.store import Store
from tests.clock import ManualClock
from tests.features.fleet.supervisor.conftest import MakeStage
from tests.features.fleet.supervisor.puppets import Stage
from tests.stopping import stopping

RADIO = DiscoveredMesh("radio", "", "settings", "wire")

MINUTES = ((29_396_666, 3), (29_396_667, 1))


@pytest.fixture
def clock() -> ManualClock:
    """Return the time that tests move."""
    return ManualClock()


@asynccontextmanager
async def life(home: Home, clock: ManualClock) -> AsyncIterator[Restraints]:
    """Be what one supervisor knows, written down at its end."""
    store = Store.open(home.database)
    restraints = Restraints(clock.wall)
    writer = RestraintWriter(restraints, store, clock)
    try:
        await writer.start()
        yield restraints
        await writer.stop(stopping())
    finally:
        store.close()


async def test_what_outlives_a_supervisor(home: Home, clock: ManualClock) -> None:
    """Kicks, for how long the bot stays away, and what was sent; elsewhere it owes nothing."""
    async with life(home, clock) as restraints:
        restraints.kicked(RADIO, 2, 120.0)
        restraints.sent(RADIO, MINUTES)
    clock.advance(50)
    async with life(home, clock) as restraints:
        assert restraints.away(RADIO) == (2, 70.0)
        assert restraints.of(RADIO).sent == MINUTES
        moved = DiscoveredMesh("radio", "", "settings", "wire", "#other")
        assert (restraints.away(moved), restraints.of(moved).sent) == ((0, 0.0), ())
        restraints.forgive(RADIO)
    async with life(home, clock) as restraints:
        assert restraints.away(RADIO) == (0, 0.0)
        assert restraints.of(RADIO).sent == MINUTES
    clock.advance(KEPT + 1)
    async with life(home, clock) as restraints:
        assert restraints.of(RADIO).sent == ()


async def test_what_cannot_be_written(
    home: Home, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is reported once, kept in memory, and written as soon as it can be."""
    caplog.set_level(logging.WARNING)
    async with life(home, clock) as restraints:
        restraints.kicked(RADIO, 1, 60.0)
        away = home.database.with_name("away.db")
        store = Store.open(home.database)
        writer = RestraintWriter(restraints, store, clock)
        home.database.rename(away)
        for _ in range(2):
            await writer.stop(stopping())
        away.rename(home.database)
        store.close()
    assert caplog.text.count("cannot be written") == 1
    async with life(home, clock) as restraints:
        assert restraints.away(RADIO) == (1, 60.0)


async def test_a_kick_before_the_supervisor_was_started(
    make_stage: MakeStage, home: Home, clock: ManualClock
) -> None:
    """The bot stays away for the rest of the time, and an operator has it come back at once."""
    stage = make_stage()
    stage.want("radio", transport="program", server="")
    await stage.connected("radio")
    stage.restraints.kicked(stage.record("radio").mesh, 3, 240.0)
    other = make_stage(restraints=stage.restraints)
    other.want("radio", transport="program", server="")
    record = other.record("radio")
    await other.settled()
    status = reports.mesh_status(record, other.clock.monotonic())
    assert (status.state, status.trouble, record.kicks) == (MeshState.RESTARTING, "kicked", 3)
    assert status.starts_in_seconds is not None
    assert 0 < status.starts_in_seconds <= 240
    other.fleet.start("radio")
    assert other.restraints.away(record.mesh) == (0, 0.0)
    await other.puppet("radio")


async def test_what_a_successor_gets(stage: Stage) -> None:
    """The permit to connect has what the mesh has heard of its bots within the hour."""
    stage.want("radio")
    puppet = await stage.puppet("radio")
    puppet.say(Ready())
    puppet.say(Spent(minutes=MINUTES))
    puppet.say(ConnectRequest())
    assert (await puppet.hear(ConnectPermit)).sent == MINUTES
    puppet.end(ChildExit.CRASHED)
    successor = await stage.puppet("radio", after=puppet)
    successor.say(Ready())
    successor.say(ConnectRequest())
    assert (await successor.hear(ConnectPermit)).sent == MINUTES
