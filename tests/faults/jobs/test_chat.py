"""Jobs of people in a room: accepted, reported, asked about, answered by the right ones."""

from __future__ import annotations

import signal

import pytest

from tests.faults.jobs.conftest import StartScene
from tests.faults.jobs.scene import ANN, BOB, JobScene
from tests.faults.jobs.test_killed import restart

pytestmark = pytest.mark.faults


async def appoint(scene: JobScene) -> None:
    """Make ann an admin and let her make bob one."""
    await scene.fleet.ask("admin_add", user_id=ANN.id)
    await scene.fleet.until_told(
        lambda: _answers(scene, f"?admin {BOB.id}", "is an admin"), "ann to be an admin"
    )


async def _answers(scene: JobScene, text: str, part: str) -> bool:
    return part in await scene.says(ANN, text)


async def test_only_admins_start_jobs(start_scene: StartScene) -> None:
    """Others get that answer, and there is no job."""
    scene = await start_scene()
    assert "Only admins" in await scene.says(BOB, "?walk 3")
    assert await scene.says(BOB, "?jobs") == "There are no open jobs here."


async def test_accepted_progress_outcome(start_scene: StartScene) -> None:
    """The creator of a job reads how it goes, to the end."""
    scene = await start_scene()
    await appoint(scene)
    answer = await scene.says(ANN, "?walk 40 gated")
    assert answer.startswith("Job 1 (gated, 40 items) ")
    await scene.until_done(1, 1)
    second = await scene.says(ANN, "?walk 2")
    assert second == "Job 2 (walk, 2 items) is queued, next in lane default."
    assert "Job 1 gated: active, 1 of 40 (2 %)" in await scene.says(BOB, "?jobs")
    await scene.until_running_for(1, 1.1)
    scene.open_gate()
    done = await scene.until_heard("Job 1 (gated) is completed")
    assert "; 40 done." in done
    assert any("Job 1 (gated): " in text and "of 40" in text for text in scene.heard())
    await scene.until_heard("Job 2 (walk) is completed")
    # One that is over in a moment has nothing to report before its end.
    assert not [text for text in scene.heard() if "Job 2 (walk): " in text]


async def test_the_question_after_a_crash(start_scene: StartScene) -> None:
    """The creator is asked in the room; another admin may not answer, the creator may."""
    scene = await start_scene(auto_resume_after=3600)
    await appoint(scene)
    await scene.says(BOB, "?walk 10 gated")
    await scene.until_done(1, 1)
    await restart(scene, signal.SIGKILL)
    await scene.playground.wait_for_peer("lobby")
    question = await scene.until_heard("Shall it go on? ?resume 1 or ?cancel 1")
    assert "1 of 10" in question
    assert "without an answer it goes on by itself" in question
    await scene.fleet.ask("admin_remove", user_id=ANN.id)
    refusal = await scene.says(ANN, "?resume 1")
    assert "admin" in refusal or "Only" in refusal
    scene.open_gate()
    assert "goes on as soon as it is its turn" in await scene.says(BOB, "?resume 1")
    again = await scene.says(BOB, "?resume 1")
    assert "already" in again
    done = await scene.until_heard("Job 1 (gated) is completed")
    assert "; 10 done." in done
    assert scene.done()["1 0"] == 1


@pytest.mark.long
async def test_words_that_are_no_numbers(start_scene: StartScene) -> None:
    """A command says how it is used, or that there is no such job."""
    scene = await start_scene()
    await appoint(scene)
    assert (await scene.says(ANN, "?job")).startswith("Use: ?job")
    assert (await scene.says(ANN, "?cancel x")).startswith("Use: ?cancel")
    assert "here is no job 77" in await scene.says(ANN, "?job 77")
    assert "here is no job 77" in await scene.says(ANN, "?pause 77")
