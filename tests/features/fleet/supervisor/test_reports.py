"""What a fleet tells about itself."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.fleet.results import Totals
from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.features.fleet.supervisor import reports
from meshvisor.features.fleet.supervisor.monitor import Monitor
from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh
from meshvisor.features.fleet.supervisor.record import MeshRecord
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.protocol.from_worker import Counters, Disconnected
from tests.clock import ManualClock
from tests.features.fleet.supervisor.conftest import MakeStage
from tests.features.fleet.supervisor.puppets import SERVER, Stage


def mesh(state: MeshState, mesh_id: str = "lobby") -> MeshRecord:
    """Return a mesh without a process."""
    return MeshRecord(DiscoveredMesh(mesh_id, SERVER, "settings"), state)


async def asked(stage: Stage) -> Monitor:
    """Ask every worker of a stage for its status; return whom they have answered."""
    monitor = Monitor(stage.settings.of(FleetSettings), stage.fleet, stage.clock)
    await monitor.poll()
    return monitor


async def test_a_mesh_that_works(stage: Stage) -> None:
    """Everything is known of it once it has answered."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    puppet.status = msgspec.structs.replace(puppet.status, counters=Counters(commands=4))
    record = stage.record()
    stage.clock.advance(2.5)
    before = reports.mesh_status(record, stage.clock.monotonic())
    assert (before.event_loop_lag_ms, before.memory_bytes, before.is_healthy) == (None, None, True)
    await asked(stage)
    stage.clock.advance(1)
    health = reports.process_health(record, stage.clock.monotonic(), 0.25)
    assert health.model_dump() == {
        "mesh_id": "lobby",
        "state": MeshState.CONNECTED,
        "pid": os.getpid(),
        "uptime_seconds": 3.5,
        "restarts": 0,
        "connection_attempts": 0,
        "is_healthy": True,
        "event_loop_lag_ms": 2.0,
        "memory_bytes": 3,
        "last_error": None,
        "server": SERVER,
        "heartbeat_age_seconds": 0.25,
        "status_age_seconds": 1.0,
        "counters": msgspec.structs.asdict(Counters(commands=4)),
    }


def test_a_mesh_without_a_process() -> None:
    """What cannot be known is None, and no worker is healthy that is not there."""
    record = mesh(MeshState.FAILED)
    record.lives, record.last_error, record.connection_attempts = 3, "it crashed", 2
    health = reports.process_health(record, 1000.0, None)
    assert (health.pid, health.uptime_seconds, health.memory_bytes) == (None, None, None)
    assert (health.status_age_seconds, health.counters) == (None, {})
    assert (health.restarts, health.connection_attempts) == (2, 2)
    assert (health.is_healthy, health.last_error) == (False, "it crashed")


async def test_who_is_healthy(stage: Stage) -> None:
    """A process without a room may be well; one that is silent, mute or doomed is not."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    record = stage.record()

    def is_healthy() -> bool:
        return reports.mesh_status(record, 0.0).is_healthy

    puppet.say(Disconnected(reason="gone", server_initiated=False))
    await stage.until_state("lobby", MeshState.DISCONNECTED)
    assert is_healthy()
    process = record.process
    assert process is not None
    process.polls_missed = 1
    assert not is_healthy()
    process.polls_missed, process.fault = 0, "hung"
    assert not is_healthy()
    process.fault = None
    assert is_healthy()
    record.become(MeshState.UNHEALTHY)
    assert not is_healthy()


async def test_a_suspect_is_not_healthy(stage: Stage) -> None:
    """A loop that has not run for a second shows before it is called hung."""
    stage.want("lobby")
    await stage.connected("lobby")
    monitor = await asked(stage)
    for _ in range(6):
        stage.clock.advance(0.2)
        monitor.scan()
    assert not reports.mesh_status(stage.record(), stage.clock.monotonic()).is_healthy


async def test_sums(make_stage: MakeStage) -> None:
    """Meshes are counted by state, workers by what they answered."""
    stage = make_stage(max_process_restarts=0)
    stage.want("lobby", "cinema", "attic", "cellar")
    _, cinema, attic, _ = await stage.connected("lobby", "cinema", "attic", "cellar")
    attic.end()
    await stage.until_state("attic", MeshState.FAILED)
    stage.blocklist.block("cellar", "operator", 60)
    stage.blocklist.block("elsewhere", "kicked", None)
    stage.blocklist.block("nowhere", "kicked", None)
    stage.fleet.changed()
    await stage.until_state("cellar", MeshState.BLOCKED)
    cinema.say(Disconnected(reason="gone", server_initiated=False))
    await stage.until_state("cinema", MeshState.DISCONNECTED)
    cinema.status = msgspec.structs.replace(cinema.status, event_loop_lag_ms=9, memory_bytes=40)
    await asked(stage)
    stage.record("attic").lives = 3
    records = stage.fleet.records.values()
    assert reports.totals(records, stage.blocklist) == Totals(
        meshes=4, connected=1, unhealthy=0, failed=1, blocked=3, blocked_permanently=2
    )
    stats = reports.health_stats(iter(records), stage.clock.monotonic())
    assert (stats.total, stats.healthy, stats.connected, stats.disconnected) == (2, 2, 1, 1)
    assert (stats.unhealthy, stats.failed, stats.restarts) == (0, 1, 2)
    assert (stats.max_event_loop_lag_ms, stats.memory_bytes) == (9.0, 43)


def test_sums_of_nothing() -> None:
    """A fleet without meshes has no lag, and not a lag of zero."""
    stats = reports.health_stats([], 0.0)
    assert (stats.total, stats.max_event_loop_lag_ms, stats.memory_bytes) == (0, None, 0)


@pytest.mark.parametrize("state", MeshState)
def test_what_a_mesh_waits_for(state: MeshState) -> None:
    """A mesh that is not where people want it says why, and no other does."""
    waiting_for = reports.wanted_mesh(mesh(state)).waiting_for
    at_work = {MeshState.CONNECTED, MeshState.SPAWNING, MeshState.UNHEALTHY}
    assert (waiting_for is None) is (state in at_work)


def test_what_a_stopped_mesh_waits_for() -> None:
    """An operator's stop ends by an operator's start, a farewell by discovery."""
    record = mesh(MeshState.STOPPED, "attic")
    assert "discovery" in str(reports.wanted_mesh(record).waiting_for)
    record.stopped_by_operator = True
    wanted = reports.wanted_mesh(record)
    assert wanted.waiting_for == "an operator: meshvisor start attic"
    assert (wanted.server, wanted.source) == (SERVER, "settings")


@pytest.mark.parametrize("state", [MeshState.RESTARTING, MeshState.FAILED])
def test_when_a_mesh_is_tried_again(state: MeshState) -> None:
    """A mesh in a pause says how long it still is; others have no such field."""
    record = mesh(state)
    record.start_at = 1012.5
    assert reports.mesh_status(record, 1000.0).model_dump()["starts_in_seconds"] == 12.5
    assert reports.mesh_status(record, 2000.0).starts_in_seconds == 0
    assert "starts_in_seconds" not in reports.mesh_status(mesh(MeshState.WAITING), 0.0).model_dump()


def test_why_a_mesh_is_blocked(tmp_path: Path) -> None:
    """A blocked mesh has its entry of the blocklist, to the second."""
    clock = ManualClock()
    blocklist = Blocklist(tmp_path / "blocklist.json", clock)
    blocklist.block("lobby", "connection_failures", 15)
    records = [mesh(MeshState.BLOCKED), mesh(MeshState.CONNECTED, "cinema")]
    blocks = reports.blocks(records, blocklist, clock.wall())
    shown = [reports.mesh_status(one, 0.0, blocks.get(one.mesh_id)) for one in records]
    assert shown[0].block is not None
    assert (shown[0].block.reason, shown[0].block.remaining_seconds) == ("connection_failures", 15)
    assert "block" not in shown[1].model_dump()
