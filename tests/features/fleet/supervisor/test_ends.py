"""What it means that a bot cannot get into a mesh or has to leave it, by kind of transport."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.fleet.supervisor import reports
from meshvisor.shared.logs.secrets import remember
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.protocol.from_worker import (
    Connected,
    ConnectionFailed,
    ConnectRequest,
    Disconnected,
    FailureKind,
    Kicked,
    Ready,
    Remarked,
)
from meshvisor.shared.protocol.to_worker import ConnectPermit
from tests.features.fleet.supervisor.conftest import MakeStage
from tests.features.fleet.supervisor.puppets import Puppet, Stage
from tests.wire.install import install_wire

UNREACHABLE, REFUSED = FailureKind.UNREACHABLE, FailureKind.REFUSED

ROOM: dict[str, Any] = {}
"""What is said of a mesh whose transport is a watch-party room."""

WIRE: dict[str, Any] = {"transport": "wire", "server": "", "settings": {"path": "/run/wire"}}
"""The same of one whose transport was installed."""

every_kind = pytest.mark.parametrize("kind", [ROOM, WIRE], ids=["watch-party", "wire"])


@pytest.fixture(autouse=True)
def _wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have wires, on which being unreachable or kicked blocks no mesh."""
    install_wire(tmp_path / "packages")
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))


async def fail(stage: Stage, puppet: Puppet, kind: FailureKind, times: int) -> None:
    """Have connects of a worker fail, and return when that is known."""
    record = stage.record(puppet.mesh_id)
    for number in range(times):
        error = f"{kind} {number} of {times}, {record.connection_attempts}"
        puppet.fail(kind, error)
        await stage.until(lambda: record.last_error == error)  # noqa: B023 - awaited right here


async def ready(stage: Stage, mesh_id: str = "lobby") -> Puppet:
    """Return a worker that may fail."""
    puppet = await stage.puppet(mesh_id)
    puppet.say(Ready())
    return puppet


async def test_a_server_that_repeats_a_secret(stage: Stage) -> None:
    """What it was sent stands in no status and no event."""
    stage.want("lobby", **WIRE)
    remember(["open-sesame-open"])
    puppet = await ready(stage)
    record = stage.record("lobby")
    puppet.fail(REFUSED, "PASS open-sesame-open is wrong")
    await stage.until(lambda: record.last_error is not None)
    assert record.last_error == "PASS *** is wrong"
    puppet.say(Remarked(text="open-sesame-open is in use"))
    await stage.until(lambda: record.remark is not None)
    assert record.remark == "*** is in use"


# ---- Failing to connect --------------------------------------------------------------------------


async def test_what_cannot_be_reached_is_never_blocked(stage: Stage) -> None:
    """Where meshes have servers of their own; and one refusal among outages is only one."""
    stage.want("lobby", **WIRE)
    puppet = await ready(stage)
    await fail(stage, puppet, UNREACHABLE, 10)
    await fail(stage, puppet, REFUSED, 2)
    await fail(stage, puppet, UNREACHABLE, 5)
    assert not stage.blocklist.entries()
    assert stage.record().connection_attempts == 17
    await fail(stage, puppet, REFUSED, 1)
    await stage.until_state("lobby", MeshState.BLOCKED)


async def test_a_room_that_cannot_be_reached_is_blocked(stage: Stage) -> None:
    """Watch-party rooms keep their rule."""
    stage.want("lobby")
    await fail(stage, await ready(stage), UNREACHABLE, 3)
    await stage.until_state("lobby", MeshState.BLOCKED)


@every_kind
async def test_a_refusal_blocks_everywhere(stage: Stage, kind: dict[str, Any]) -> None:
    """Who does not want the bot is not asked again and again."""
    stage.want("lobby", **kind)
    await fail(stage, await ready(stage), REFUSED, 3)
    await stage.until_state("lobby", MeshState.BLOCKED)


@every_kind
async def test_the_wait_that_was_asked_for_is_shown(stage: Stage, kind: dict[str, Any]) -> None:
    """And is over with the next success."""
    stage.want("lobby", **kind)
    puppet = await ready(stage)
    puppet.say(ConnectionFailed(attempt=1, error="full", kind=UNREACHABLE, retry_after=90.0))
    record = await stage.until_state("lobby", MeshState.DISCONNECTED)
    stage.advance(30.0)
    status = reports.mesh_status(record, stage.clock.monotonic())
    assert status.tries_again_in_seconds == 60.0
    puppet.say(Connected())
    await stage.until_state("lobby", MeshState.CONNECTED)
    shown = reports.mesh_status(record, stage.clock.monotonic()).model_dump()
    assert "tries_again_in_seconds" not in shown


# ---- Connecting in turn --------------------------------------------------------------------------


async def test_each_server_has_its_own_turn(make_stage: MakeStage) -> None:
    """A slow one holds up only its own meshes."""
    stage = make_stage(connects_per_second=1)
    stage.want("a", "b")
    for mesh_id in ("a", "b"):
        puppet = await ready(stage, mesh_id)
        puppet.say(ConnectRequest())
        record = stage.record(mesh_id)
        await stage.until(lambda: record.connect_request is not None)  # noqa: B023 - awaited here
    a, b = [await stage.puppet(mesh_id) for mesh_id in ("a", "b")]
    await a.has_heard(ConnectPermit)
    await stage.settled()
    assert not b.heard(ConnectPermit)
    stage.want("a", "b", "c", server="ws://127.0.0.1:2")
    c = await ready(stage, "c")
    c.say(ConnectRequest())
    await c.hear(ConnectPermit)


@pytest.mark.parametrize(
    ("changes", "shared"),
    [
        ({"settings": {"path": "/run/one"}}, True),
        ({"transport": "wire"}, False),
    ],
    ids=["one path", "different paths"],
)
async def test_what_a_transport_calls_a_server(
    make_stage: MakeStage, changes: dict[str, Any], shared: bool
) -> None:
    """The kind says what meshes are limited together by their own settings."""
    stage = make_stage(connects_per_second=1)
    from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh

    meshes = [
        DiscoveredMesh(
            mesh_id,
            "",
            "settings",
            "wire",
            settings=changes.get("settings", {"path": f"/run/{mesh_id}"}),
        )
        for mesh_id in ("a", "b")
    ]
    stage.fleet.want(meshes, stage.clock.monotonic())
    puppets = [await ready(stage, mesh_id) for mesh_id in ("a", "b")]
    for puppet in puppets:
        puppet.say(ConnectRequest())
    await puppets[0].has_heard(ConnectPermit)
    record = stage.record("b")
    await stage.until(lambda: record.connect_request is not None)
    await stage.settled()
    assert bool(puppets[1].heard(ConnectPermit)) is not shared


async def test_who_is_sent_away_at_the_door_gives_the_permit_back(make_stage: MakeStage) -> None:
    """As one whose connect has failed does."""
    stage = make_stage(connects_per_second=1)
    stage.want("a", "b")
    a, b = [await ready(stage, mesh_id) for mesh_id in ("a", "b")]
    a.say(ConnectRequest())
    await a.hear(ConnectPermit)
    b.say(ConnectRequest())
    a.say(Disconnected(reason="", server_initiated=False, kind="replaced", retry_after=60.0))
    await stage.until_state("a", MeshState.DISCONNECTED)
    stage.advance(1.1)
    await b.hear(ConnectPermit)


# ---- Having to leave -----------------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("trouble", ["replaced", "unauthorized"])
async def test_a_stay_that_ends_like_this_blocks_no_mesh(
    stage: Stage, kind: dict[str, Any], trouble: Any
) -> None:
    """The worker stays and waits, what is the matter is shown, and is over when it is back."""
    stage.want("lobby", **kind)
    (puppet,) = await stage.connected("lobby")
    puppet.say(
        Disconnected(reason="said so", server_initiated=False, kind=trouble, retry_after=60.0)
    )
    record = await stage.until_state("lobby", MeshState.DISCONNECTED)
    status = reports.mesh_status(record, stage.clock.monotonic())
    assert (status.trouble, status.tries_again_in_seconds) == (trouble, 60.0)
    assert str(status.last_error).endswith(": said so")
    assert not stage.blocklist.entries()
    puppet.say(Connected())
    await stage.until_state("lobby", MeshState.CONNECTED)
    assert record.trouble is None
    assert stage.lives() == 1


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("", "another client has taken the connection"),
        ("another phone", "another client has taken the connection: another phone"),
        ("another client has taken the radio", "another client has taken the radio"),
    ],
)
async def test_another_client_is_named_once(stage: Stage, reason: str, says: str) -> None:
    """Whether or not the transport says itself that it was one."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    puppet.say(Disconnected(reason=reason, server_initiated=False, kind="replaced"))
    record = await stage.until_state("lobby", MeshState.DISCONNECTED)
    assert record.last_error == says


@pytest.mark.parametrize("end", ["lost", "killed", "said otherwise"])
async def test_a_remark_lasts_as_long_as_the_session(stage: Stage, end: str) -> None:
    """It is shown while the bot is connected, and says nothing of the next session."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    record = stage.record()

    def shown() -> str | None:
        return reports.mesh_status(record, stage.clock.monotonic()).remark

    puppet.say(Remarked(text="two channels at most"))
    await stage.until(lambda: shown() == "two channels at most")
    if end == "said otherwise":
        puppet.say(Remarked(text=""))
        await stage.until(lambda: shown() is None)
        return
    if end == "lost":
        puppet.say(Disconnected(reason="lost", server_initiated=False))
        await stage.until_state("lobby", MeshState.DISCONNECTED)
        puppet.say(Connected())
    else:
        puppet.end(-9)
        await stage.connected("lobby")
    await stage.until_state("lobby", MeshState.CONNECTED)
    assert shown() is None


async def test_an_account_that_is_not_accepted_at_the_door(stage: Stage) -> None:
    """It blocks no mesh, and is shown as what it is."""
    stage.want("lobby", **WIRE)
    puppet = await ready(stage)
    await fail(stage, puppet, FailureKind.UNAUTHORIZED, 5)
    status = reports.mesh_status(stage.record(), stage.clock.monotonic())
    assert status.trouble == "unauthorized"
    assert "credentials" in str(reports.wanted_mesh(stage.record()).waiting_for)
    assert not stage.blocklist.entries()


async def kick(stage: Stage, puppet: Puppet, retry_after: float | None = None) -> None:
    """Throw a bot out; its worker ends by itself."""
    puppet.say(Kicked(reason="be quiet", retry_after=retry_after))
    await stage.until(lambda: str(stage.record().last_error).startswith("kicked"))
    puppet.end(ChildExit.DONE)


async def test_a_kick_from_a_room_is_for_ever(stage: Stage) -> None:
    """As people there are used to."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    await kick(stage, puppet, retry_after=5.0)
    await stage.until_state("lobby", MeshState.BLOCKED)
    assert [entry.blocked_until for entry in stage.blocklist.entries()] == [None]


async def test_a_kick_elsewhere_is_a_pause(stage: Stage) -> None:
    """It is shown, and each further one is longer, until the bot has stayed for long."""
    stage.want("lobby", **WIRE)
    puppet = None
    for pause in (60.0, 120.0, 240.0):
        puppet = await stage.puppet(after=puppet)
        await stage.connected("lobby")
        await kick(stage, puppet)
        record = await stage.until_state("lobby", MeshState.RESTARTING)
        status = reports.mesh_status(record, stage.clock.monotonic())
        assert (status.trouble, status.starts_in_seconds) == ("kicked", pause)
        stage.advance(pause - 1)
        await stage.settled()
        assert record.state is MeshState.RESTARTING
        stage.advance(1.1)
    puppet = await stage.puppet(after=puppet)
    await stage.connected("lobby")
    stage.advance(3601)
    await kick(stage, puppet)
    record = await stage.until_state("lobby", MeshState.RESTARTING)
    assert reports.mesh_status(record, stage.clock.monotonic()).starts_in_seconds == 60.0
    assert not stage.blocklist.entries()
    assert record.crashes.times == ()


async def test_a_kick_with_a_time(stage: Stage) -> None:
    """The network says when it wants to see the bot again."""
    stage.want("lobby", **WIRE)
    (puppet,) = await stage.connected("lobby")
    await kick(stage, puppet, retry_after=600.0)
    record = await stage.until_state("lobby", MeshState.RESTARTING)
    assert reports.mesh_status(record, stage.clock.monotonic()).starts_in_seconds == 600.0


async def test_an_operator_ends_the_pause(stage: Stage) -> None:
    """Who says 'meshvisor start' or 'restart' has spoken with those who kicked it."""
    stage.want("lobby", **WIRE)
    (puppet,) = await stage.connected("lobby")
    await kick(stage, puppet)
    await stage.until_state("lobby", MeshState.RESTARTING)
    stage.fleet.start("lobby")
    await stage.puppet(after=puppet)
