"""One worker per wanted mesh, whatever happens to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from meshvisor.features.fleet.supervisor import manager as manager_module
from meshvisor.features.fleet.supervisor.reconcile import Actual, Desired, Plan, reconcile
from meshvisor.shared.errors import UsageError
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.protocol.from_worker import (
    Connected,
    ConnectRequest,
    Disconnected,
    IntentionalLeave,
    Kicked,
    Ready,
)
from meshvisor.shared.protocol.messages import Error
from meshvisor.shared.protocol.to_worker import RefreshCredentials, Shutdown
from tests.features.fleet.supervisor.conftest import MakeStage
from tests.features.fleet.supervisor.puppets import SERVER, Stage

OTHER_SERVER = "ws://127.0.0.1:2"


# ---- Starting ----------------------------------------------------------------------------------


async def test_one_worker_for_each_mesh(stage: Stage) -> None:
    """Each gets its mesh and its address, gets credentials, and has a heartbeat of its own."""
    stage.want("lobby", "cinema")
    for mesh_id in ("lobby", "cinema"):
        puppet = await stage.puppet(mesh_id)
        assert puppet.start.params["mesh_id"] == mesh_id
        assert puppet.start.params["server"] == SERVER
        assert puppet.start.params["memory_limit_bytes"] == 512 * 1024 * 1024
        assert (await puppet.hear(RefreshCredentials)).credentials.peer_id == "1_bot"
    assert len({order.slot for order in stage.spawner.orders}) == 2
    assert {process.mesh_id for process in stage.fleet.processes()} == {"lobby", "cinema"}
    stage.want("lobby", "cinema")
    await stage.settled()
    assert stage.lives("lobby") == 1


async def test_a_worker_is_not_silent_before_its_first_word(stage: Stage) -> None:
    """Its heartbeat counts from the moment at which it is asked for."""
    stage.want("lobby")
    await stage.puppet()
    assert stage.heartbeats.last(stage.spawner.orders[0].slot) == stage.clock.monotonic()


async def test_a_life_is_shown(stage: Stage) -> None:
    """What a worker says of itself is the state that people see."""
    stage.want("lobby")
    await stage.until_state("lobby", MeshState.SPAWNING)
    (puppet,) = await stage.connected("lobby")
    puppet.say(Disconnected(reason="the line is cut", server_initiated=False))
    record = await stage.until_state("lobby", MeshState.DISCONNECTED)
    assert record.last_error == "the line is cut"
    puppet.say(ConnectRequest())
    puppet.say(Connected())
    assert (await stage.until_state("lobby", MeshState.CONNECTED)).last_error is None
    puppet.say(Error(error="a command failed", source="command:x"))
    await stage.until(lambda: record.last_error == "a command failed")
    assert stage.lives() == 1


async def test_what_needs_no_plan(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker's state is found without a look at every mesh; what ends its life is planned for."""
    stage.want("lobby", "cinema")
    puppet, _ = await stage.connected("lobby", "cinema")
    await stage.settled()
    plans: list[float] = []

    def noted(desired: Desired, actual: Mapping[str, Actual], now: float) -> Plan:
        plans.append(now)
        return reconcile(desired, actual, now)

    monkeypatch.setattr(manager_module, "reconcile", noted)
    puppet.say(Disconnected(reason="the line is cut", server_initiated=False))
    await stage.until_state("lobby", MeshState.DISCONNECTED)
    puppet.say(ConnectRequest())
    puppet.say(Connected())
    await stage.until_state("lobby", MeshState.CONNECTED)
    assert not plans
    puppet.say(Kicked(reason="away with you"))
    await stage.until_state("lobby", MeshState.BLOCKED)
    assert plans


async def test_no_worker_can_be_forked(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, tried again and again, and no crash of the mesh."""
    stage.spawner.refusal = "cannot fork"
    stage.want("lobby")
    record = await stage.until_state("lobby", MeshState.RESTARTING)
    assert record.last_error == "cannot fork"
    for _ in range(3):
        tries = len(stage.spawner.orders)
        stage.advance(0.2)
        await stage.until_state("lobby", MeshState.RESTARTING)
        await stage.until_count(lambda: len(stage.spawner.orders), tries + 1)
    stage.spawner.refusal = None
    await stage.until_state("lobby", MeshState.RESTARTING)
    stage.advance(0.2)
    await stage.puppet()
    assert record.crashes.times == ()
    assert caplog.text.count("cannot fork") == 1
    assert len({order.slot for order in stage.spawner.orders}) == 1


async def test_it_is_tried_again_by_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manager wakes up by itself when a restart is due."""
    stage.spawner.refusal = "cannot fork"
    stage.want("lobby")
    await stage.until_state("lobby", MeshState.RESTARTING)
    stage.spawner.refusal = None
    stage.clock.advance(0.2)
    await stage.puppet()


async def test_no_more_than_max_processes(make_stage: MakeStage) -> None:
    """The others wait visibly, and have their turn when there is room."""
    stage = make_stage(max_processes=1)
    stage.want("lobby", "cinema")
    await stage.connected("lobby")
    assert stage.record("cinema").state is MeshState.WAITING
    assert stage.configure(max_processes=2) == []
    await stage.connected("cinema")
    stage.configure(max_processes=1)
    await stage.until_state("cinema", MeshState.WAITING)
    assert stage.record("lobby").state is MeshState.CONNECTED


# ---- Crashing ----------------------------------------------------------------------------------


async def test_a_first_crash_costs_no_time(stage: Stage) -> None:
    """The successor starts at once, in the same slot, and the reason stays visible."""
    stage.want("lobby")
    (first,) = await stage.connected("lobby")
    first.end(5)
    second = await stage.puppet(after=first)
    await stage.connected("lobby")
    assert stage.record().last_error == "the worker exited with code 5"
    assert stage.record().lives == 2
    assert second.start.params == first.start.params
    assert len({order.slot for order in stage.spawner.orders}) == 1


async def test_more_crashes_cost_more_and_more(make_stage: MakeStage) -> None:
    """Delays double, and a mesh that crashes too often has failed until it is probed."""
    stage = make_stage(process_restart_delay=5, max_process_restarts=3)
    stage.want("lobby")
    record = stage.record()
    for crashes, delay in enumerate((0, 5, 10), 1):
        puppet = await stage.puppet()
        puppet.end()
        await stage.until_count(lambda: len(record.crashes.times), crashes)
        assert record.start_at - stage.clock.monotonic() == delay
        if delay:
            stage.advance(delay - 0.1)
            await stage.settled()
            assert record.state is MeshState.RESTARTING
            stage.advance(0.1)
        await stage.puppet(after=puppet)
    (await stage.puppet()).end()
    await stage.until_state("lobby", MeshState.FAILED)
    stage.advance(300)
    await stage.puppet()
    assert record.lives == 5


async def test_by_hand_a_failed_mesh_starts_at_once(make_stage: MakeStage) -> None:
    """Its crashes are forgotten, too."""
    stage = make_stage(max_process_restarts=0)
    stage.want("lobby")
    (await stage.puppet()).end()
    record = await stage.until_state("lobby", MeshState.FAILED)
    stage.fleet.start("lobby")
    await stage.puppet()
    assert record.crashes.times == ()


async def test_broken_speech_ends_a_life(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """What was wrong is in the log, but no secrets, and the mesh gets another worker."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    puppet.say_bytes(b'{"type":"ready","auth_token":"s3cret","id":"x"}\n')
    await stage.puppet(after=puppet)
    assert "broke the protocol: ready.id: " in str(stage.record().last_crash)
    assert '{"type":"ready","auth_token":"***"' in caplog.text
    assert "s3cret" not in caplog.text


async def test_a_state_that_cannot_be_is_not_believed(stage: Stage) -> None:
    """A worker that is connected before it is ready is broken."""
    stage.want("lobby")
    puppet = await stage.puppet()
    puppet.say(Connected())
    await stage.puppet(after=puppet)
    assert "said connected while the mesh was spawning" in str(stage.record().last_crash)


async def test_unknown_messages_are_answered(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """A newer worker learns that it was not understood, and stays."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    puppet.say_bytes(b'{"type":"teleport","id":41}\n')
    answer = await puppet.hear(Error)
    assert (answer.reply_to, answer.error) == (41, "unknown message type 'teleport'")
    for number in range(20):
        puppet.say_bytes(b'{"type":"teleport","id":%d}\n' % number)
        await puppet.hear(Error)
    assert stage.record().state is MeshState.CONNECTED
    assert caplog.text.count("unknown type") == 5  # the 1st, 2nd, 4th, 8th and 16th


# ---- Leaving -----------------------------------------------------------------------------------


async def test_a_kick_is_for_ever(stage: Stage) -> None:
    """No crash is counted, no worker is started, until the mesh is unblocked."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    puppet.say(Kicked(reason="spam"))
    await stage.until(lambda: stage.blocklist.is_blocked("lobby"))
    puppet.end(0)
    record = await stage.until_state("lobby", MeshState.BLOCKED)
    assert (record.last_error, record.crashes.times) == ("kicked: spam", ())
    assert [(e.reason, e.blocked_until) for e in stage.blocklist.entries()] == [("kicked", None)]
    stage.advance(10_000_000)
    stage.want("lobby")
    await stage.settled()
    assert stage.lives() == 1
    stage.blocklist.unblock("lobby")
    stage.fleet.changed()
    await stage.puppet(after=puppet)


async def test_an_end_while_blocked_is_no_crash(stage: Stage) -> None:
    """A worker that ends before it was asked to is not counted, whatever its exit code."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    stage.blocklist.block("lobby", "operator", None)
    puppet.end()
    record = await stage.until_state("lobby", MeshState.BLOCKED)
    assert (record.crashes.times, record.last_crash) == ((), None)


async def test_a_block_ends_the_worker(stage: Stage) -> None:
    """A mesh that an operator blocks is left politely, and no other."""
    stage.want("lobby", "cinema")
    puppet, _ = await stage.connected("lobby", "cinema")
    stage.blocklist.block("lobby", "operator", 60)
    stage.fleet.changed()
    await stage.until_state("lobby", MeshState.BLOCKED)
    assert puppet.heard(Shutdown)
    stage.advance(61)
    await stage.puppet(after=puppet)
    assert stage.record("cinema").state is MeshState.CONNECTED


async def test_who_leaves_while_it_is_seen_again_has_not_crashed(stage: Stage) -> None:
    """Discovery may see the mesh between the farewell and the end of the worker."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    puppet.say(IntentionalLeave(reason="the room is empty"))
    await stage.until(lambda: stage.record().left_at is not None or None)
    stage.advance(1)
    stage.want("lobby")
    puppet.end(0)
    await stage.puppet("lobby", after=puppet)
    assert stage.record().crashes.times == ()
    assert stage.record().last_crash is None


@pytest.mark.parametrize(
    "farewell",
    [
        pytest.param(IntentionalLeave(reason="the room is empty"), id="it left"),
        pytest.param(Disconnected(reason="the room is empty", server_initiated=True), id="closed"),
    ],
)
async def test_who_leaves_waits_for_discovery(
    stage: Stage, farewell: IntentionalLeave | Disconnected
) -> None:
    """A look from before does not count, nor a memory; a fresh look brings the bot back."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    puppet.say(farewell)
    puppet.end(0)
    record = await stage.until_state("lobby", MeshState.STOPPED)
    assert (record.last_error, record.crashes.times) == ("the room is empty", ())
    stage.want("lobby")
    stage.advance(1)
    stage.want("lobby", stale=True)
    await stage.settled()
    assert record.state is MeshState.STOPPED
    stage.want("lobby")
    await stage.puppet(after=puppet)


async def test_a_vanished_mesh_is_forgotten(stage: Stage) -> None:
    """Its worker leaves politely; when the mesh is seen again, it is a new one."""
    stage.want("lobby", "cinema")
    puppet, _ = await stage.connected("lobby", "cinema")
    stage.want("cinema")
    assert (await puppet.hear(Shutdown)).mode == "graceful"
    await stage.until(lambda: "lobby" not in stage.fleet.records)
    assert stage.fleet.wanted == ("cinema",)
    stage.want("cinema", "lobby")
    await stage.puppet()
    assert stage.record().lives == 1


async def test_a_mesh_that_moves_is_followed(stage: Stage) -> None:
    """Its worker is replaced by one that knows the new server; it is no crash."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    stage.want("lobby", server=OTHER_SERVER)
    successor = await stage.puppet(after=puppet)
    assert successor.start.params["server"] == OTHER_SERVER
    assert stage.record().crashes.times == ()


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"server": OTHER_SERVER}, "its server has moved"),
        (
            {"server": "", "transport": "program"},
            "its transport is program now, no longer watch-party",
        ),
        ({"address": "#there"}, "its settings have changed"),
    ],
)
async def test_why_a_mesh_gets_another_worker(
    stage: Stage, caplog: pytest.LogCaptureFixture, now: dict[str, Any], said: str
) -> None:
    """What has changed is said as what it is."""
    caplog.set_level(logging.INFO)
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    stage.want("lobby", **now)
    await stage.puppet(after=puppet)
    assert f"stopping: {said}\n" in caplog.text


# ---- What operators ask for --------------------------------------------------------------------


async def test_stop_and_start(stage: Stage) -> None:
    """A stopped mesh stays so, also when discovery sees it, until it is started."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    await stage.fleet.stop_mesh("lobby")
    assert puppet.ended.result() == 0
    assert stage.record().process is None
    await stage.until_state("lobby", MeshState.STOPPED)
    stage.advance(1)
    stage.want("lobby")
    await stage.settled()
    assert stage.lives() == 1
    await stage.fleet.stop_mesh("lobby")
    stage.fleet.start("lobby")
    await stage.puppet(after=puppet)
    assert stage.record().crashes.times == ()


async def test_starting_what_runs_changes_nothing(stage: Stage) -> None:
    """It does not even notice."""
    stage.want("lobby")
    await stage.connected("lobby")
    stage.fleet.start("lobby")
    await stage.settled()
    assert stage.record().state is MeshState.CONNECTED
    assert stage.lives() == 1


async def test_stopping_a_mesh_while_it_starts(stage: Stage) -> None:
    """The worker that was asked for is asked to end as soon as it is there."""
    stage.spawner.gate.clear()
    stage.want("lobby")
    await stage.until_state("lobby", MeshState.SPAWNING)
    stopping = asyncio.create_task(stage.fleet.stop_mesh("lobby"))
    await stage.settled()
    assert not stopping.done()
    stage.spawner.gate.set()
    await stopping
    await stage.until_state("lobby", MeshState.STOPPED)
    assert stage.fleet.processes() == []


async def test_starting_again_ends_the_wait_for_a_stop(stage: Stage) -> None:
    """Two operators of different minds: neither waits for ever."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    puppet.polite = False
    stopping = asyncio.create_task(stage.fleet.stop_mesh("lobby"))
    await puppet.hear(Shutdown)
    stage.fleet.start("lobby")
    puppet.end(0)
    await stopping
    await stage.puppet(after=puppet)


async def test_restart_replaces_politely(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """The old worker may say good-bye, the new one comes at once, and it is no crash."""
    caplog.set_level(logging.INFO)
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    puppet.polite = False
    stage.fleet.restart("lobby")
    await puppet.hear(Shutdown)
    stage.fleet.restart("lobby")
    await stage.settled()
    assert caplog.text.count("an operator restarts it") == 1
    assert not puppet.heard(Shutdown)
    puppet.end(0)
    await stage.puppet(after=puppet)
    assert stage.record().crashes.times == ()
    assert stage.lives() == 2


async def test_a_restart_gives_no_place_away(make_stage: MakeStage) -> None:
    """A mesh that waits for a place does not get that of one that is being replaced."""
    stage = make_stage(max_processes=1)
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    stage.want("cinema", "lobby")
    stage.fleet.restart("lobby")
    await stage.puppet(after=puppet)
    assert stage.record("cinema").state is MeshState.WAITING


async def test_restart_brings_a_stopped_mesh_back(stage: Stage) -> None:
    """A restart also starts a stopped mesh."""
    stage.want("lobby")
    await stage.connected("lobby")
    await stage.fleet.stop_mesh("lobby")
    stage.fleet.restart("lobby")
    await stage.puppet()


async def test_what_cannot_be_asked_for(stage: Stage) -> None:
    """Unknown and blocked meshes are refused with what to do instead."""
    stage.want("lobby")
    await stage.connected("lobby")
    stage.blocklist.block("lobby", "operator", None)
    for ask in (stage.fleet.start, stage.fleet.restart):
        with pytest.raises(UsageError, match="There is no mesh 'attic'"):
            ask("attic")
        with pytest.raises(UsageError, match="first: meshvisor blocklist unblock lobby"):
            ask("lobby")
    with pytest.raises(UsageError, match="There is no mesh 'attic'"):
        await stage.fleet.stop_mesh("attic")


# ---- New settings ------------------------------------------------------------------------------


async def test_only_what_changes_for_a_worker_replaces_it(stage: Stage) -> None:
    """Settings of the supervisor are its own matter."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    assert stage.configure(status_poll_interval=7.0, shutdown_timeout=1.0) == []
    assert stage.configure(command_prefix=("!",)) == ["lobby"]
    successor = await stage.puppet(after=puppet)
    assert successor.start.params["command_prefix"] == ("!",)


async def test_settings_that_change_while_a_worker_starts(stage: Stage) -> None:
    """It was started with the old ones, so it is replaced as soon as it is there."""
    stage.spawner.gate.clear()
    stage.want("lobby", "cinema")
    await stage.until_count(lambda: len(stage.spawner.orders), 2)
    stage.want("lobby", "cinema", server=OTHER_SERVER)
    stage.configure(command_prefix=("!",))
    stage.spawner.gate.set()
    for mesh_id in ("lobby", "cinema"):
        await stage.until_count(partial(stage.lives, mesh_id), 2)
        puppet = await stage.puppet(mesh_id)
        assert puppet.start.params["server"] == OTHER_SERVER
        assert puppet.start.params["command_prefix"] == ("!",)


async def test_all_are_replaced(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """With the reason in each one's log; those without a process have nothing to replace."""
    stage.want("lobby", "cinema", "attic")
    old = await stage.connected("lobby", "cinema")
    await stage.connected("attic")
    await stage.fleet.stop_mesh("attic")
    with caplog.at_level(logging.INFO):
        assert stage.fleet.restart_all("its plug-ins have changed") == ["lobby", "cinema"]
    for puppet in old:
        await stage.puppet(puppet.mesh_id, after=puppet)
    assert caplog.text.count("its plug-ins have changed") == 2


async def test_all_are_replaced_while_a_worker_starts(stage: Stage) -> None:
    """It may have been forked with the old plug-ins, so it is replaced when it is there."""
    stage.spawner.gate.clear()
    stage.want("lobby")
    await stage.until_count(lambda: len(stage.spawner.orders), 1)
    assert stage.fleet.restart_all("its plug-ins have changed") == []
    stage.spawner.gate.set()
    await stage.until_count(partial(stage.lives, "lobby"), 2)
    await stage.connected("lobby")
    assert stage.lives("lobby") == 2


# ---- Closing -----------------------------------------------------------------------------------


async def test_closing_stops_all_and_starts_none(stage: Stage) -> None:
    """Polite workers end by themselves, and what happens meanwhile starts no worker."""
    stage.want("lobby", "cinema")
    puppets = await stage.connected("lobby", "cinema")
    closing = asyncio.create_task(stage.fleet.close(30, asyncio.Event()))
    await puppets[0].hear(Shutdown)
    stage.want("lobby", "cinema", "attic")
    await closing
    await stage.settled()
    assert [puppet.ended.result() for puppet in puppets] == [0, 0]
    assert stage.fleet.processes() == []
    assert "attic" not in {order.name for order in stage.spawner.orders}


async def test_workers_that_do_not_end_are_ended(stage: Stage) -> None:
    """After the polite part comes force."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    puppet.polite = False
    await stage.fleet.close(0.01, asyncio.Event())
    assert puppet.ended.cancelled()


async def test_a_hurry_skips_the_polite_part(stage: Stage) -> None:
    """Pressing Ctrl+C twice does not wait for deadlines."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    puppet.polite = False
    force = asyncio.Event()
    closing = asyncio.create_task(stage.fleet.close(600, force))
    await puppet.hear(Shutdown)
    await stage.settled()
    assert not closing.done()
    force.set()
    await closing
    assert puppet.ended.cancelled()


async def test_closing_does_not_wait_for_who_is_not_there_yet(stage: Stage) -> None:
    """A spawn that hangs is given up, and no caller that waits for its mesh is left waiting."""
    stage.spawner.gate.clear()
    stage.want("lobby")
    await stage.until(lambda: stage.spawner.orders)
    stopping = asyncio.create_task(stage.fleet.stop_mesh("lobby"))
    await stage.settled()
    await stage.fleet.close(600, asyncio.Event())
    await stopping
    assert stage.lives() == 0


async def test_who_has_just_been_born_hears_of_the_end(stage: Stage) -> None:
    """A worker whose channel is not open yet is asked as soon as it is, and needs no force."""
    stage.want("lobby")
    record = stage.record()
    while record.process is None:
        await asyncio.sleep(0)
    await stage.fleet.close(600, asyncio.Event())
    assert stage.lives() == 1


async def test_readiness_is_shown_before_permission(stage: Stage) -> None:
    """A worker that waits for its turn to connect is ready."""
    stage.want("lobby")
    (await stage.puppet()).say(Ready(commands=("ping",)))
    await stage.until_state("lobby", MeshState.READY)
