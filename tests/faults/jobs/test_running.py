"""Jobs of a whole fleet: they run, make room, wait, fail and are tried again."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.shared.errors import UsageError
from tests.faults.jobs.conftest import StartScene
from tests.faults.jobs.scene import JobScene
from tests.seeds import also_long

pytestmark = pytest.mark.faults


async def test_a_job_from_submit_to_its_end(start_scene: StartScene) -> None:
    """Each item is handled once, has its result, and the history tells all of it."""
    scene = await start_scene()
    job_id = await scene.submit("walk", 700, data={"pause": 0}, key="daily")
    assert await scene.submit("walk", 3, key="daily") == job_id
    job = await scene.until_status(job_id, "completed")
    assert job["counts"] == {"pending": 0, "done": 700, "failed": 0, "existing": 0}
    assert (job["attempt"], job["mesh_id"], job["position"]) == (1, "lobby", None)
    assert scene.events(job) == ["queued", "active", "completed"]
    assert set(scene.done().values()) == {1}
    assert len(scene.done()) == 700
    items = await scene.fleet.ask("jobs_items", job_id=job_id, after=697)
    assert [(i["key"], i["result"]) for i in items["items"]] == [
        ("k698", {"n": 698}),
        ("k699", {"n": 699}),
    ]


async def test_an_urgent_job_gets_in(start_scene: StartScene) -> None:
    """The long one stops at its next item, and carries on with the one after it."""
    scene = await start_scene()
    long = await scene.submit("gated", 5)
    await scene.until_done(long, 1)
    urgent = await scene.submit("urgent")
    scene.open_gate()
    await scene.until_status(urgent, "completed")
    job = await scene.until_status(long, "completed")
    assert scene.events(job) == ["queued", "active", "paused:preempted", "active", "completed"]
    assert job["history"][2]["detail"] == f"by job {urgent}"
    assert job["attempt"] == 1
    done = scene.done()
    assert [done[f"{long} {n}"] for n in range(5)] == [1] * 5


async def test_pause_resume_cancel(start_scene: StartScene) -> None:
    """An operator has the last word about a job that runs."""
    scene = await start_scene()
    job_id = await scene.submit("gated", 5)
    await scene.until_done(job_id, 1)
    outcome = await scene.wish("pause", job_id)
    assert (outcome["ok"], outcome["text"]) == (
        True,
        f"Job {job_id} pauses at the end of its present item.",
    )
    scene.open_gate()
    job = await scene.until_status(job_id, "paused")
    assert job["pause_reason"] == "operator"
    why = await scene.fleet.ask("jobs_why", job_id=job_id)
    assert why["reasons"][0].startswith("Somebody has paused it")
    assert (await scene.wish("resume", job_id))["ok"]
    await scene.until_status(job_id, "completed")
    assert not (await scene.wish("cancel", job_id))["ok"]
    assert set(scene.done().values()) == {1}


@pytest.mark.long
async def test_a_rate_limit(start_scene: StartScene) -> None:
    """The job waits and goes on by itself; that costs no try, and others run meanwhile."""
    scene = await start_scene()
    job_id = await scene.submit("limited")
    job = await scene.until_status(job_id, "completed")
    assert scene.events(job) == ["queued", "active", "paused:rate_limited", "active", "completed"]
    assert job["attempt"] == 1


async def test_an_action_that_fails(start_scene: StartScene) -> None:
    """It is tried again, then the job has failed with what it met; retry runs it anew."""
    scene = await start_scene()
    job_id = await scene.submit("wrong")
    job = await scene.until_status(job_id, "failed")
    assert (job["attempt"], job["error"]) == (2, "ValueError: on purpose")
    assert [e for e in scene.events(job) if not e.startswith("log")] == [
        *("queued", "active", "paused:retry", "active", "failed"),
    ]
    assert (await scene.wish("retry", job_id))["ok"]
    await scene.until_status(job_id, "failed")


async def test_a_hanging_item(start_scene: StartScene) -> None:
    """Its runner is killed and replaced, the item is marked, the others get their outcomes."""
    scene = await start_scene()
    job_id = await scene.submit("hangs", keys=["a", "bad", "c"])
    job = await scene.until_status(job_id, "completed")
    assert job["counts"] == {"pending": 0, "done": 2, "failed": 1, "existing": 0}
    items = await scene.fleet.ask("jobs_items", job_id=job_id, states=["failed"])
    assert items["items"][0]["error"].startswith("hung: its event loop has not run for")


async def test_a_poison_job_takes_no_other_with_it(start_scene: StartScene) -> None:
    """Whatever shares its runner may be killed with it more often than it has tries."""
    scene = await start_scene(concurrency=3)
    others = [await scene.submit("gated", 10) for _ in range(2)]
    for one in others:
        await scene.until_done(one, 1)
    poison = await scene.submit("poison")
    job = await scene.until_status(poison, "failed")
    scene.open_gate()
    for one in others:
        done = await scene.until_status(one, "completed")
        assert done["counts"]["done"] == 10
    assert "kill" in job["error"] or "exit" in job["error"]


@pytest.mark.long
async def test_a_poison_job(start_scene: StartScene) -> None:
    """It kills its runner each time and has failed in the end; the lane goes on."""
    scene = await start_scene()
    poison = await scene.submit("poison")
    other = await scene.submit("walk", 3)
    job = await scene.until_status(poison, "failed")
    assert job["attempt"] == 3
    assert job["error"] == "its runner exited with code 3"
    await scene.until_status(other, "completed")
    assert scene.done()[f"poison {poison}"] == 3


@pytest.mark.parametrize("name", ["pretends", *also_long(["stops"])])
@pytest.mark.long
async def test_a_runner_that_ends_excused_again_and_again(
    start_scene: StartScene, name: str
) -> None:
    """A reason that is no fault of the job is no reason without end."""
    scene = await start_scene()
    job = await scene.until_status(await scene.submit(name), "failed")
    assert job["attempt"] == 2
    assert 2 <= scene.done()[f"{name} {job['job_id']}"] <= 8
    await scene.until_status(await scene.submit("walk", 3), "completed")


@pytest.mark.long
async def test_a_storm_of_urgent_jobs(start_scene: StartScene) -> None:
    """A thousand of them get in; nothing of the long job is lost or done twice."""
    scene = await start_scene()
    long = await scene.submit("walk", 1500, data={"pause": 0.002})
    await scene.until_done(long, 1)
    storm = await scene.submit("storm", data={"jobs": 1000})
    await scene.until_status(storm, "completed")
    job = await scene.until_status(long, "completed")
    assert job["attempt"] == 1
    done = scene.done()
    assert [done[f"{long} {n}"] for n in range(1500)] == [1] * 1500
    stats = await scene.fleet.until_told(lambda: _all_ended(scene), "the end of all jobs")
    assert (stats["completed"], stats["failed"]) == (1002, 0)
    assert "paused:preempted" in scene.events(job)


async def _all_ended(scene: JobScene) -> dict[str, Any] | None:
    stats: dict[str, Any] = await scene.fleet.ask("jobs_stats")
    return stats if stats["total"] == 0 else None


@pytest.mark.long
async def test_a_hundred_thousand_items(start_scene: StartScene) -> None:
    """They come in pieces, are written in slices, and each gets its outcome."""
    scene = await start_scene()
    keys = [f"k{n}" for n in range(100_000)]
    for first in range(0, len(keys), 20_000):
        some = keys[first : first + 20_000]
        await scene.fleet.ask("jobs_stage", token="token-1234", items=some)
    submitted = await scene.fleet.ask(
        "jobs_submit", mesh_id="lobby", submission={"action": "limited"}, staged="token-1234"
    )
    assert submitted["items"] == 100_000
    await scene.wish("cancel", submitted["job_id"])
    job = await scene.until_status(submitted["job_id"], "cancelled", "failed")
    assert job["counts"]["pending"] == 100_000


@pytest.mark.parametrize(
    ("submission", "mesh_id", "sentence"),
    [
        ({"action": "walkk"}, "lobby", "there is no action 'walkk'; did you mean walk?"),
        ({"action": "walk"}, "loby", "There is no mesh 'loby'; did you mean lobby?"),
        ({"action": "walk", "priority": -1}, "lobby", "-1 is no priority"),
        ({"action": "walk", "items": []}, "lobby", "the list of items is empty"),
        ({"action": "walk", "items": ["a\x00b"]}, "lobby", "has control characters"),
        ({"action": "walk", "items": [""]}, "lobby", "an item has an empty key"),
        ({"action": "walk", "lane": "No Lane"}, "lobby", "is no name of a lane"),
    ],
)
@pytest.mark.some(3)
async def test_bad_input(
    start_scene: StartScene, submission: dict[str, object], mesh_id: str, sentence: str
) -> None:
    """One clear sentence, and nothing half done."""
    scene = await start_scene()
    with pytest.raises(UsageError, match=sentence):
        await scene.fleet.ask("jobs_submit", mesh_id=mesh_id, submission=submission)
    assert (await scene.fleet.ask("jobs_list"))["jobs"] == []
