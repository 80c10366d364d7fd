"""The real lanes and runners, as tasks of this process: what no puppet can show."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from meshvisor import JobContext, NotSaidError, RateLimited
from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.model.job import JobStatus, PauseReason
from meshvisor.features.jobs.settings import JobSettings, LaneSettings
from meshvisor.features.jobs.supervisor import runners
from meshvisor.features.jobs.supervisor.jobs import Jobs, JobsParts
from meshvisor.features.jobs.supervisor.ledger.job import Creator, Job, find
from meshvisor.features.jobs.supervisor.runner import RunnerProcess
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.features.jobs.worker.actions import ACTIONS, Action
from meshvisor.shared import heartbeat
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.errors import UsageError
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.model.exits import ExitCause
from meshvisor.shared.paths import Home
from meshvisor.shared.protocol.to_worker import SendMessage
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.store.errors import StoreFullError
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import Actor, AuditLog
from meshvisor.supervisor.children.in_process import InProcessSpawner
from meshvisor.supervisor.children.slots import Slots
from meshvisor.supervisor.children.spawner import Child, SpawnOrder
from meshvisor.supervisor.service_contract import Stopping
from tests.features.jobs.built_in_actions import set_built_in
from tests.stopping import stopping

PATIENCE = 30.0
CREATOR = Creator("operator", "operator", "command line")

S = JobStatus


class NoRooms:
    """The rooms and people of a supervisor without any."""

    def connected(self) -> list[str]:
        """Return no mesh."""
        return []

    def say(self, notice: SendMessage) -> bool:
        """Say nothing."""
        return False

    async def tell(self, notice: SendMessage) -> bool:
        """Say nothing."""
        return False

    def realm_of(self, mesh_id: str) -> str:
        """Know one network."""
        return ""

    def is_admin(self, user_id: str, mesh_id: str) -> bool:
        """Know no admins."""
        return False

    def is_owner(self, user_id: str, mesh_id: str) -> bool:
        """Know no owners."""
        return False


class Scene:
    """Jobs as the service composes them; runners are tasks."""

    def __init__(self, home: Home, heartbeats: HeartbeatTable, **changes: Any) -> None:
        self.store = Store.open(home.database)
        self.spawner = InProcessSpawner(home.root, (), heartbeats)
        lanes = [
            LaneSettings(name=name, concurrency=number)
            for name, number in changes.pop("lanes", {}).items()
        ]
        jobs = JobSettings().model_copy(update={"stop_timeout": 2.0, **changes})
        settings = default_settings().replaced(jobs, *lanes)
        clock, no_rooms = SystemClock(), NoRooms()
        parts = JobsParts(
            store=self.store,
            audit=AuditLog(self.store, clock),
            spawner=self.spawner,
            heartbeats=heartbeats,
            slots=Slots(),
            clock=clock,
            rooms=no_rooms,
            people=no_rooms,
            attach_log=lambda _name, descriptor, _ended: os.close(descriptor),
            can_dump=False,
        )
        self.jobs = Jobs(settings, parts)
        self._changed = asyncio.Event()
        self.jobs.lanes.listen(lambda _jobs: self._changed.set())
        self.refused = 0
        """Commits that the disk has refused."""
        self.is_full = False
        self.on_write: Callable[[], object] = lambda: None
        """Called whenever something is about to be written."""
        self.tasks: list[asyncio.Task[None]] = []
        """What a test has begun."""
        self._write = self.store.write
        self.store.write = self._write_or_refuse  # type: ignore[method-assign]

    async def _write_or_refuse(
        self, work: Callable[[sqlite3.Connection], Any], **options: Any
    ) -> Any:
        self.on_write()
        if self.is_full:
            self.refused += 1
            raise StoreFullError("the disk is full")
        return await self._write(work, **options)

    async def start(self) -> None:
        """Begin with the actions that are registered now."""
        self.jobs.lanes.actions = type(self.jobs.lanes.actions)(one.spec for one in ACTIONS)
        await self.jobs.start()
        self.jobs.lanes.actions = type(self.jobs.lanes.actions)(one.spec for one in ACTIONS)

    async def submit(self, action: str, keys: list[str] | None = None, **fields: Any) -> int:
        """Enqueue a job."""
        submission = Submission(action=action, items=tuple(keys) if keys else None, **fields)
        return (await self.jobs.service.place("lobby", submission, CREATOR)).job.id

    async def job(self, job_id: int) -> Job:
        """Return a job."""
        return await self.store.read(lambda db: find(db, job_id))

    async def until(self, job_id: int, *statuses: JobStatus) -> Job:
        """Return a job when it is in one of these states."""
        async with asyncio.timeout(PATIENCE):
            while (job := await self.job(job_id)).status not in statuses:
                self._changed.clear()
                if (await self.job(job_id)).status not in statuses:
                    await self._changed.wait()
        return job

    async def close(self) -> None:
        """End it."""
        self.on_write = lambda: None
        await self.jobs.stop(Stopping(2.0, asyncio.Event()))
        await self.spawner.stop(stopping())
        await asyncio.to_thread(self.store.close)


StartScene = Callable[..., Awaitable[Scene]]


@pytest.fixture(autouse=True)
def _actions_as_before() -> Any:
    actions = ACTIONS.snapshot()
    ACTIONS.restore({})
    yield
    ACTIONS.restore(actions)


@pytest.fixture
async def start(home: Home) -> AsyncIterator[StartScene]:
    """Return a function that starts jobs; its arguments are settings of them, and `lanes`."""
    descriptor = heartbeat.create()
    heartbeats = HeartbeatTable(descriptor)
    scenes: list[Scene] = []

    async def begin(**changes: Any) -> Scene:
        scenes.append(Scene(home, heartbeats, **changes))
        await scenes[-1].start()
        return scenes[-1]

    yield begin
    for scene in scenes:
        await scene.close()
    heartbeats.close()
    os.close(descriptor)


def register(function: Callable[[JobContext], Awaitable[None]], **fields: Any) -> None:
    """Have an action by the name of a function."""
    ACTIONS.add(Action(ActionSpec(function.__name__, retry_delay=0.0, **fields), function))


async def walk(job: JobContext) -> None:
    """Go through the items."""
    async for item in job.items():
        await item.done()


# ---- Runners come and go -------------------------------------------------------------------------


async def idle_runner(scene: Scene) -> tuple[RunnerProcess, asyncio.Event]:
    """Have a runner that has nothing to do, and what its end waits for."""
    gate, spawn = asyncio.Event(), scene.spawner.spawn

    async def spawn_one(order: SpawnOrder) -> Child:
        child = await spawn(order)
        exited: asyncio.Future[ExitCause] = asyncio.get_running_loop().create_future()

        async def end() -> None:
            cause = await child.exited
            await gate.wait()
            exited.set_result(cause)

        scene.tasks.append(asyncio.create_task(end()))
        return replace(child, exited=exited)

    scene.spawner.spawn = spawn_one  # type: ignore[method-assign]
    await scene.until(await scene.submit("walk", ["a"]), S.COMPLETED)
    process = scene.jobs.lanes.runners.any("default")
    assert process is not None
    return process, gate


async def test_a_job_that_comes_while_an_idle_runner_ends(start: StartScene) -> None:
    """It comes too late for that one, and another one is there."""
    register(walk)
    scene = await start()
    process, gate = await idle_runner(scene)
    process.stop("nothing to do", 2.0)
    job_id = await scene.submit("walk", ["a"])
    await scene.jobs.engine.settled()
    gate.set()
    await scene.until(job_id, S.COMPLETED)


async def test_a_runner_that_ends_while_it_is_handed_a_job(start: StartScene) -> None:
    """The job goes to its successor."""
    register(walk)
    scene = await start()
    process, gate = await idle_runner(scene)
    scene.on_write = lambda: process.stop("nothing to do", 2.0)
    job_id = await scene.submit("walk", ["a"])
    await scene.jobs.engine.settled()
    gate.set()
    await scene.until(job_id, S.COMPLETED)
    assert (await scene.job(job_id)).attempt == 1


async def test_more_lanes_than_runners(start: StartScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its turn; one with nothing to do makes room at once, whatever the settings say."""
    monkeypatch.setattr(runners, "MOST_RUNNERS", 2)
    monkeypatch.setattr(runners, "SHORTEST_IDLE", 0.01)
    register(walk)
    scene = await start(runner_idle_after=3600.0)
    ids = [await scene.submit("walk", ["a"], lane=f"lane-{number}") for number in range(7)]
    for job_id in ids:
        await scene.until(job_id, S.COMPLETED)


async def test_a_runner_of_built_in_actions(
    start: StartScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends soon after its job: the next one would always come before the usual time is over."""
    monkeypatch.setattr(runners, "BUILT_IN_IDLE", 0.01)
    set_built_in(monkeypatch, tidy=lambda _job: None)  # in the lane `default`
    register(walk)
    scene = await start(runner_idle_after=3600.0)
    spawn, children = scene.spawner.spawn, list[Child]()

    async def spawn_one(order: SpawnOrder) -> Child:
        children.append(await spawn(order))
        return children[-1]

    monkeypatch.setattr(scene.spawner, "spawn", spawn_one)
    await scene.until(await scene.submit("walk", ["a"]), S.COMPLETED)
    await children[0].exited
    assert len(children) == 1


async def test_a_start_that_fails(start: StartScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is about, it is tried again."""
    register(walk)
    scene = await start()
    spawn, tries = scene.spawner.spawn, 0

    async def fail_twice(order: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise OSError("too many open files")
        return await spawn(order)

    monkeypatch.setattr(scene.spawner, "spawn", fail_twice)
    monkeypatch.setattr(runners, "FIRST_PAUSE", 0.001)
    await scene.until(await scene.submit("walk", ["a"]), S.COMPLETED)
    assert tries == 3


# ---- Much at once --------------------------------------------------------------------------------


@pytest.mark.long
async def test_many_long_keys_at_once(start: StartScene) -> None:
    """What is handed out at once is more than a channel takes of a peer that does not read."""
    register(walk)
    scene = await start(lanes={"default": 200})
    keys = [f"{number:<190}x" for number in range(256)]
    ids = [await scene.submit("walk", keys) for _ in range(200)]
    for job_id in ids:
        job = await scene.until(job_id, *{S.COMPLETED, S.FAILED, S.INTERRUPTED})
        assert (job.status, job.done, job.attempt) == (S.COMPLETED, 256, 1), job.error


async def test_items_that_cannot_be_sent(start: StartScene) -> None:
    """A row that was not checked ends its job and not the lane, in the first batch or later."""
    register(walk, retries=0)
    scene = await start()
    for behind in (0, 300):
        keys = [str(number) for number in range(behind)] or ["a"]
        blocker = await scene.submit("walk", [str(number) for number in range(2000)])

        def add(db: sqlite3.Connection, transaction: Transaction, keys: list[str] = keys) -> int:
            cursor = db.execute(
                "INSERT INTO jobs (action, mesh_id, priority, lane, data, rate_key, created_by,"
                " created_name, origin, status, ready, ready_since, rank, attempt, next_try, run,"
                " pending, done, failed, existing, created_at, updated_at) VALUES ('walk', 'lobby',"
                " 5, 'default', '{}', 'walk', 'x', 'x', 'job', 'queued', 1, 0, 5, 0, 1, 0, ?, 0, 0,"
                " 0, 0, 0)",
                (len(keys) + 1,),
            )
            db.executemany(
                "INSERT INTO job_items VALUES (?, ?, ?, 'pending', NULL, NULL, 0, NULL)",
                [(cursor.lastrowid, n, key) for n, key in enumerate([*keys, "x" * 2_000_000])],
            )
            assert cursor.lastrowid is not None
            return cursor.lastrowid

        job_id = await scene.jobs.engine.do(add)
        job = await scene.until(job_id, S.FAILED)
        assert job.error == "it cannot be sent to a runner"
        await scene.until(blocker, S.COMPLETED)
    await scene.until(await scene.submit("walk", ["a"]), S.COMPLETED)


async def test_a_chatty_job(start: StartScene) -> None:
    """It keeps its first lines, and the one that says why it failed; others do not wait for it."""

    async def chat(job: JobContext) -> None:
        for number in range(5_000):
            job.log(f"line {number}")
        raise ValueError("at last")

    register(chat, lane="chatty", retries=0)
    scene = await start()
    job_id = await scene.submit("chat")
    await scene.until(job_id, S.FAILED)
    lines = await scene.store.read(
        lambda db: db.execute(
            "SELECT detail FROM job_history WHERE job_id = ? AND event = 'log' ORDER BY sequence",
            (job_id,),
        ).fetchall()
    )
    assert [line for (line,) in lines[:1_000]] == [f"line {number}" for number in range(1_000)]
    assert lines[1_000][0].startswith("ValueError: at last (")
    assert "Traceback" in lines[-1][0]


# ---- The disk ------------------------------------------------------------------------------------


async def test_no_runner_works_for_a_full_disk(start: StartScene) -> None:
    """Jobs stop at their next items, and go on when there is room; nothing is done twice."""
    handled: list[int] = []
    step = asyncio.Semaphore(0)

    async def careful(job: JobContext) -> None:
        async for item in job.items():
            await step.acquire()
            handled.append(item.position)
            await item.done()

    register(careful)
    scene = await start()
    job_id = await scene.submit("careful", [str(number) for number in range(500)])
    step.release()
    async with asyncio.timeout(PATIENCE):
        while (await scene.job(job_id)).done == 0:
            await asyncio.sleep(0)
        scene.is_full = True
        step.release()
        while not scene.refused:
            await asyncio.sleep(0)
        for _ in range(500):
            step.release()
        for _ in range(3_000):
            await asyncio.sleep(0)
    assert len(handled) < 20
    scene.is_full = False
    job = await scene.until(job_id, S.COMPLETED)
    assert (job.done, job.attempt) == (500, 1)
    assert handled == list(range(500))


async def test_a_clean_stop_writes_everything(start: StartScene) -> None:
    """However much waits to be written when it begins."""
    register(walk)
    scene = await start()
    counted: list[int] = []
    for number in range(5_001):
        scene.jobs.engine.post(partial(_count, counted, number))
    await scene.jobs.stop(Stopping(2.0, asyncio.Event()))
    assert counted == list(range(5_001))
    with pytest.raises(Exception, match="closed"):
        await scene.jobs.engine.do(lambda _db, _transaction: None)


def _count(
    counted: list[int], number: int, _db: sqlite3.Connection, _transaction: Transaction
) -> None:
    counted.append(number)


# ---- Runners that share something ----------------------------------------------------------------


async def test_a_rate_limit_stops_all_that_share_it(start: StartScene) -> None:
    """Jobs of other lanes as well, at their next items."""
    go_on = asyncio.Event()
    handled: list[str] = []

    async def limited(job: JobContext) -> None:
        await go_on.wait()
        raise RateLimited(3600)

    async def shares(job: JobContext) -> None:
        async for item in job.items():
            handled.append(item.key)
            await item_ends.wait()
            await item.done()

    item_ends = asyncio.Event()
    register(limited, lane="one", rate_limit="service")
    register(shares, lane="two", rate_limit="service", item_timeout=3600.0)
    scene = await start()
    second = await scene.submit("shares", [str(number) for number in range(2000)])
    first = await scene.submit("limited")
    async with asyncio.timeout(PATIENCE):
        while handled != ["0"] or len(scene.jobs.lanes.running()) < 2:
            await asyncio.sleep(0)
    go_on.set()
    job = await scene.until(first, S.PAUSED)
    assert job.pause_reason is PauseReason.RATE_LIMITED
    item_ends.set()
    job = await scene.until(second, S.PAUSED, S.COMPLETED)
    assert (job.status, job.pause_reason) == (S.PAUSED, PauseReason.RATE_LIMITED)
    # It is asked to stop a moment after the other job is seen to be paused.
    assert job.done == len(handled) < 2000


async def test_pauses_between_runners_that_die_at_once(
    start: StartScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They grow with each that dies, and begin anew when a job gets on."""
    pauses: list[float] = []
    register(walk)
    scene = await start()
    loop = asyncio.get_running_loop()
    later, spawn, deaths = loop.call_later, scene.spawner.spawn, 4

    def call_later(delay: float, callback: Any, *args: Any, **options: Any) -> asyncio.TimerHandle:
        if getattr(callback, "__name__", "") == "_pause_over":
            pauses.append(delay)
            delay = 0
        return later(delay, callback, *args, **options)

    async def die_at_once(order: SpawnOrder) -> Child:
        nonlocal deaths
        child = await spawn(order)
        if deaths:
            deaths -= 1
            child.signal(signal.SIGKILL)
        return child

    monkeypatch.setattr(loop, "call_later", call_later)
    monkeypatch.setattr(scene.spawner, "spawn", die_at_once)
    await scene.until(await scene.submit("walk", ["a"]), S.COMPLETED)
    assert pauses == [0.4, 0.8, 1.6]
    process = scene.jobs.lanes.runners.any("default")
    assert process is not None
    process.kill("a test wants it")
    await scene.until(await scene.submit("walk", ["a"]), S.COMPLETED)
    assert pauses == [0.4, 0.8, 1.6]


async def test_a_job_without_items_makes_room_at_a_checkpoint(start: StartScene) -> None:
    """An urgent one gets in, and it goes on with what it has kept; the sentences say so."""
    steps: list[int] = []
    go_on = asyncio.Event()

    async def walk_pages(job: JobContext) -> None:
        for page in range(job.state or 0, 3):
            steps.append(page)
            await job.checkpoint(page + 1)
            if page == 0:
                await go_on.wait()

    async def urgent(job: JobContext) -> None:
        steps.append(-1)

    register(walk_pages, priority=4)
    register(urgent, priority=1)
    scene = await start()
    long = await scene.submit("walk_pages")
    async with asyncio.timeout(PATIENCE):
        while steps != [0] or not (await scene.store.read(_states)):
            await asyncio.sleep(0)
    quick = await scene.submit("urgent")
    async with asyncio.timeout(PATIENCE):
        while not any(one.stop for jobs in _running(scene) for one in jobs.values()):
            await asyncio.sleep(0)
    go_on.set()
    await scene.until(quick, S.COMPLETED)
    job = await scene.until(long, S.COMPLETED)
    assert (job.attempt, steps) == (1, [0, 1, -1, 2])
    report = await scene.jobs.service.show(long)
    assert ("paused", "preempted") in [(entry.event, entry.reason) for entry in report.history]


async def test_each_question_of_an_action_is_answered(start: StartScene) -> None:
    """More items, a state that is kept, another job, and a word in a room where no bot is."""
    answers: list[Any] = []

    async def ask(job: JobContext) -> None:
        answers.append(await job.add_items(["a", "b"]))
        await job.checkpoint({"page": 1})
        answers.append(await job.submit("walk", ["c"]))
        with pytest.raises(NotSaidError, match="is not in the room lobby"):
            await job.say("hello")
        await walk(job)

    register(ask)
    register(walk)
    scene = await start()
    asking = await scene.until(await scene.submit("ask"), S.COMPLETED)
    added, other = answers
    assert (added, asking.total) == (2, 2)
    assert (await scene.until(other, S.COMPLETED)).created_by == asking.created_by


async def test_what_is_said_of_a_job_without_items(start: StartScene) -> None:
    """It has no present item; where it was cut off, its history says so."""
    ann = Actor("11 (ann)", "lobby", "11")

    async def endless(job: JobContext) -> None:
        await asyncio.Event().wait()

    register(endless, item_timeout=1.0)
    scene = await start()
    job_id = await scene.submit("endless")
    await scene.until(job_id, S.ACTIVE)
    (outcome,) = (await scene.jobs.service.pause([job_id], ann)).jobs
    assert outcome.text == (
        f"Job {job_id} pauses at its next checkpoint, or is cut off if it comes to none in time."
    )
    job = await scene.until(job_id, S.PAUSED)
    assert job.pause_reason is PauseReason.OPERATOR
    report = await scene.jobs.service.show(job_id)
    text = "it has come to no item and no checkpoint within 2 s (pause); what it was at is cut off"
    assert text in [entry.detail for entry in report.history]


def _states(db: sqlite3.Connection) -> list[tuple[str]]:
    return db.execute("SELECT state FROM job_resume WHERE state IS NOT NULL").fetchall()


def _running(scene: Scene) -> list[Any]:
    return list(scene.jobs.lanes._running.values())


# ---- What people read ----------------------------------------------------------------------------


async def test_the_history_says_who_and_why(start: StartScene) -> None:
    """Whose wish it was, and why a runner was replaced."""
    go_on = asyncio.Event()

    async def gated(job: JobContext) -> None:
        async for item in job.items():
            if item.key == "a":
                await go_on.wait()
            await item.done()

    register(gated)
    scene = await start()
    job_id = await scene.submit("gated", ["a", "b", "c"])
    await scene.until(job_id, S.ACTIVE)
    scene.jobs.replace_runners()
    ann = Actor("11 (ann)", "lobby", "11")
    await scene.until(job_id, S.PAUSED)
    await scene.until(job_id, S.ACTIVE)
    await scene.jobs.service.cancel([job_id], ann)
    go_on.set()
    await scene.until(job_id, S.CANCELLED)
    await scene.jobs.service.cancel([job_id], ann)
    report = await scene.jobs.service.show(job_id)
    noted = [(entry.event, entry.reason, entry.detail) for entry in report.history]
    assert ("paused", "restart", "its plug-ins have changed") in noted
    assert noted.count(("log", "request", "cancel by 11 (ann) (lobby)")) == 1


# ---- What operators and timers decide ------------------------------------------------------------


async def endless_steps(job: JobContext) -> None:
    """Do nothing but stop where it has to."""
    while True:
        await job.checkpoint()
        await asyncio.sleep(0.01)


async def test_a_hold_stops_what_runs(start: StartScene) -> None:
    """At its next item or checkpoint, until the hold is ended; no runner is started for nothing."""
    root = Actor("root", "command line")
    begun: list[int] = []

    async def gated(job: JobContext) -> None:
        async for item in job.items():
            begun.append(item.position)
            while not scene.jobs.service.notices() and len(begun) == 1:
                await asyncio.sleep(0.001)
            await item.done()

    register(gated)
    register(endless_steps, lane="steps")
    scene = await start()
    job_id = await scene.submit("gated", ["a", "b", "c"])
    steps = await scene.submit("endless_steps")
    for one in (job_id, steps):
        await scene.until(one, S.ACTIVE)
    held = await scene.jobs.service.hold("all", "", None, root)
    assert [hold.by for hold in held.holds] == ["root (command line)"]
    for one in (job_id, steps):
        job = await scene.until(one, S.PAUSED)
        assert (job.pause_reason, job.error) == (PauseReason.RESTART, "everything is on hold")
    assert scene.jobs.service.notices() == (
        "Everything is on hold, by root (command line); meshvisor jobs release --all ends that.",
    )
    later = await scene.submit("gated", ["a"], lane="fresh")
    await scene.jobs.engine.settled()
    assert scene.jobs.lanes.runners.any("fresh") is None
    await scene.jobs.service.cancel([steps], root)
    await scene.jobs.service.release("all", "", root)
    for one in (job_id, later):
        await scene.until(one, S.COMPLETED)
    assert scene.jobs.service.notices() == ()


async def test_a_job_that_runs_past_its_deadline(start: StartScene) -> None:
    """It is stopped and has failed, and its lane goes on."""
    register(endless_steps)
    register(walk)
    scene = await start()
    job_id = await scene.submit("endless_steps", deadline=0.2)
    job = await scene.until(job_id, S.FAILED)
    assert (job.end_reason, job.error) == (
        "timeout",
        "timeout: it was to end within 0.2 s of its submission",
    )
    await scene.until(await scene.submit("walk", ["a"]), S.COMPLETED)


async def test_a_job_that_runs_is_deleted(start: StartScene) -> None:
    """By force; when it is gone its place is free."""
    register(endless_steps)
    register(walk)
    scene = await start()
    job_id = await scene.submit("endless_steps")
    await scene.until(job_id, S.ACTIVE)
    root = Actor("root", "command line")
    (refused,) = (await scene.jobs.service.delete([job_id], False, root)).jobs
    assert (refused.ok, "--force" in refused.text) == (False, True)
    assert (await scene.jobs.service.delete([job_id], True, root)).jobs[0].ok
    await scene.until(await scene.submit("walk", ["a"]), S.COMPLETED)
    with pytest.raises(UsageError, match=f"there is no job {job_id}"):
        await scene.jobs.service.show(job_id)


async def test_a_submission_says_how_it_is_tried_and_for_whom(start: StartScene) -> None:
    """Its retries are its own, and the action finds its target."""
    targets: list[str | None] = []

    async def fails(job: JobContext) -> None:
        targets.append(job.target)
        raise ValueError("no")

    register(fails, retries=2)
    scene = await start()
    job_id = await scene.submit("fails", retries=1, target="alliance 7")
    job = await scene.until(job_id, S.FAILED)
    assert (job.attempt, targets) == (2, ["alliance 7"] * 2)
    default = await scene.submit("fails")
    assert (await scene.until(default, S.FAILED)).attempt == 3


async def test_a_job_that_gets_nowhere_is_noticed(start: StartScene) -> None:
    """The supervisor's status says so until it gets on."""
    go_on = asyncio.Event()

    async def waits(job: JobContext) -> None:
        async for item in job.items():
            await go_on.wait()
            await item.done()

    register(waits)
    scene = await start(stuck_after=0.05)
    scene.tasks.append(asyncio.create_task(scene.jobs.run()))
    job_id = await scene.submit("waits", ["a"])
    async with asyncio.timeout(PATIENCE):
        while not scene.jobs.service.notices():
            await asyncio.sleep(0.01)
    assert scene.jobs.service.notices() == (
        f"Jobs that run and get nowhere: {job_id} (waits); meshvisor jobs why says since when.",
    )
    go_on.set()
    assert (await scene.until(job_id, S.COMPLETED)).stuck_since is None
    scene.tasks[-1].cancel()
    await asyncio.wait(scene.tasks[-1:])
