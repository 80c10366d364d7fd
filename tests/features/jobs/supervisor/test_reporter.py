"""What is said about jobs in rooms: each outcome, whatever else happens while it is said."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from meshvisor.features.jobs.supervisor import chat_reports
from meshvisor.features.jobs.supervisor.chat_reports import ProgressMessage
from meshvisor.features.jobs.supervisor.ledger import by_hand
from meshvisor.features.jobs.supervisor.ledger.operations import OPERATIONS
from meshvisor.features.jobs.supervisor.places import creator_through
from meshvisor.features.jobs.supervisor.reporter import Reporter
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.events.subscriptions import Batch, Subscription
from meshvisor.shared.protocol.to_worker import SendMessage
from tests.features.jobs.supervisor.conftest import Bench, new_job
from tests.features.jobs.supervisor.rows import job


class Chats:
    """Rooms of which the test says whether the bot is in them."""

    def __init__(self) -> None:
        self.meshes = {"lobby"}
        self.on_say: Callable[[str], None] = lambda text: None
        self.notices: list[SendMessage] = []
        self.news = asyncio.Event()
        self.is_telling = asyncio.Event()
        self.is_heard = asyncio.Event()
        self.is_heard.set()
        self._outcomes: asyncio.Queue[str] = asyncio.Queue()

    def connected(self) -> set[str]:
        """Return the rooms that the bot is in."""
        return self.meshes

    def say(self, notice: SendMessage) -> bool:
        """Note what is said."""
        if notice.mesh_id not in self.meshes:
            return False
        self.notices.append(notice)
        self.news.set()
        if "is completed" in notice.text:
            self._outcomes.put_nowait(notice.text.split(" (", maxsplit=1)[0])
        self.on_say(notice.text)
        return True

    async def tell(self, notice: SendMessage) -> bool:
        """Say it when the test wants that."""
        self.is_telling.set()
        await self.is_heard.wait()
        return self.say(notice)

    async def next_notice(self) -> SendMessage:
        """Return the last one, when there is one more than now."""
        self.news.clear()
        async with asyncio.timeout(30):
            await self.news.wait()
        return self.notices[-1]

    async def until_told(self, kind: str) -> None:
        """Return when a notice of this kind was said, now or before."""
        async with asyncio.timeout(30):
            while kind not in {notice.kind for notice in self.notices}:
                self.news.clear()
                await self.news.wait()

    @property
    def quiet(self) -> bool:
        """Whether nothing was said beyond what was asked for."""
        return self._outcomes.empty()

    async def outcomes(self, count: int) -> list[str]:
        """Return the next jobs whose ends are said, when they are."""
        async with asyncio.timeout(30):
            return [await self._outcomes.get() for _ in range(count)]


async def report(bench: Bench, chats: Chats, *others: Subscription) -> Reporter:
    """Return a reporter that hears of what the puppets do."""
    reporter = Reporter(bench.engine, chats, bench.jobs_clock, lambda: 30.0, lambda: "?")
    bench.lanes.seen = lambda job: reporter.changed([job])
    await bench.subscribe(reporter.subscription, *others)
    return reporter


@pytest.mark.parametrize("later", range(6), ids=lambda later: f"after {later} steps")
async def test_a_job_that_ends_while_another_is_reported(bench: Bench, later: int) -> None:
    """Its outcome is said too, wherever in the other's report its own end comes."""
    chats = Chats()
    await report(bench, chats)
    first = await bench.enqueue(new_job())
    second = await bench.enqueue(new_job("addplayer"))
    await bench.engine.settled()
    loop = asyncio.get_running_loop()

    def end_second(steps: int) -> None:
        if steps:
            loop.call_soon(end_second, steps - 1)
        elif second in bench.lanes.running():
            bench.lanes.finish(bench.held(second).running.job)

    chats.on_say = lambda text: end_second(later)
    bench.lanes.finish(bench.held(first).running.job)
    assert await chats.outcomes(2) == [f"Job {first}", f"Job {second}"]


async def test_an_outcome_waits_for_the_room(bench: Bench) -> None:
    """While the bot is away nothing is said; when it is back, once."""
    chats = Chats()
    reporter = await report(bench, chats)
    chats.meshes = set()
    job_id = await bench.enqueue(new_job())
    await bench.engine.settled()
    bench.lanes.finish(bench.held(job_id).running.job)
    await bench.engine.settled()
    reporter.wake()
    chats.meshes = {"lobby"}
    reporter.wake()
    reporter.wake()
    again = await bench.enqueue(new_job())
    await bench.engine.settled()
    bench.lanes.finish(bench.held(again).running.job)
    assert await chats.outcomes(2) == [f"Job {job_id}", f"Job {again}"]


async def test_an_outcome_is_kept_until_it_was_said(bench: Bench) -> None:
    """The successor of a supervisor that ends meanwhile says it."""
    chats = Chats()
    chats.is_heard.clear()
    reporter = await report(bench, chats)
    job_id = await bench.enqueue(new_job())
    await bench.engine.settled()
    bench.lanes.finish(bench.held(job_id).running.job)

    async def pending() -> list[int]:
        found = await bench.store.read(lambda db: chat_reports.pending(db, "lobby", 10))
        return [one.job.id for one in found]

    async with asyncio.timeout(30):
        await chats.is_telling.wait()
    reporter.stop()
    chats.is_heard.set()
    await bench.engine.settled()
    assert (chats.notices, await pending()) == ([], [job_id])
    reporter = Reporter(bench.engine, chats, bench.jobs_clock, lambda: 30.0, lambda: "?")
    reporter.wake()
    assert await chats.outcomes(1) == [f"Job {job_id}"]
    await bench.engine.settled()
    assert await pending() == []


async def test_many_outcomes_at_once(bench: Bench) -> None:
    """All of them are said, in their order, some at a time; after the end none is."""
    chats = Chats()
    chats.meshes = set()
    reporter = await report(bench, chats)
    ids = []
    for _ in range(45):
        ids.append(await bench.enqueue(new_job()))
        await bench.engine.settled()
        bench.lanes.finish(bench.held(ids[-1]).running.job)
        await bench.engine.settled()
    chats.meshes = {"lobby"}
    reporter.wake()
    assert await chats.outcomes(45) == [f"Job {job_id}" for job_id in ids]
    reporter.stop()
    last = await bench.enqueue(new_job())
    await bench.engine.settled()
    bench.lanes.finish(bench.held(last).running.job)
    await bench.engine.settled()
    assert chats.quiet


async def test_progress_goes_on_in_its_message(bench: Bench) -> None:
    """A supervisor after this one names it too, no other mesh has a say in it, and with the job it
    is forgotten.
    """
    chats = Chats()
    reporter = await report(bench, chats)
    job_id = await bench.enqueue(new_job(items=8))
    await bench.engine.settled()

    async def said() -> SendMessage:
        await bench.advance(31)
        bench.lanes.finish_items(bench.held(job_id), 2, random.Random(1))
        await bench.engine.settled()
        return chats.notices[-1]

    assert (await said()).changes is None
    reporter.progress_sent("hall", f"job-{job_id}", ProgressMessage("stolen", ""))
    reporter.progress_sent("lobby", "job-x", ProgressMessage("m0", ""))
    reporter.progress_sent("lobby", f"job-{job_id}", ProgressMessage("m1", "#ops"))
    notice = await said()
    assert (notice.changes, notice.changes_in) == ("m1", "#ops")
    await bench.engine.settled()
    kept = await bench.store.read(chat_reports.progress_messages)
    assert kept == {("lobby", job_id): ProgressMessage("m1", "#ops")}
    other = Reporter(bench.engine, chats, bench.jobs_clock, lambda: 30.0, lambda: "?")
    other.load((), kept)
    bench.lanes.seen = lambda job: other.changed([job])
    other.changed([await bench.job(job_id)])
    assert (await said()).changes == "m1"
    bench.lanes.die("default", resume_after=300_000)
    await chats.until_told("question")
    assert await bench.store.read(chat_reports.progress_messages) == kept
    await bench.decide(OPERATIONS["cancel"], job_id)
    async with asyncio.timeout(30):
        while await bench.store.read(chat_reports.progress_messages):
            await asyncio.sleep(0.01)


async def test_the_creator_gets_progress_and_questions(bench: Bench) -> None:
    """Each report of a job has its handle; the question answers what they have asked for."""
    chats = Chats()
    await report(bench, chats)
    job_id = await bench.enqueue(new_job(items=8))
    await bench.engine.settled()
    for seconds in (0.5, 3, 30):
        await bench.advance(seconds)
        bench.lanes.finish_items(bench.held(job_id), 2, random.Random(1))
        await bench.engine.settled()
    assert [(one.to_user, one.handle, one.reply_to_message) for one in chats.notices] == [
        ("953371", f"job-{job_id}", None),
        ("953371", f"job-{job_id}", None),
    ]
    assert ["50 %" in chats.notices[0].text, "75 %" in chats.notices[1].text] == [True, True]
    bench.lanes.die("default", resume_after=300_000)
    question = await chats.next_notice()
    assert (question.to_user, question.reply_to_message) == ("953371", "m1")
    assert question.handle == f"job-{job_id}"
    assert (question.kind, question.place, question.is_direct) == ("question", None, False)
    assert "Shall it go on?" in question.text


@pytest.mark.parametrize(
    ("place", "is_direct"), [("#ops", False), ("dm:953371", True), ("", True), (None, False)]
)
async def test_it_is_said_where_the_job_was_asked_for(
    bench: Bench, place: str | None, is_direct: bool
) -> None:
    """Progress, questions and outcomes, and no other user may read what was asked in private."""
    chats = Chats()
    await report(bench, chats)
    creator = replace(new_job().creator, place=place, is_direct=is_direct)
    job_id = await bench.enqueue(new_job(items=8, creator=creator))
    await bench.engine.settled()
    await bench.advance(3)
    bench.lanes.finish_items(bench.held(job_id), 4, random.Random(1))
    await bench.engine.settled()
    bench.lanes.die("default", resume_after=300_000)
    await chats.until_told("question")
    await bench.decide(OPERATIONS["cancel"], job_id)
    await chats.until_told("outcome")
    assert [(one.kind, one.place, one.is_direct) for one in chats.notices] == [
        ("progress", place, is_direct),
        ("question", place, is_direct),
        ("outcome", place, is_direct),
    ]


async def test_what_was_asked_for_privately_elsewhere_is_not_said(bench: Bench) -> None:
    """A job in another mesh than the chat has no place there that is known to be private."""
    chats = Chats()
    await report(bench, chats)
    parent = job(mesh_id="other", place="dm:953371", is_direct=1)
    for creator in (creator_through(parent, "lobby"), new_job().creator):
        job_id = await bench.enqueue(new_job(items=2, creator=creator))
        await bench.engine.settled()
        bench.lanes.die("default", resume_after=300_000)
        await bench.engine.settled()
    while not chats.notices:
        await chats.next_notice()
    (question,) = chats.notices
    assert question.text.startswith(f"Job {job_id} ")


async def test_a_job_that_is_over_in_a_moment_says_so_once(bench: Bench) -> None:
    """No quarters of something that takes a second."""
    chats = Chats()
    await report(bench, chats)
    job_id = await bench.enqueue(new_job(items=8))
    await bench.engine.settled()
    for _ in range(4):
        bench.lanes.finish_items(bench.held(job_id), 2, random.Random(1))
        await bench.advance(0.2)
    bench.lanes.finish(bench.held(job_id).running.job)
    assert await chats.outcomes(1) == [f"Job {job_id}"]
    assert [one.kind for one in chats.notices] == ["outcome"]


async def test_a_job_of_no_user_is_reported_to_others(bench: Bench) -> None:
    """The room hears nothing of it; a subscriber does."""
    chats = Chats()
    heard: asyncio.Queue[str | None] = asyncio.Queue()

    async def hear(batch: Batch) -> None:
        for event in batch.events:
            heard.put_nowait(event.subject)

    await report(bench, chats, Subscription("others", hear, (Wanted(("job.completed",)),)))
    ids = []
    for origin in ("schedule", "chat"):
        creator = replace(new_job().creator, origin=origin, asked_in=None)
        ids.append(await bench.enqueue(new_job(creator=creator)))
        await bench.engine.settled()
        bench.lanes.finish(bench.held(ids[-1]).running.job)
        await bench.engine.settled()
    async with asyncio.timeout(30):
        assert [await heard.get(), await heard.get()] == [str(ids[0]), str(ids[1])]
    assert await chats.outcomes(1) == [f"Job {ids[1]}"]
    assert chats.quiet


async def test_what_is_obsolete_is_not_said(bench: Bench) -> None:
    """A job that goes on is asked about no more; one that is queued anew has not ended."""
    chats = Chats()
    chats.meshes = set()
    asked = await bench.enqueue(new_job(items=2))
    await bench.engine.settled()
    bench.lanes.die("default", resume_after=300_000)
    failed = await bench.enqueue(new_job("addplayer", items=2))
    await bench.engine.settled()
    bench.lanes.finish(bench.held(failed).running.job, "no", final=True)
    assert await bench.to_tell(asked) == "question"
    assert await bench.to_tell(failed) == "outcome"
    await bench.wish("resume", asked)
    await bench.wish("retry", failed)
    assert await bench.to_tell(asked) is None
    assert await bench.to_tell(failed) is None
    bench.lanes.die("default", resume_after=300_000)
    assert await bench.to_tell(asked) == "question"


async def test_a_deleted_job_is_not_spoken_of(bench: Bench) -> None:
    """Whatever was to be said of it."""
    await bench.enqueue(new_job())
    job_id = await bench.enqueue(new_job())
    await bench.decide(by_hand.delete, job_id)
    assert await bench.to_tell(job_id) is None


async def test_what_happened_before_it_came_is_said(bench: Bench) -> None:
    """Commands may have ended jobs before a supervisor has ever run."""
    await bench.enqueue(new_job("addplayer"))
    job_id = await bench.enqueue(new_job("addplayer"))
    await bench.decide(partial(by_hand.mark, status="completed", reason=None), job_id)
    chats = Chats()
    await report(bench, chats)
    assert await chats.outcomes(1) == [f"Job {job_id}"]
    assert chats.quiet


async def test_rooms_with_nothing_to_say_are_not_looked_up(bench: Bench) -> None:
    """A supervisor that has just started knows where its predecessor has left something to say,
    and what comes later is said as well.
    """
    chats = Chats()
    chats.meshes = set()
    await report(bench, chats)
    left = await bench.enqueue(new_job())
    await bench.engine.settled()
    bench.lanes.finish(bench.held(left).running.job)
    async with asyncio.timeout(60):
        while not await bench.store.read(chat_reports.meshes):
            await asyncio.sleep(0.01)
    reporter = Reporter(bench.engine, chats, bench.jobs_clock, lambda: 30.0, lambda: "?")
    reporter.load(await bench.store.read(chat_reports.meshes), {})
    looked = 0
    do = bench.engine.do

    async def counted(work: Any) -> Any:
        nonlocal looked
        looked += 1
        return await do(work)

    bench.engine.do = counted  # type: ignore[method-assign]
    chats.meshes = {"lobby", "cinema"}
    reporter.wake()
    assert await chats.outcomes(1) == [f"Job {left}"]
    async with asyncio.timeout(60):
        while await bench.store.read(chat_reports.meshes):
            await asyncio.sleep(0.01)
        await bench.engine.settled()
    while reporter.is_telling:
        await asyncio.sleep(0)
    looked = 0
    chats.meshes = set()
    reporter.wake()
    chats.meshes = {"lobby", "cinema"}
    reporter.wake()
    assert (reporter.is_telling, looked) == (False, 0)
