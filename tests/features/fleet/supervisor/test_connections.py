"""Who may connect when, and what failing to means."""

from __future__ import annotations

import logging

import pytest

from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.features.fleet.supervisor import connect_limiter, reports
from meshvisor.features.fleet.supervisor.connections import Connections, is_outage
from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh
from meshvisor.features.fleet.supervisor.record import MeshRecord
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from meshvisor.shared.protocol.from_worker import (
    Connected,
    ConnectionFailed,
    ConnectRequest,
    FailureKind,
    Ready,
)
from meshvisor.shared.protocol.to_worker import ConnectPermit
from tests.features.fleet.supervisor.conftest import MakeStage
from tests.features.fleet.supervisor.puppets import SERVER, Puppet, Stage

UNREACHABLE, REFUSED = FailureKind.UNREACHABLE, FailureKind.REFUSED

OTHER_SERVER = "ws://127.0.0.1:2"


async def fail(stage: Stage, puppet: Puppet, kind: FailureKind, times: int = 3) -> None:
    """Have connects of a worker fail, and return when that is known."""
    record = stage.record(puppet.mesh_id)
    for number in range(times):
        error = f"{kind} {number} {record.connection_attempts}"
        puppet.fail(kind, error)
        await stage.until(lambda: record.last_error == error)  # noqa: B023 - awaited right here


async def ready(stage: Stage, *mesh_ids: str) -> list[Puppet]:
    """Return workers that may fail."""
    puppets = [await stage.puppet(mesh_id) for mesh_id in mesh_ids]
    for puppet in puppets:
        puppet.say(Ready())
    return puppets


def blocked(stage: Stage) -> dict[str, str]:
    """Return the blocked meshes and why."""
    return {entry.mesh_id: entry.reason for entry in stage.blocklist.entries()}


# ---- Failures ----------------------------------------------------------------------------------


async def test_three_failures_block_for_a_while(make_stage: MakeStage) -> None:
    """The worker ends, the count begins anew, and the mesh comes back when the time is over."""
    stage = make_stage(max_connection_attempts=3, blocklist_duration=60.0)
    stage.want("lobby")
    (puppet,) = await ready(stage, "lobby")
    await fail(stage, puppet, REFUSED, 2)
    record = stage.record()
    assert reports.wanted_mesh(record).waiting_for == "its next attempt to connect"
    assert (record.connection_attempts, blocked(stage)) == (2, {})
    assert record.state is MeshState.DISCONNECTED
    await fail(stage, puppet, REFUSED, 1)
    await stage.until_state("lobby", MeshState.BLOCKED)
    assert blocked(stage) == {"lobby": "connection_failures"}
    assert record.connection_attempts == 0
    stage.advance(59.9)
    await stage.settled()
    assert stage.lives() == 1
    stage.advance(0.2)
    await stage.puppet(after=puppet)


async def test_a_success_forgives(stage: Stage) -> None:
    """Only failures in a row count."""
    stage.want("lobby")
    (puppet,) = await ready(stage, "lobby")
    for _ in range(3):
        await fail(stage, puppet, REFUSED, 2)
        puppet.say(Connected())
        record = await stage.until_state("lobby", MeshState.CONNECTED)
        assert (record.connection_attempts, record.last_error) == (0, None)
    assert blocked(stage) == {}


async def test_new_settings_hold_at_once(stage: Stage) -> None:
    """How many failures are too many, and for how long."""
    stage.want("lobby")
    (puppet,) = await ready(stage, "lobby")
    stage.configure(max_connection_attempts=1, blocklist_duration=7.0)
    await fail(stage, puppet, REFUSED, 1)
    await stage.until_state("lobby", MeshState.BLOCKED)
    stage.advance(7.1)
    await stage.puppet(after=puppet)


# ---- Outages -----------------------------------------------------------------------------------


async def test_who_is_asked_to_wait_is_not_blocked(stage: Stage) -> None:
    """A refusal that says when to come again is no failure, however often it is said."""
    stage.want("lobby")
    (puppet,) = await ready(stage, "lobby")
    record = stage.record("lobby")
    for number in range(5):
        error = f"full {number}"
        puppet.say(
            ConnectionFailed(attempt=number + 1, error=error, kind=UNREACHABLE, retry_after=20.0)
        )
        await stage.until(lambda: record.last_error == error)  # noqa: B023 - awaited right here
    assert (blocked(stage), record.connection_attempts) == ({}, 0)
    await fail(stage, puppet, UNREACHABLE, 3)
    await stage.until_state("lobby", MeshState.BLOCKED)


async def test_a_machine_without_a_network_blocks_no_mesh(stage: Stage) -> None:
    """What the machine itself lacks is no failure of the mesh."""
    stage.want("lobby")
    (puppet,) = await ready(stage, "lobby")
    await fail(stage, puppet, FailureKind.OFFLINE, 5)
    assert (blocked(stage), stage.record("lobby").connection_attempts) == ({}, 0)
    assert stage.record("lobby").unreachable
    await fail(stage, puppet, UNREACHABLE, 3)
    await stage.until_state("lobby", MeshState.BLOCKED)


async def test_what_cannot_be_started_blocks_no_mesh(stage: Stage) -> None:
    """Its failures are counted and shown, until it works."""
    stage.want("bridge")
    (puppet,) = await ready(stage, "bridge")
    await fail(stage, puppet, FailureKind.BROKEN, 5)
    record = stage.record("bridge")
    status = reports.mesh_status(record, stage.clock.monotonic())
    assert blocked(stage) == {}
    assert (status.connection_attempts, status.is_healthy, status.trouble) == (5, False, "broken")
    waiting_for = reports.wanted_mesh(record).waiting_for
    assert waiting_for == "what carries it, which cannot be started and is tried again"
    assert reports.health_stats([record], stage.clock.monotonic()).healthy == 0
    puppet.say(Connected())
    await stage.until_state("bridge", MeshState.CONNECTED)
    status = reports.mesh_status(record, stage.clock.monotonic())
    assert (status.connection_attempts, status.is_healthy, status.trouble) == (0, True, None)


async def test_an_outage_blocks_no_mesh(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """A server that several meshes cannot reach is down; both are said, once each."""
    stage.want("lobby", "cinema")
    puppets = await ready(stage, "lobby", "cinema")
    for _ in range(5):
        for puppet in puppets:
            await fail(stage, puppet, UNREACHABLE, 1)
    assert blocked(stage) == {}
    assert [server.name for server in stage.fleet.connections.outages] == [SERVER]
    assert stage.record().connection_attempts == 5
    for puppet in puppets:
        puppet.say(Connected())
        await stage.until_state(puppet.mesh_id, MeshState.CONNECTED)
    assert stage.fleet.connections.outages == frozenset()
    said = [r.message for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(said) == 2
    assert "taken for an outage" in said[0]
    assert said[1] == f"{SERVER} answers again"


async def test_the_last_to_fail_is_not_blocked_for_being_first(stage: Stage) -> None:
    """The first mesh that fails thrice has company as soon as another has failed once."""
    stage.want("lobby", "cinema")
    lobby, cinema = await ready(stage, "lobby", "cinema")
    await fail(stage, lobby, UNREACHABLE, 2)
    await fail(stage, cinema, UNREACHABLE, 1)
    await fail(stage, lobby, UNREACHABLE, 2)
    assert blocked(stage) == {}


async def test_a_single_mesh_is_no_witness(stage: Stage) -> None:
    """Without another mesh to compare, a wrong address is blocked like any other failure."""
    stage.want("lobby")
    (puppet,) = await ready(stage, "lobby")
    await fail(stage, puppet, UNREACHABLE)
    await stage.until_state("lobby", MeshState.BLOCKED)


async def test_refusals_are_no_outage(stage: Stage) -> None:
    """A server that refuses a mesh is there, whatever the others say."""
    stage.want("lobby", "cinema")
    lobby, cinema = await ready(stage, "lobby", "cinema")
    await fail(stage, cinema, UNREACHABLE)
    await fail(stage, lobby, REFUSED)
    await stage.until_state("lobby", MeshState.BLOCKED)
    assert "lobby" in blocked(stage)


async def test_after_an_outage_each_mesh_counts_again(stage: Stage) -> None:
    """Its failures in the outage are forgiven; those after it block, while others are connected."""
    stage.want("lobby", "cinema")
    lobby, cinema = await ready(stage, "lobby", "cinema")
    for puppet in (lobby, cinema, lobby, cinema, lobby, cinema):
        await fail(stage, puppet, UNREACHABLE, 1)
    assert blocked(stage) == {}
    cinema.say(Connected())
    await stage.until_state("cinema", MeshState.CONNECTED)
    await fail(stage, lobby, UNREACHABLE, 1)
    assert blocked(stage) == {}
    await fail(stage, lobby, UNREACHABLE, 2)
    await stage.until_state("lobby", MeshState.BLOCKED)


def mesh(server: str, state: MeshState, *, unreachable: bool) -> MeshRecord:
    """Return what is known of a mesh."""
    return MeshRecord(DiscoveredMesh("x", server, "settings"), state, unreachable=unreachable)


@pytest.mark.parametrize(
    ("others", "outage"),
    [
        pytest.param([], False, id="alone"),
        pytest.param([(SERVER, MeshState.DISCONNECTED, True)], True, id="one more"),
        pytest.param([(SERVER, MeshState.DISCONNECTED, False)], False, id="refused there"),
        pytest.param([(OTHER_SERVER, MeshState.DISCONNECTED, True)], False, id="elsewhere"),
        pytest.param(
            [(SERVER, MeshState.DISCONNECTED, True), (SERVER, MeshState.CONNECTED, False)],
            False,
            id="somebody is connected",
        ),
        pytest.param(
            [(SERVER, MeshState.DISCONNECTED, True), (OTHER_SERVER, MeshState.CONNECTED, False)],
            True,
            id="somebody is connected elsewhere",
        ),
    ],
)
def test_what_an_outage_is(others: list[tuple[str, MeshState, bool]], outage: bool) -> None:
    """Several meshes cannot reach one server, and none is connected to it."""
    failing = mesh(SERVER, MeshState.DISCONNECTED, unreachable=True)
    records = [mesh(server, state, unreachable=flag) for server, state, flag in others]
    assert is_outage(failing, [failing, *records]) is outage


# ---- Permits -----------------------------------------------------------------------------------


async def asking(stage: Stage, count: int) -> list[Puppet]:
    """Return workers that have asked to connect, in this order."""
    names = [f"room-{number}" for number in range(count)]
    stage.want(*names)
    puppets = await ready(stage, *names)
    for puppet in puppets:
        puppet.say(ConnectRequest())
        record = stage.record(puppet.mesh_id)
        await stage.until(lambda: record.connect_request is not None)  # noqa: B023 - awaited here
    return puppets


def permitted(puppets: list[Puppet]) -> list[int]:
    """Return who may connect."""
    return [number for number, puppet in enumerate(puppets) if puppet.heard(ConnectPermit)]


async def test_permits_in_turn(make_stage: MakeStage) -> None:
    """A second after two connects have ended, the next two may begin."""
    stage = make_stage(connects_per_second=2)
    puppets = await asking(stage, 5)
    await puppets[1].has_heard(ConnectPermit)
    await stage.settled()
    assert permitted(puppets) == [0, 1]
    puppets[0].say(Connected())
    puppets[1].fail()
    await stage.until_state("room-0", MeshState.CONNECTED)
    await stage.until_state("room-1", MeshState.DISCONNECTED)
    stage.advance(0.9)
    await stage.settled()
    assert permitted(puppets) == [0, 1]
    stage.advance(0.2)
    await puppets[3].has_heard(ConnectPermit)
    await stage.settled()
    assert permitted(puppets) == [0, 1, 2, 3]


async def test_a_permit_answers_its_request(stage: Stage) -> None:
    """A worker that asks anew is answered with what it asked last."""
    stage.want("lobby")
    (puppet,) = await ready(stage, "lobby")
    for _ in range(2):
        request = ConnectRequest()
        puppet.say(request)
        assert (await puppet.hear(ConnectPermit)).reply_to == request.id
        puppet.fail()
        await stage.until_state("lobby", MeshState.DISCONNECTED)


async def test_dead_workers_hold_no_other_up(make_stage: MakeStage) -> None:
    """Who dies in the queue has no turn; who dies with a permit gives it back."""
    stage = make_stage(connects_per_second=1, process_restart_delay=300.0)
    puppets = await asking(stage, 3)
    await puppets[0].has_heard(ConnectPermit)
    for number in (1, 0):
        puppets[number].end()
        record = stage.record(f"room-{number}")
        await stage.until(lambda: record.last_crash)  # noqa: B023 - awaited here
    stage.advance(1.1)
    await puppets[2].hear(ConnectPermit)


async def test_a_raised_limit_holds_at_once(make_stage: MakeStage) -> None:
    """Who waits need not wait for the next turn."""
    stage = make_stage(connects_per_second=1)
    puppets = await asking(stage, 3)
    stage.configure(connects_per_second=3)
    for puppet in puppets:
        await puppet.hear(ConnectPermit)


async def test_turns_come_without_a_look(
    home: Home, monkeypatch: pytest.MonkeyPatch, make_stage: MakeStage
) -> None:
    """The next permit goes out by itself when its time has come."""
    monkeypatch.setattr(connect_limiter, "PERIOD", 0.05)
    stage = make_stage(connects_per_second=1)
    puppets = await asking(stage, 2)
    clock = SystemClock()
    settings = FleetSettings(connects_per_second=1)
    alone = Connections(
        settings,
        stage.fleet.records,
        Blocklist(home.below("other.json"), clock),
        clock,
        stage.checkpoints,
        stage.restraints,
    )
    for puppet in puppets:
        puppet._said_to.clear()
        alone.requested(stage.record(puppet.mesh_id), 1)
    await puppets[0].hear(ConnectPermit)
    failed = ConnectionFailed(attempt=1, error="no", kind=REFUSED)
    alone.failed(stage.record("room-0"), failed)
    assert not puppets[1].heard(ConnectPermit)
    await puppets[1].hear(ConnectPermit)
