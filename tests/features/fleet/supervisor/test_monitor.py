"""Finding workers that live and do not work."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import msgspec
import pytest

from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.features.fleet.supervisor import monitor
from meshvisor.features.fleet.supervisor.monitor import Monitor
from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.shared.model.exits import ExitCause
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.protocol.to_worker import StatusRequest
from meshvisor.supervisor.children import heartbeat_watch, liveness
from meshvisor.supervisor.children.spawner import Child, SpawnError, SpawnOrder
from tests.features.fleet.supervisor.conftest import MakeStage
from tests.features.fleet.supervisor.puppets import Puppet, Stage
from tests.supervisor.children.setting import Setting


class Watched:
    """A stage with a monitor."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.monitor = Monitor(stage.settings.of(FleetSettings), stage.fleet, stage.clock)

    async def begin(self) -> list[Puppet]:
        """Lead three workers into their rooms."""
        self.stage.want("lobby", "cinema", "attic")
        return await self.stage.connected("lobby", "cinema", "attic")

    def process(self, mesh_id: str = "lobby") -> WorkerProcess:
        """Return the worker of a mesh."""
        process = self.stage.record(mesh_id).process
        assert process is not None
        return process

    def pass_time(self, seconds: float, *beating: Puppet) -> None:
        """Let time pass as a scanner in time sees it, with these hearts beating."""
        for _ in range(round(seconds / liveness.SCAN_INTERVAL)):
            self.stage.clock.advance(liveness.SCAN_INTERVAL)
            for puppet in beating:
                puppet.start.stamp()
            self.monitor.scan()


@pytest.fixture
async def watched(make_stage: MakeStage) -> Watched:
    """Return a fleet in which workers are hung after three seconds."""
    return Watched(make_stage(hung_after=3.0, status_poll_interval=0.01))


@pytest.fixture
async def polling(watched: Watched) -> AsyncIterator[Watched]:
    """Return the same with the regular rounds running, and half a tenth to answer."""
    task = asyncio.create_task(watched.monitor.poll_regularly())
    yield watched
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


# ---- Heartbeats --------------------------------------------------------------------------------


async def test_who_does_not_stamp_is_replaced(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    """After `hung_after` seconds, as a crash with its reason; no other one is touched."""
    puppets = await watched.begin()
    stage, beating = watched.stage, puppets[1:]
    watched.pass_time(2.8, *beating)
    await stage.settled()
    assert stage.record().state is MeshState.CONNECTED
    watched.pass_time(0.4, *beating)
    assert stage.record().state is MeshState.UNHEALTHY
    assert "hung: its event loop has not run for 3." in str(stage.record().last_error)
    await stage.puppet(after=puppets[0])
    assert stage.record().last_crash == stage.record().last_error
    assert len(stage.record().crashes.times) == 1
    assert [stage.lives(name) for name in ("cinema", "attic")] == [1, 1]
    assert caplog.text.count("it is replaced") == 1


async def test_a_heart_that_beats_again_is_forgiven(watched: Watched) -> None:
    """A loop that was held up for a moment is suspected and then forgotten."""
    puppets = await watched.begin()
    watched.pass_time(1.4, *puppets[1:])
    assert watched.process().suspicion is not None
    assert watched.process("cinema").suspicion is None
    puppets[0].start.stamp()
    watched.pass_time(0.2, *puppets[1:])
    assert watched.process().suspicion is None
    for _ in range(4):
        watched.pass_time(2.0, *puppets[1:])
        watched.pass_time(0.2, *puppets)
    assert watched.process().fault is None


async def test_a_late_scanner_judges_no_worker(watched: Watched) -> None:
    """After a machine stood still, all have all the time again."""
    puppets = await watched.begin()
    watched.pass_time(2.8, *puppets[1:])
    watched.stage.clock.advance(600)
    watched.monitor.scan()
    assert all(watched.process(p.mesh_id).suspicion is None for p in puppets)
    watched.pass_time(2.8, *puppets[1:])
    assert watched.process().fault is None
    watched.pass_time(0.4, *puppets[1:])
    assert watched.process().fault is not None
    assert watched.process("cinema").fault is None


async def test_who_gets_no_processor_is_not_hung(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time that a worker spends in the kernel's queue is not held against it."""
    puppets = await watched.begin()
    clock = watched.stage.clock
    monkeypatch.setattr(liveness, "queued_seconds", lambda pid: clock.monotonic())
    watched.pass_time(60, *puppets[1:])
    assert watched.process().fault is None
    now = clock.monotonic()
    monkeypatch.setattr(liveness, "queued_seconds", lambda pid: now)
    watched.pass_time(1.2, *puppets[1:])
    assert watched.process().fault is not None


async def test_another_patience(watched: Watched) -> None:
    """A changed `hung_after` holds from the next look on."""
    puppets = await watched.begin()
    watched.monitor.configure(
        watched.stage.settings.of(FleetSettings).model_copy(update={"hung_after": 10.0})
    )
    watched.pass_time(9.6, *puppets[1:])
    assert watched.process().fault is None
    watched.pass_time(0.8, *puppets[1:])
    assert watched.process().fault is not None


async def test_who_never_stamps_is_found_too(watched: Watched) -> None:
    """A worker that hangs before its loop runs is judged from its birth."""
    watched.stage.want("lobby")
    first = await watched.stage.puppet()
    watched.pass_time(3.4)
    assert watched.stage.record().state is MeshState.UNHEALTHY
    await watched.stage.puppet(after=first)


async def test_the_age_of_a_heartbeat(watched: Watched) -> None:
    """It is what people see of a single worker; never negative."""
    (puppet, *_) = await watched.begin()
    puppet.start.stamp()
    watched.stage.clock.advance(1.5)
    assert watched.monitor.heartbeat_age(watched.process()) == pytest.approx(1.5)
    watched.stage.clock.advance(-2)
    assert watched.monitor.heartbeat_age(watched.process()) == 0.0


async def test_it_looks_by_itself(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop that looks for ever finds who is hung."""
    monkeypatch.setattr(liveness, "SCAN_INTERVAL", 0)
    await watched.begin()
    looking = asyncio.create_task(watched.monitor.watch_heartbeats())
    try:
        while watched.stage.record().state is not MeshState.UNHEALTHY:
            watched.stage.clock.advance(0.05)
            await asyncio.sleep(0)
    finally:
        looking.cancel()


# ---- Status requests ---------------------------------------------------------------------------


async def test_a_round_asks_all(watched: Watched) -> None:
    """All answers are kept; no worker is left over."""
    puppets = await watched.begin()
    watched.stage.clock.advance(7)
    assert await watched.monitor.poll() == []
    for puppet in puppets:
        process = watched.process(puppet.mesh_id)
        assert process.last_status is not None
        assert process.last_status.memory_bytes == 3
        assert process.last_status_at == watched.stage.clock.monotonic()


async def test_who_does_not_answer_is_named(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the deadline, and with the others' answers taken in."""
    monkeypatch.setattr(monitor, "POLL_DEADLINE", 0.05)
    puppets = await watched.begin()
    puppets[1].answers = False
    assert [process.mesh_id for process in await watched.monitor.poll()] == ["cinema"]
    assert watched.process("lobby").last_status is not None
    assert watched.process("cinema").last_status is None


async def test_two_who_ask_at_once_share_a_round(watched: Watched) -> None:
    """Workers are asked once; a request after the round begins another."""
    puppets = await watched.begin()
    for rounds in (1, 2):
        await asyncio.gather(watched.monitor.poll(), watched.monitor.poll())
        assert [len(puppet.heard(StatusRequest)) for puppet in puppets] == [rounds] * 3


async def test_a_caller_that_stops_waiting_ends_no_round(watched: Watched) -> None:
    """A client that leaves does not take the answer away from another."""
    (puppet, *_) = await watched.begin()
    puppet.answers = False
    leaving = asyncio.create_task(watched.monitor.poll())
    staying = asyncio.create_task(watched.monitor.poll())
    request = await puppet.hear(StatusRequest)
    leaving.cancel()
    puppet.say(msgspec.structs.replace(puppet.status, reply_to=request.id))
    assert await staying == []


async def test_who_dies_during_a_round_is_not_waited_for(watched: Watched) -> None:
    """Its end is an answer, too; the round is over with the last of the living."""
    puppets = await watched.begin()
    puppets[0].answers = puppets[1].answers = False
    polling = asyncio.create_task(watched.monitor.poll())
    await puppets[0].has_heard(StatusRequest)
    puppets[0].end()
    await watched.stage.puppet(after=puppets[0])
    assert not polling.done()
    puppets[1].end()
    async with asyncio.timeout(monitor.POLL_DEADLINE - 1):
        assert await polling == []


async def test_asking_dead_workers_does_no_harm(watched: Watched) -> None:
    """A worker whose channel is closed already is not even asked."""
    puppets = await watched.begin()
    puppets[0].leave()
    await watched.stage.settled()
    async with asyncio.timeout(monitor.POLL_DEADLINE - 1):
        assert await watched.monitor.poll() == []
    assert watched.process("cinema").last_status is not None


async def test_nothing_to_ask(watched: Watched) -> None:
    """An empty fleet answers at once."""
    async with asyncio.timeout(monitor.POLL_DEADLINE - 1):
        assert await watched.monitor.poll() == []


async def test_two_missed_rounds_are_a_fault(
    polling: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A loop that runs and does not hear its supervisor is hung, too."""
    monkeypatch.setattr(monitor, "POLL_DEADLINE", 0.05)
    puppets = await polling.begin()
    puppets[0].answers = False
    await polling.stage.puppet(after=puppets[0])
    # Until it is dead it may be asked once more.
    assert len(puppets[0].heard(StatusRequest)) >= monitor.POLLS_MISSED
    assert polling.stage.record().last_crash == "hung: 2 status requests unanswered"
    assert [polling.stage.lives(name) for name in ("cinema", "attic")] == [1, 1]
    assert caplog.text.count("unanswered; it is replaced") == 1


async def test_one_missed_round_is_forgiven(
    polling: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer begins the count anew."""
    monkeypatch.setattr(monitor, "POLL_DEADLINE", 0.03)
    (puppet, *_) = await polling.begin()
    process = polling.process()
    for _ in range(3):
        puppet.answers = False
        while process.polls_missed == 0:
            await asyncio.sleep(0)
        assert process.polls_missed == 1
        puppet.answers = True
        while process.polls_missed == 1:
            await asyncio.sleep(0)
        assert process.polls_missed == 0
    assert process.fault is None


async def test_who_is_just_leaving_need_not_answer(
    polling: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that takes its time to stop is left to its own deadline."""
    monkeypatch.setattr(monitor, "POLL_DEADLINE", 0.02)
    (puppet, *_) = await polling.begin()
    puppet.answers = puppet.polite = False
    process = polling.process()
    process.stop("a test", 600)
    while process.polls_missed < 3:
        await asyncio.sleep(0)
    assert process.fault is None


async def test_the_young_are_asked_once(watched: Watched) -> None:
    """A second after its birth, so that its memory is shown before the first round."""
    puppets = await watched.begin()
    puppets[0].answers = False
    watched.pass_time(0.8, *puppets)
    await watched.stage.settled()
    assert not puppets[0].heard(StatusRequest)
    watched.pass_time(1.0, *puppets)
    for puppet in puppets:
        await puppet.has_heard(StatusRequest)
    await watched.stage.settled()
    watched.pass_time(2.0, *puppets)
    await watched.stage.settled()
    assert [len(puppet.heard(StatusRequest)) for puppet in puppets] == [1, 1, 1]
    assert watched.process("cinema").last_status is not None


async def test_a_round_ends_with_its_duty(watched: Watched) -> None:
    """No client asks any more, so those that do not answer are not waited for."""
    puppets = await watched.begin()
    puppets[0].answers = False
    polling = asyncio.create_task(watched.monitor.poll_regularly())
    await puppets[0].hear(StatusRequest)
    polling.cancel()
    await asyncio.wait((polling,))
    assert "status poll" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_an_answer_is_no_change_of_the_fleet(watched: Watched) -> None:
    """Five hundred of them within milliseconds must not reconcile anything."""
    await watched.begin()
    await watched.stage.settled()
    changes = []
    watched.stage.fleet.listen(lambda: changes.append(1))
    await watched.monitor.poll()
    await watched.stage.settled()
    assert changes == []


# ---- In processes of their own -----------------------------------------------------------------


@pytest.mark.faults
@pytest.mark.parametrize("trick", ["spin", "stop"])
async def test_a_real_process_that_is_hung(
    make_stage: MakeStage, setting: Setting, trick: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that spins leaves its stacks in its log before it is killed; a stopped one cannot."""
    if trick == "stop":
        monkeypatch.setattr(heartbeat_watch, "DUMP_TIME", 600)
    watched = Watched(make_stage(hung_after=3.0, can_dump=True))
    adopted: list[Child] = []

    async def spawn(order: SpawnOrder) -> Child:
        if adopted:
            raise SpawnError("one is enough")
        adopted.append(await setting.child(trick, module="mv_workers"))
        return adopted[0]

    watched.stage.spawner.spawn = spawn  # type: ignore[method-assign]
    watched.stage.want("lobby")
    record = await watched.stage.until_state("lobby", MeshState.READY)
    (child,) = adopted
    while liveness.is_stopped(child.pid) is not (trick == "stop"):
        await asyncio.sleep(0)
    watched.pass_time(3.4)
    assert record.state is MeshState.UNHEALTHY
    assert await child.exited == ExitCause(signal=signal.SIGKILL)
    assert child.log is not None
    try:
        said = os.read(child.log, 65536)
    except BlockingIOError:
        said = b""
    assert (b" in spin" in said) is (trick == "spin")
