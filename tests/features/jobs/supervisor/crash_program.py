"""A supervisor's engine that is killed at a statement of its choice, and what it had promised.

`python crash_program.py FOLDER SEED FIRST LAST STEP` forks a child for each STEP-th of them.
The child works off a workload that the seed decides, with the real store, engine and ledger and
with puppets as runners, and kills itself (SIGKILL) before the statement with that number.  It says
over a pipe what it acknowledges, after it has.  The parent then does what a supervisor does at a
start, lets everything run to its end, and compares.  It prints one JSON line for each point, and
says how many points there were that were not reached any more.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from meshvisor.features.jobs.model.job import FINISHED, TRANSITIONS, JobStatus
from meshvisor.features.jobs.supervisor import chat_reports
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.clock import JobClock
from meshvisor.features.jobs.supervisor.engine import Engine
from meshvisor.features.jobs.supervisor.ledger import by_hand, enqueue, history, housekeeping
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis, UnknownJobError
from meshvisor.features.jobs.supervisor.ledger.operations import OPERATIONS, Operation, pause
from meshvisor.features.jobs.supervisor.reporter import AT_ONCE, Reporter
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.shared.events import log, subscriptions
from meshvisor.shared.events.subscriptions import Batch, Subscription, Subscriptions
from meshvisor.shared.protocol.to_worker import SendMessage
from meshvisor.shared.store import connection as connection_module
from meshvisor.shared.store.store import Store
from tests.clock import ManualClock
from tests.features.jobs.supervisor.conftest import SPECS, new_job
from tests.features.jobs.supervisor.puppet_lanes import PuppetLanes

STEPS = 30
"""Things that happen in a workload."""

DECISIONS: dict[str, Operation] = {
    **OPERATIONS,
    "pause a while": lambda db, job_id, now: pause(db, job_id, now, Millis(now + 20_000)),
    "move": partial(by_hand.move, priority=1, lane="game"),
    "complete": partial(by_hand.mark, status="completed", reason=None),
    "fail": partial(by_hand.mark, status="failed", reason="enough"),
    "delete": partial(by_hand.delete, force=True),
}
"""What is decided about jobs, each as often."""

LANES = {"default": 1, "game": 2}

subscriptions.SHORTEST_PAUSE = 0.0  # type: ignore[misc]  # many lives have to be lived

STATUS_OF = {
    "job.queued": "queued",
    "job.started": "active",
    "job.resumed": "active",
    "job.paused": "paused",
    "job.preempted": "paused",
    **{f"job.{one}": one for one in ("interrupted", "completed", "failed", "cancelled")},
}
"""What a job became, by the kind of event that says so."""


class Bomb:
    """Counts statements of the writing connection and kills this process before one of them."""

    def __init__(self, fuse: int) -> None:
        self._left = fuse

    def tick(self, _statement: str) -> None:
        """Count a statement."""
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


class World:
    """An engine on a database, and what it acknowledges."""

    def __init__(self, path: Path, say: Callable[[dict[str, Any]], None]) -> None:
        self.clock = ManualClock()
        self.store = Store.open(path, clock=self.clock)
        self.engine = Engine(self.store, JobClock(self.clock))
        self.lanes = PuppetLanes(self.engine, ActionRegistry(SPECS), LANES, self._seen)
        self.lanes.ageing = 60_000
        self.engine.serve(self.lanes)
        self._say = say
        self.ids: list[int] = []
        self.events: Subscriptions
        self.reports: list[tuple[int, str]] = []

    # What the reporter sees of the rooms.

    def connected(self) -> set[str]:
        """Return the room of all jobs."""
        return {"lobby"}

    def say(self, notice: SendMessage) -> bool:
        """Note what is said, and which message it answers."""
        assert notice.reply_to_message == "m1"
        job_id = int(notice.text.split()[1])
        self.reports.append((job_id, notice.text))
        self._say({"told": job_id, "text": notice.text})
        return True

    async def tell(self, notice: SendMessage) -> bool:
        """Say it at once."""
        return self.say(notice)

    async def _note(self, batch: Batch) -> None:
        """Write each event down, in the transaction of the cursor."""
        rows = [(event.seq,) for event in batch.events]
        await batch.save(lambda db: db.executemany("INSERT INTO notes VALUES (?)", rows))

    async def begin(self) -> None:
        """Notify the subscribers."""
        await self.store.write(
            lambda db: db.execute("CREATE TABLE IF NOT EXISTS notes (seq INTEGER) STRICT")
        )
        clock = JobClock(self.clock)
        reporter = Reporter(self.engine, self, clock, lambda: 30.0, lambda: "?")
        self.events = Subscriptions(self.store, self.clock)
        self.events.add(reporter.subscription)
        self.events.add(Subscription("notes", self._note, from_the_beginning=True))
        await self.events.start()
        reporter.wake()

    async def caught_up(self) -> None:
        """Return when all subscribers have heard everything, and all is said."""
        while self.events.read_by_all < await self.store.read(log.last):
            await asyncio.sleep(0.001)
        while await self.store.read(lambda db: chat_reports.pending(db, "lobby", 1)):
            await self.engine.settled()
            await asyncio.sleep(0.001)
        await self.events.close()

    def _seen(self, job: Job) -> None:
        done = job.total - job.pending
        self._say({"job": job.id, "status": job.status, "done": done, "run": job.run})

    async def work(self, seed: int) -> None:
        """Work off the workload."""
        chance = random.Random(seed)
        engine = asyncio.create_task(self.engine.run())
        await self.begin()
        for number in range(STEPS):
            await self._step(chance, number)
        await self.engine.settled()
        await self.caught_up()
        await self.engine.settled()
        engine.cancel()
        await asyncio.wait((engine,))

    async def _step(self, chance: random.Random, number: int) -> None:
        match chance.randrange(9):
            case 0 | 1 | 2:
                await self._enqueue(chance, number)
            case 3 if self.ids:
                await self._operate(chance)
            case 4 if busy := self.lanes.busy:
                held = chance.choice(busy)
                held.waits = True
                job = held.running.job
                if chance.random() < 0.5:
                    self.lanes.limit(job, 5.0)
                else:
                    self.lanes.finish(job, "the API is gone")
                await self.engine.settled()
            case 5 if chance.random() < 0.4:
                self.lanes.die(chance.choice(list(LANES)), resume_after=10_000)
                await self.engine.settled()
            case 6:
                self.clock.advance(chance.choice((1, 10, 100)))
                self.engine.wake()
                await self.engine.settled()
            case _:
                for _ in range(4):
                    self.lanes.step(chance)
                    await self.engine.settled()

    async def _enqueue(self, chance: random.Random, number: int) -> None:
        action = chance.choice(SPECS).name
        key = chance.choice((None, None, "daily"))
        new = new_job(
            action,
            items=chance.randrange(6),
            priority=chance.randint(1, 5),
            key=key,
            wait_timeout=chance.choice((None, None, 50_000)),
        )
        if chance.random() < 0.3:
            job_id = await self._enqueue_in_slices(new)
        else:
            job_id = (await self.engine.do(partial(_enqueue, new))).job_id
        self.ids.append(job_id)
        self._say({"enqueued": job_id, "items": len(new.items), "key": key})

    async def _enqueue_in_slices(self, new: Any) -> int:
        made = await self.engine.do(lambda db, transaction: enqueue.draft(db, new, transaction.now))
        if made.duplicate:
            return made.job_id
        for first in range(0, len(new.items), 2):
            items = new.items[first : first + 2]
            await self.engine.do(partial(_slice, made.job_id, items, first))
        return (await self.engine.do(partial(_open, made.job_id, new))).job_id

    async def _operate(self, chance: random.Random) -> None:
        wish = chance.choice(list(DECISIONS))
        job_id = chance.choice(self.ids)
        if wish == "delete":
            self._say({"deleting": job_id})  # before: afterwards may be too late
        try:
            outcome = await self.engine.do(partial(_operate, wish, job_id))
        except UnknownJobError:
            return
        if outcome.ok:
            self._say({"wish": wish, "job": job_id})

    async def finish(self, seed: int) -> None:
        """Do what a supervisor does at its start, and let everything run to its end."""
        chance = random.Random(seed)
        engine = asyncio.create_task(self.engine.run())
        await self.engine.do(_recover)
        await self.begin()
        for _ in range(3):
            for (job_id,) in await self.store.read(_paused_by_hand):
                await self.engine.do(partial(_operate, "resume", job_id))
            self.clock.advance(10_000)
            self.engine.wake()
            await self.engine.settled()
            while self.lanes.step(chance):
                await self.engine.settled()
        await self.caught_up()
        await self.engine.settled()
        engine.cancel()
        await asyncio.wait((engine,))


def _enqueue(new: Any, db: sqlite3.Connection, transaction: Transaction) -> enqueue.Enqueued:
    transaction.woken(new.lane)
    transaction.expires()
    return _remembered(db, enqueue.enqueue(db, new, transaction.now))


def _slice(
    job_id: int, items: Any, first: int, db: sqlite3.Connection, _transaction: Transaction
) -> None:
    enqueue.write_slice(db, job_id, items, first)


def _open(
    job_id: int, new: Any, db: sqlite3.Connection, transaction: Transaction
) -> enqueue.Enqueued:
    transaction.woken(new.lane)
    transaction.expires()
    return _remembered(db, enqueue.open_draft(db, job_id, new, transaction.now))


def _remembered(db: sqlite3.Connection, enqueued: enqueue.Enqueued) -> enqueue.Enqueued:
    if not enqueued.duplicate:
        chat_reports.remember(db, enqueued.job_id, "m1")
    return enqueued


def _operate(wish: str, job_id: int, db: sqlite3.Connection, transaction: Transaction) -> Any:
    outcome = DECISIONS[wish](db, job_id, transaction.now)
    transaction.changed(outcome.job)
    return outcome


def _recover(db: sqlite3.Connection, transaction: Transaction) -> None:
    for job in housekeeping.recover(db, Millis(transaction.now + 300_000), transaction.now):
        transaction.changed(job)


def _paused_by_hand(db: sqlite3.Connection) -> list[tuple[int]]:
    return db.execute(
        "SELECT id FROM jobs WHERE pause_reason = 'operator' AND ready = 0"
    ).fetchall()


# ---- One point -----------------------------------------------------------------------------------


def die_at(path: Path, seed: int, fuse: int) -> tuple[list[dict[str, Any]], bool]:
    """Run the workload in a child that dies; return what it said, and whether it died."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        _be_killed(path, seed, fuse, write)
    os.close(write)
    with open(read, encoding="utf-8") as said:
        lines = [json.loads(line) for line in said]
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or status == 0, f"the child failed: {status}"
    return lines, os.WIFSIGNALED(status)


def _be_killed(path: Path, seed: int, fuse: int, write: int) -> None:
    code = 1
    try:
        bomb = Bomb(fuse)
        opened = connection_module.open_writer

        def open_writer(*args: Any, **kwargs: Any) -> sqlite3.Connection:
            made = opened(*args, **kwargs)
            made.set_trace_callback(bomb.tick)
            return made

        for module in ("meshvisor.shared.store.store", "meshvisor.shared.store.writer"):
            sys.modules[module].open_writer = open_writer  # type: ignore[attr-defined]

        def say(fact: dict[str, Any]) -> None:
            os.write(write, json.dumps(fact).encode() + b"\n")

        asyncio.run(World(path, say).work(seed))
        code = 0
    finally:
        os._exit(code)


def check(path: Path, said: list[dict[str, Any]]) -> list[str]:
    """Return what is wrong after everything has run to its end."""
    wrong = []
    db = sqlite3.connect(path)
    rows = db.execute("SELECT id, status, run FROM jobs WHERE run >= 0")
    jobs = {row[0]: row for row in rows}
    # Some of them may be there: they have ended, or refused to go, or the crash came first.
    deleted = {fact["deleting"] for fact in said if "deleting" in fact} - jobs.keys()
    for fact in said:
        if not deleted.isdisjoint((fact.get("enqueued"), fact.get("job"))):
            continue
        if "enqueued" in fact and fact["enqueued"] not in jobs:
            wrong.append(f"job {fact['enqueued']} was acknowledged and is lost")
        elif "run" in fact and jobs[fact["job"]][2] < fact["run"]:
            wrong.append(f"run {fact['run']} of job {fact['job']} is forgotten")
    for job_id, status, _ in jobs.values():
        if JobStatus(status) not in FINISHED:
            wrong.append(f"job {job_id} is stuck, {status}")
    wrong += wrong_counts(db)
    wrong += wrong_histories(db)
    wrong += wrong_events(db)
    wrong += wrong_notes(db)
    wrong += [str(row) for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
    wrong += [str(row) for row in db.execute("PRAGMA foreign_key_check")]
    db.close()
    return wrong


def wrong_counts(db: sqlite3.Connection) -> list[str]:
    """Return jobs whose counters do not agree with their items."""
    rows = db.execute(
        "SELECT jobs.id FROM jobs WHERE (pending, done, failed, existing) <> ("
        "SELECT coalesce(sum(state = 'pending'), 0), coalesce(sum(state = 'done'), 0), "
        "coalesce(sum(state = 'failed'), 0), coalesce(sum(state = 'existing'), 0) "
        "FROM job_items WHERE job_id = jobs.id)"
    )
    return [f"the counters of job {job_id} are wrong" for (job_id,) in rows]


def wrong_histories(db: sqlite3.Connection) -> list[str]:
    """Return jobs with a step in their history that may not be."""
    wrong = []
    for job_id, status in db.execute("SELECT id, status FROM jobs WHERE run >= 0").fetchall():
        events = transitions(db, job_id)
        for before, after in itertools.pairwise(map(JobStatus, events)):
            if after not in TRANSITIONS[before]:
                wrong.append(f"job {job_id} went from {before} to {after}")
        if events[-1] != status:
            wrong.append(f"the history of job {job_id} ends with {events[-1]}, not {status}")
    return wrong


def transitions(db: sqlite3.Connection, job_id: int) -> list[str]:
    """Return the statuses in a job's history, oldest first."""
    return [row.event for row in history.read(db, job_id) if row.event != history.LOG]


def wrong_events(db: sqlite3.Connection) -> list[str]:
    """Return jobs whose events do not say what their history says, or whose drafts have some."""
    reports: dict[int, list[str]] = {}
    for subject, kind in db.execute("SELECT subject, kind FROM events ORDER BY seq"):
        if kind in STATUS_OF:
            reports.setdefault(int(subject), []).append(STATUS_OF[kind])
    wrong = []
    for (job_id,) in db.execute("SELECT id FROM jobs WHERE run >= 0").fetchall():
        events = transitions(db, job_id)
        if reports.get(job_id) != events:
            wrong.append(f"job {job_id} has the history {events} and events {reports.get(job_id)}")
    drafts = {job_id for (job_id,) in db.execute("SELECT id FROM jobs WHERE run < 0")}
    deleted = {
        int(subject)
        for (subject,) in db.execute("SELECT subject FROM events WHERE kind = 'job.deleted'")
    }
    return [*wrong, *(f"the draft {one} has events" for one in drafts & reports.keys() - deleted)]


def wrong_notes(db: sqlite3.Connection) -> list[str]:
    """Return what is wrong with what a subscriber has written down of each event."""
    seqs = [seq for (seq,) in db.execute("SELECT seq FROM events ORDER BY seq")]
    notes = [seq for (seq,) in db.execute("SELECT seq FROM notes ORDER BY rowid")]
    if notes == seqs:
        return []
    return [f"a subscriber has noted {notes[-9:]} of the events {seqs[-9:]}, or some twice"]


def wrong_reports(
    path: Path, said: list[dict[str, Any]], again: list[tuple[int, str]]
) -> list[str]:
    """Return what is wrong with what was said in the room.

    Args:
        path: the database, in which everything has come to its end.
        said: what the one that died has said.
        again: what its successor has said.
    """
    db = sqlite3.connect(path)
    wrong = []
    before = [(one["told"], one["text"]) for one in said if "told" in one]
    # It may have died after it had said something and before that was noted.
    for each in (before, again):
        wrong += [f"{text!r} was said twice" for _, text in each if each.count((_, text)) > 1]
    twice = set(before) & set(again)
    if not twice <= set(before[-AT_ONCE:]):
        wrong.append(f"said again: {twice}")
    texts = dict((*before, *again))
    query = "SELECT id, status FROM jobs WHERE run >= 0 AND finished_at IS NOT NULL"
    for job_id, status in db.execute(query):
        if f"is {status}" not in texts.get(job_id, "") and status != "failed":
            wrong.append(f"the end of job {job_id} ({status}) is {texts.get(job_id)!r} to people")
        if status == "failed" and "has failed" not in texts.get(job_id, ""):
            wrong.append(f"the end of job {job_id} ({status}) is {texts.get(job_id)!r} to people")
    db.close()
    return wrong


def wrong_promises(path: Path, said: list[dict[str, Any]]) -> list[str]:
    """Return what was said in the room although it is not in the database of the one that died."""
    db = sqlite3.connect(path)
    ended = {
        int(subject)
        for (subject,) in db.execute(
            "SELECT subject FROM events WHERE kind IN "
            "('job.completed', 'job.failed', 'job.cancelled', 'job.interrupted')"
        )
    }
    db.close()
    reports = {one["told"] for one in said if "told" in one}
    return [f"the end of job {job_id} was said before its commit" for job_id in reports - ended]


def finished_items(path: Path) -> dict[tuple[int, int], tuple[Any, ...]]:
    """Return the outcomes that are on the disk."""
    db = sqlite3.connect(path)
    rows = db.execute("SELECT * FROM job_items WHERE state <> 'pending'").fetchall()
    db.close()
    return {(row[0], row[1]): row for row in rows}


def try_point(path: Path, seed: int, fuse: int) -> dict[str, Any]:
    """Die at one statement, recover, and return what came of it."""
    said, died = die_at(path, seed, fuse)
    before = finished_items(path)
    promised = wrong_promises(path, said)
    world = World(path, lambda fact: None)
    asyncio.run(world.finish(seed))
    world.store.close()
    wrong = promised + check(path, said) + wrong_reports(path, said, world.reports)
    again = [
        key
        for one in world.lanes.claimed
        for key in ((one.job.id, position) for position, _ in one.items)
        if key in before and before[key][3] != "failed"
    ]
    wrong += [f"item {key} was finished and handed out again" for key in again]
    after = finished_items(path)
    wrong += [
        f"the outcome of {key} has changed"
        for key, row in before.items()
        if row[3] != "failed" and after.get(key) != row
    ]
    return {"fuse": fuse, "died": died, "wrong": wrong}


def main() -> None:
    """Try the points that were asked for."""
    folder, seed, first, last, step = Path(sys.argv[1]), *map(int, sys.argv[2:6])
    # No point is in the making of the tables, which takes longer than most workloads.
    empty = folder / "empty.db"
    connection_module.open_writer(empty).close()
    for fuse in range(first, last, step):
        path = folder / f"{seed}-{fuse}.db"
        shutil.copy(empty, path)
        result = try_point(path, seed, fuse)
        print(json.dumps(result), flush=True)
        for left in folder.glob(f"{seed}-{fuse}.db*"):
            left.unlink()
        if not result["died"]:
            return


if __name__ == "__main__":
    main()
