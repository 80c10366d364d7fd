"""Jobs of a whole fleet: they run, make room, wait, fail and are tried again."""

from __future__ import annotations

import pytest

from shared.errors import UsageError
from tests.faults.jobs.conftest import StartScene

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


@pytest.mark.parametrize(
    ("submission", "mesh_id", "sentence"),
    [
        ({"action": "walkk"}, "lobby", "there is no action 'walkk'; did you mean walk?"),
        ({"action": "walk"}, "loby", "there is no mesh 'loby'; did you mean lobby?"),
        ({"action": "walk", "priority": -1}, "lobby", "-1 is no priority"),
        ({"action": "walk", "items": []}, "lobby", "the list of items is empty"),
        ({"action": "walk", "items": ["a\x00b"]}, "lobby", "has control characters"),
        ({"action": "walk", "items": [""]}, "lobby", "an item has an empty key"),
        ({"action": "walk", "lane": "No Lane"}, "lobby", "is no name of a lane"),
    ],
)
async def test_bad_input(
    start_scene: StartScene, submission: dict[str, object], mesh_id: str, sentence: str
) -> None:
    """One clear sentence, and nothing half done."""
    scene = await start_scene()
    with pytest.raises(UsageError, match=sentence):
        await scene.fleet.ask("jobs_submit", mesh_id=mesh_id, submission=submission)
    assert (await scene.fleet.ask("jobs_list"))["jobs"] == []
