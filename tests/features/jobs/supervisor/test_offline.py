"""Jobs without a supervisor: what can be is kept until one starts, what cannot be is refused."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import pytest

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.model.job import MAX_ITEMS, JobStatus
from meshvisor.features.jobs.settings import JobSettings
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.ledger import enqueue, housekeeping
from meshvisor.features.jobs.supervisor.ledger.reading import Filter
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.store import connection
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import local_actor
from tests.clock import ManualClock
from tests.features.jobs.supervisor.conftest import SPECS, Bench, new_job
from tests.features.jobs.supervisor.offline_jobs import offline_jobs

ACTOR = local_actor(0)
SETTINGS = default_settings().replaced(StaticMesh(id="lobby"))


@pytest.fixture
async def service(home: Home) -> AsyncIterator[JobService]:
    """Return the jobs of a home where a supervisor has once loaded plug-ins."""
    store = Store.open(home.database)
    kept = ActionRegistry(SPECS).kept()
    await store.write(lambda db: housekeeping.keep_actions(db, kept))
    store.close()
    async with offline_jobs(home, SETTINGS, ManualClock()) as made:
        yield made


async def submit(service: JobService, action: str = "refresh", **options: Any) -> int:
    """Submit a job and return its number."""
    done = await service.submit("lobby", Submission(action=action, **options), ACTOR)
    return done.job_id


async def test_what_is_submitted_waits(service: JobService) -> None:
    """It has its place in the queue, its items and its history."""
    first = await submit(service, items=("a", "b", "a"))
    done = await service.submit("lobby", Submission(action="refresh", items=("c", "c")), ACTOR)
    assert (done.status, done.position, done.items, done.repeated_items) == ("queued", 2, 1, 1)
    urgent = await service.submit("lobby", Submission(action="refresh", priority=1), ACTOR)
    assert urgent.position == 1
    shown = await service.show(first)
    assert (shown.counts.pending, shown.position, shown.created_by) == (2, 2, "root")
    assert [entry.event for entry in shown.history] == ["queued"]
    listed = await service.list_jobs(Filter(), 2)
    assert ([job.job_id for job in listed.jobs], listed.more) == ([3, 2], True)
    stats = await service.stats()
    assert (stats.queued, stats.total) == (3, 3)
    assert stats.queuedByPriority == {1: 1, 2: 0, 3: 0, 4: 2, 5: 0}
    why = await service.why(first)
    assert "no supervisor runs" in why.reasons[0].lower()


async def test_many_items_come_in_slices(service: JobService) -> None:
    """However many, in their order, and those that were staged first."""
    many = tuple(f"k{n}" for n in range(3 * enqueue.SLICE + 7))
    await service.stage("token-123", many[:5000])
    await service.stage("token-123", many[5000:])
    done = await service.submit(
        "lobby", Submission(action="refresh", items=("last", "k3")), ACTOR, "token-123"
    )
    assert (done.items, done.repeated_items, done.position) == (len(many) + 1, 1, 1)
    page = await service.list_items(done.job_id, (), len(many) - 2, 100)
    assert [item.key for item in page.items] == [many[-1], "last"]
    with pytest.raises(UsageError, match="too long ago"):
        await service.submit("lobby", Submission(action="refresh"), ACTOR, "token-123")


async def test_pause_cancel_retry(service: JobService) -> None:
    """Jobs that do not run are changed at once; each of several has its own outcome."""
    one, two = await submit(service), await submit(service)
    outcomes = (await service.pause([one, 77, one], ACTOR)).jobs
    assert [(o.job_id, o.status, o.ok) for o in outcomes] == [
        (one, "paused", True),
        (77, None, False),
    ]
    assert (await service.resume([one], ACTOR)).jobs[0].ok
    assert (await service.cancel([one, two], ACTOR)).jobs[1].status is JobStatus.CANCELLED
    assert (await service.retry([two], ACTOR)).jobs[0].status is JobStatus.QUEUED
    assert not (await service.retry([two], ACTOR)).jobs[0].ok
    assert (await service.cleanup(0, ACTOR)).removed == 1
    with pytest.raises(UsageError, match=f"there is no job {one}"):
        await service.show(one)


@pytest.mark.parametrize(
    ("mesh", "fields", "sentence"),
    [
        ("lobby", {"action": "refrehs"}, r"there is no action 'refrehs'; did you mean refresh\?"),
        ("loby", {"action": "refresh"}, r"There is no mesh 'loby'; did you mean lobby\?"),
        ("lobby", {"action": "refresh", "priority": 6}, "6 is no priority"),
        ("lobby", {"action": "refresh", "items": ()}, "the list of items is empty"),
        ("lobby", {"action": "refresh", "items": ("a\x07",)}, r"'a\\x07' has control characters"),
        ("lobby", {"action": "refresh", "items": ("x" * 201,)}, "has 201 characters"),
        ("lobby", {"action": "refresh", "items": (" a",)}, "has blanks around it"),
        ("lobby", {"action": "refresh", "lane": "A B"}, "'A B' is no name of a lane"),
        ("lobby", {"action": "refresh", "key": "\n"}, "an idempotency key has 1 to 200"),
        ("lobby", {"action": "refresh", "data": {"x": "y" * 70_000}}, "the data of a job has"),
    ],
)
async def test_bad_input(
    service: JobService, mesh: str, fields: dict[str, Any], sentence: str
) -> None:
    """One clear sentence, and nothing half done."""
    with pytest.raises(UsageError, match=sentence):
        await service.submit(mesh, Submission(**fields), ACTOR)
    assert (await service.list_jobs(Filter(), 50)).jobs == ()


async def test_too_many_items(service: JobService) -> None:
    """More than a job may have are refused while they are staged."""
    half = [f"k{n}" for n in range(MAX_ITEMS // 2 + 1)]
    await service.stage("token-123", half)
    with pytest.raises(UsageError, match="too many for one job"):
        await service.stage("token-123", half)


async def test_nothing_was_ever_loaded(home: Home) -> None:
    """A submission before the first start is answered with what to do."""
    async with offline_jobs(home, SETTINGS, ManualClock()) as made:
        with pytest.raises(
            UsageError, match="there is no action 'refresh'; meshvisor jobs actions"
        ):
            await submit(made)


async def test_data_that_no_runner_can_be_sent(service: JobService) -> None:
    """Half a character, no number and endless nesting are refused before they are written."""
    nested: list[Any] = []
    for _ in range(5000):
        nested = [nested]
    for data in ({"a": "\ud800"}, {"a": float("nan")}, {"a": nested}):
        with pytest.raises(UsageError, match="no JSON that an action could be given"):
            await service.submit(
                "lobby",
                Submission(
                    action="refresh", items=None, data=data, priority=None, lane=None, key=None
                ),
                ACTOR,
            )


@pytest.fixture
async def killed(home: Home) -> tuple[int, int]:
    """Have two jobs of whose supervisor nothing is left, and return their numbers."""
    bench = Bench(home.database, {"default": 2})
    await bench.store.write(lambda db: housekeeping.keep_actions(db, ActionRegistry(SPECS).kept()))
    ids = [await bench.enqueue(new_job(items=2)) for _ in range(2)]
    assert [(await bench.job(job_id)).status for job_id in ids] == [JobStatus.ACTIVE] * 2
    await bench.close()
    return ids[0], ids[1]


async def test_what_a_killed_supervisor_left(home: Home, killed: tuple[int, int]) -> None:
    """It is interrupted in every answer: who answers knows that nothing runs."""
    first, second = killed
    async with offline_jobs(home, SETTINGS, ManualClock()) as made:
        listed = await made.list_jobs(Filter(statuses=(JobStatus.INTERRUPTED,)), 50)
        assert [job.job_id for job in listed.jobs] == [second, first]
        assert (await made.stats()).interrupted == 2
        assert "was interrupted" in (await made.why(first)).reasons[0]
        assert [job.job_id for job in (await made.recovery()).interrupted] == [first, second]
        (resumed,) = (await made.resume([first], ACTOR)).jobs
        assert resumed.text == f"Job {first} goes on as soon as it is its turn."
        (recovered, _) = (await made.recover("cancel", ACTOR)).jobs
        assert recovered.status is JobStatus.CANCELLED
        assert (await made.cancel([second], ACTOR)).jobs[0].text.endswith("is cancelled already.")


async def test_a_job_whose_plug_in_is_gone(home: Home) -> None:
    """The answer is not that it goes on: it waits, and what is missing is said."""
    store = Store.open(home.database)
    await store.write(lambda db: housekeeping.keep_actions(db, ActionRegistry(SPECS).kept()))
    async with offline_jobs(home, SETTINGS, ManualClock()) as made:
        waiting, ended = await submit(made), await submit(made)
        await made.pause([waiting], ACTOR)
        await made.cancel([ended], ACTOR)
    await store.write(lambda db: housekeeping.keep_actions(db, []))
    store.close()
    async with offline_jobs(home, SETTINGS, ManualClock()) as made:
        outcomes = (await made.resume([waiting], ACTOR)).jobs
        outcomes += (await made.resume([waiting], ACTOR)).jobs
        outcomes += (await made.retry([ended], ACTOR)).jobs
        for outcome in outcomes:
            assert outcome.ok
            assert outcome.status in {JobStatus.PAUSED, JobStatus.QUEUED}
            assert "no plug-in has its action refresh at present" in outcome.text
            assert "goes on" not in outcome.text
        # What ends a job wants no plug-in.
        assert (await made.cancel([waiting], ACTOR)).jobs[0].text.endswith("is cancelled.")
        assert "is cancelled already" in (await made.resume([waiting], ACTOR)).jobs[0].text


async def test_a_look_takes_nothing_over(home: Home, killed: tuple[int, int]) -> None:
    """The question is still asked by the next supervisor, and its time begins then."""
    async with offline_jobs(home, SETTINGS, ManualClock()) as made:
        for _ in range(2):
            assert (await made.show(killed[0])).status is JobStatus.INTERRUPTED
    bench = Bench(home.database, {})
    try:
        bench.clock.advance(3600)
        assert len(await bench.recover(300_000)) == 2
        job = await bench.job(killed[0])
        now = bench.jobs_clock.now()
        assert (job.status, job.resume_after) == ("interrupted", now + 300_000)
        assert await bench.to_tell(job.id) == "question"
        assert (await bench.history(job.id)).count("interrupted") == 1
    finally:
        await bench.close()


async def test_a_change_takes_all_over(home: Home, killed: tuple[int, int]) -> None:
    """What is interrupted then waits for the answer as after a start, and is asked about."""
    first, second = killed
    async with offline_jobs(home, SETTINGS, ManualClock()) as made:
        await made.cancel([first], ACTOR)
    bench = Bench(home.database, {})
    try:
        assert await bench.recover(300_000) == []
        job = await bench.job(second)
        now = bench.jobs_clock.now()
        assert (job.status, job.resume_after) == ("interrupted", now + 300_000)
        assert await bench.to_tell(job.id) == "question"
    finally:
        await bench.close()


async def test_a_full_disk(home: Home, killed: tuple[int, int]) -> None:
    """What cannot be taken over is shown as it is there."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with offline_jobs(home, SETTINGS, ManualClock()) as made:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        try:
            assert (await made.show(killed[0])).job_id == killed[0]
            with pytest.raises(MeshvisorError, match="cannot grow"):
                await made.cancel([killed[0]], ACTOR)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_database_that_another_program_holds(
    home: Home, killed: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking needs nothing that is written."""
    async with offline_jobs(home, SETTINGS, ManualClock()) as made:
        monkeypatch.setattr(connection, "BUSY_TIMEOUT", 0.05)
        with closing(sqlite3.connect(home.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert (await made.show(killed[0])).job_id == killed[0]
            with pytest.raises(UsageError, match="there is no job 77"):
                await made.show(77)


async def test_nothing_is_removed_where_all_is_kept(home: Home) -> None:
    """`cleanup_after = 0` means for ever, also for who asks for a cleanup without an age."""
    settings = SETTINGS.replaced(JobSettings(cleanup_after=0))
    async with offline_jobs(home, settings, ManualClock()) as made:
        assert (await made.cleanup(None, ACTOR)).removed == 0
