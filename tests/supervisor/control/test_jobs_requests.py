"""What the control socket answers about jobs, from a real database and views of a test's own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from meshvisor.features.jobs.model.job import ItemState
from meshvisor.features.jobs.requests.fitting import fitting
from meshvisor.features.jobs.results import ItemInfo, JobList, JobReport, SubmittedJob
from meshvisor.shared.paths import Home
from meshvisor.shared.prepared_home import prepare_home
from meshvisor.shared.protocol.frames import MAX_FRAME
from tests.clock import ManualClock
from tests.supervisor.control.conftest import Raw
from tests.supervisor.control.in_memory import InMemorySupervisor
from tests.supervisor.control.in_memory_jobs import InMemoryJobs, in_memory_jobs, run_of_one
from tests.supervisor.control.test_connection import until
from tests.supervisor.control.test_requests import error_of, result_of


@pytest.fixture
def clock() -> ManualClock:
    """Return the clock of the jobs."""
    return ManualClock()


@pytest.fixture(autouse=True)
async def jobs(
    home: Home, supervisor: InMemorySupervisor, clock: ManualClock
) -> AsyncIterator[InMemoryJobs]:
    """Return the jobs that the supervisor has."""
    prepare_home(home)
    async with in_memory_jobs(home, clock) as jobs:
        supervisor.take_jobs(jobs)
        yield jobs


async def submit(client: Raw, **submission: Any) -> Any:
    """Submit a job and return the answer."""
    content = {"action": "addplayer", **submission}
    return await result_of(client, "jobs_submit", mesh_id="lobby", submission=content)


# ---- New jobs ------------------------------------------------------------------------------------


async def test_submit(client: Raw) -> None:
    """The answer has the documented shape, and says where the job waits."""
    first = await submit(client, items=["a", "b", "a"])
    assert set(first) == set(SubmittedJob.model_fields)
    assert (first["job_id"], first["status"], first["position"]) == (1, "queued", 1)
    assert (first["items"], first["repeated_items"]) == (2, 1)
    second = await submit(client, priority=1, lane="game-api")
    assert (second["position"], second["priority"]) == (1, 1)


async def test_submit_twice_under_one_key(client: Raw) -> None:
    """The second one is the first."""
    first = await submit(client, key="k")
    again = await submit(client, key="k")
    assert (again["job_id"], first["duplicate"], again["duplicate"]) == (1, False, True)


async def test_items_in_pieces(client: Raw) -> None:
    """What was staged comes before what the submission brings, and is used once."""
    for piece, staged in ((["a", "b"], 2), (["c"], 3)):
        answer = await result_of(client, "jobs_stage", token="t" * 8, items=piece)
        assert answer == {"items": staged}
    arguments = {
        "mesh_id": "lobby",
        "submission": {"action": "addplayer", "items": ["d"]},
        "staged": "t" * 8,
    }
    assert (await result_of(client, "jobs_submit", **arguments))["items"] == 4
    listed = await result_of(client, "jobs_items", job_id=1)
    assert [item["key"] for item in listed["items"]] == ["a", "b", "c", "d"]
    sentence, code = await error_of(client, "jobs_submit", **arguments)
    assert ("submit it again" in sentence, code) == (True, 2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mesh_id": "loby"}, "did you mean lobby?"),
        ({"mesh_id": "a b"}, "mesh"),
        ({"action": "addplayr"}, "did you mean addplayer?"),
        ({"action": "weather"}, "there is no action 'weather'"),
        ({"priority": 0}, "0 is no priority; 1 is the most urgent"),
        ({"priority": "high"}, "priority"),
        ({"lane": "A lane"}, "no name of a lane"),
        ({"items": []}, "list of items is empty"),
        ({"items": ["a\x1b[2J"]}, "control characters"),
        ({"items": ["k" * 201]}, "201 characters; 200 are allowed"),
        ({"data": [1]}, "data"),
        ({"data": {"text": "x" * 70_000}}, "65536 are allowed"),
        ({"key": ""}, "idempotency key"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_no_job(client: Raw, changes: dict[str, Any], said: str) -> None:
    """What cannot be a job is refused in one sentence, and nothing of it is kept."""
    mesh_id = changes.pop("mesh_id", "lobby")
    submission = {"action": "addplayer", **changes}
    sentence, code = await error_of(client, "jobs_submit", mesh_id=mesh_id, submission=submission)
    assert said.lower() in sentence.lower()
    assert code == 2
    assert (await result_of(client, "jobs_list"))["jobs"] == []


@pytest.mark.parametrize(
    "value",
    [r'"\ud800"', "NaN", "1e999", "[" * 300 + "]" * 300],
    ids=["half", "NaN", "big", "deep"],
)
async def test_data_that_no_runner_could_be_sent(client: Raw, value: str) -> None:
    """What Python takes for JSON and the channel does not is refused before it is written."""
    body = '{"id": 1, "type": "jobs_submit", "mesh_id": "lobby", "submission": {"action": '
    answer = await client.ask(f'{body}"addplayer", "data": {{"a": {value}}}}}}}\n'.encode())
    assert (answer["ok"], answer["exit_code"]) == (False, 2)
    assert "no JSON that an action could be given" in answer["error"]


# ---- Looking -------------------------------------------------------------------------------------


async def test_show(client: Raw) -> None:
    """A job has the documented fields and its history."""
    await submit(client, items=["a"], data={"n": 1})
    job = await result_of(client, "jobs_show", job_id=1)
    assert set(job) == set(JobReport.model_fields)
    assert (job["position"], job["data"], job["origin"]) == (1, {"n": 1}, "command line")
    assert [entry["event"] for entry in job["history"]] == ["queued"]
    assert (await error_of(client, "jobs_show", job_id=7))[1] == 2


async def test_list_pages(client: Raw) -> None:
    """Newest first, page by page, only those that match."""
    for priority in (1, 2, 3):
        await submit(client, priority=priority)
    page = await result_of(client, "jobs_list", limit=2)
    assert set(page) == set(JobList.model_fields)
    assert ([job["job_id"] for job in page["jobs"]], page["more"]) == ([3, 2], True)
    page = await result_of(client, "jobs_list", limit=2, before=2)
    assert ([job["job_id"] for job in page["jobs"]], page["more"]) == ([1], False)
    for wanted in ({"statuses": ["active"]}, {"action": "x"}, {"mesh_id": "cinema"}, {"lane": "x"}):
        assert (await result_of(client, "jobs_list", **wanted))["jobs"] == []


def test_page_that_fits() -> None:
    """A page ends where its frame would, never before its first entry."""
    large = ItemInfo(
        position=0,
        key="k",
        state=ItemState.DONE,
        result="ä" * 30_000,
        error=None,
        attempt=1,
        updated_at=None,
    )
    fit = fitting([large] * 100)
    written = [json.dumps(item.model_dump(mode="json"), separators=(",", ":")) for item in fit]
    assert len(",".join(written)) < MAX_FRAME < len(",".join([*written, written[0]])) + 4096
    huge = large.model_copy(update={"result": "x" * MAX_FRAME})
    assert len(fitting([huge, large])) == 1
    assert fitting([]) == ()


async def test_large_results_come_in_several_pages(client: Raw, jobs: InMemoryJobs) -> None:
    """A page that was cut says that there is more."""
    await submit(client, items=[f"k{n}" for n in range(40)])
    text = json.dumps("x" * 60_000)
    await jobs.store.write(
        lambda db: db.execute("UPDATE job_items SET state = 'done', result = ?", (text,))
    )
    found: list[str] = []
    more, pages = True, 0
    while more:
        after = len(found) - 1
        page = await result_of(client, "jobs_items", job_id=1, after=after, limit=1000)
        found += [item["key"] for item in page["items"]]
        more, pages = page["more"], pages + 1
    assert found == [f"k{n}" for n in range(40)]
    assert pages > 1


async def test_why_stats_actions_recovery(client: Raw) -> None:
    """Each answers in its shape."""
    await submit(client)
    assert (await result_of(client, "jobs_why", job_id=1))["position"] == 1
    stats = await result_of(client, "jobs_stats")
    assert (stats["queued"], stats["total"], stats["queuedByPriority"]["2"]) == (1, 1, 1)
    actions = (await result_of(client, "jobs_actions"))["actions"]
    own = [action["name"] for action in actions if action["source"] != "built in"]
    assert own == ["addplayer", "notifications"]
    recovery = await result_of(client, "jobs_recovery")
    assert (recovery["interrupted"], recovery["auto_resume_after"]) == ([], 300.0)


# ---- Changing ------------------------------------------------------------------------------------


async def test_wishes(client: Raw) -> None:
    """Each job has an outcome; one that is not there keeps none of the others from theirs."""
    await submit(client)
    for kind, ok in (("pause", True), ("resume", True), ("cancel", True), ("pause", False)):
        answer = await result_of(client, f"jobs_{kind}", job_ids=[7, 1])
        assert [(job["job_id"], job["ok"]) for job in answer["jobs"]] == [(7, False), (1, ok)]
        assert answer["jobs"][0]["status"] is None
    answer = await result_of(client, "jobs_retry", job_ids=[1])
    assert answer["jobs"][0]["status"] == "queued"
    assert (await result_of(client, "jobs_recover", decision="resume"))["jobs"] == []
    for job_ids in ([], [0], [2**60], ["x"], list(range(1, 1002))):
        assert (await error_of(client, "jobs_pause", job_ids=job_ids))[1] == 2


async def test_who_has_done_it_is_in_the_audit_log(client: Raw, jobs: InMemoryJobs) -> None:
    """Changes of jobs are kept with their actor."""
    await submit(client)
    await result_of(client, "jobs_cancel", job_ids=[1])
    rows = await jobs.store.read(
        lambda db: db.execute(
            "SELECT action, subject, origin FROM audit_log ORDER BY id"
        ).fetchall()
    )
    assert rows == [("jobs.submit", "1", "command line"), ("jobs.cancel", "1", "command line")]


async def test_delete(client: Raw, jobs: InMemoryJobs) -> None:
    """Single jobs are forgotten, and the audit log keeps who did and how they were."""
    await submit(client, items=["a"], key="k")
    await submit(client)
    answer = await result_of(client, "jobs_delete", job_ids=[1, 7])
    assert [(job["job_id"], job["ok"]) for job in answer["jobs"]] == [(1, True), (7, False)]
    assert (await error_of(client, "jobs_show", job_id=1))[1] == 2
    assert [job["job_id"] for job in (await result_of(client, "jobs_list"))["jobs"]] == [2]
    assert not (await submit(client, key="k"))["duplicate"]
    rows = await jobs.store.read(
        lambda db: db.execute(
            "SELECT action, subject, origin, detail FROM audit_log WHERE action = 'jobs.delete'"
        ).fetchall()
    )
    detail = "addplayer queued, 0 of 1 items -> deleted"
    assert rows == [("jobs.delete", "1", "command line", detail)]


async def test_cleanup(client: Raw, clock: ManualClock) -> None:
    """Jobs that ended long enough ago are forgotten, others are not."""
    await submit(client)
    await result_of(client, "jobs_cancel", job_ids=[1])
    clock.advance(60)
    assert (await result_of(client, "jobs_cleanup", older_than=61))["removed"] == 0
    assert (await result_of(client, "jobs_cleanup", older_than=60))["removed"] == 1
    assert (await error_of(client, "jobs_cleanup", older_than=-1))[1] == 2


# ---- Watching ------------------------------------------------------------------------------------


async def test_watching_one_ends_with_it(client: Raw, jobs: InMemoryJobs) -> None:
    """Views come until the job has ended, then the reply."""
    await submit(client)
    jobs.views = run_of_one()
    client.send({"id": 4, "type": "jobs_watch", "job_id": 1})
    frames = [await client.receive() for _ in range(102)]
    statuses = [frame["event"]["jobs"][0]["status"] for frame in frames[:101]]
    assert statuses == ["active"] * 100 + ["completed"]
    assert frames[101] == {"reply_to": 4, "ok": True, "result": None}


async def test_watching_what_is_not_there(client: Raw) -> None:
    """An unknown number is an error, and the conversation goes on."""
    sentence, code = await error_of(client, "jobs_watch", job_id=7)
    assert ("no job 7" in sentence, code) == (True, 2)
    assert (await client.ask({"id": 2, "type": "version"}))["ok"]


async def test_leaving_ends_watching(client: Raw, jobs: InMemoryJobs) -> None:
    """A client that goes away is not served any longer."""
    client.send({"id": 1, "type": "jobs_watch"})
    await until(lambda: jobs.watchers)
    client.close()
    await until(lambda: not jobs.watchers)
