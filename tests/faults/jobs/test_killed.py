"""Kill -9 of runner, supervisor or both: nothing acknowledged is lost, nothing finished redone."""

from __future__ import annotations

import os
import random
import signal

import pytest

from meshvisor.shared.model.mesh import MeshState
from tests.faults.jobs.conftest import StartScene
from tests.faults.jobs.scene import JobScene
from tests.seeds import seeds

pytestmark = pytest.mark.faults


async def test_a_killed_runner(start_scene: StartScene) -> None:
    """Its job is interrupted; a user resumes it, and it goes on."""
    scene = await start_scene(auto_resume_after=3600)
    job_id = await scene.submit("gated", 4)
    await scene.until_done(job_id, 1)
    (runner,) = scene.runners()
    runner.kill()
    job = await scene.until_status(job_id, "interrupted")
    assert job["error"] == "its runner was killed by SIGKILL"
    recovery = await scene.fleet.ask("jobs_recovery")
    assert [one["job_id"] for one in recovery["interrupted"]] == [job_id]
    scene.open_gate()
    assert (await scene.wish("resume", job_id))["ok"]
    job = await scene.until_status(job_id, "completed")
    assert job["attempt"] == 2
    assert scene.done()[f"{job_id} 0"] == 1


async def test_a_killed_supervisor(start_scene: StartScene) -> None:
    """After the next start the job goes on by itself, with the items that are left."""
    scene = await start_scene()
    job_id = await scene.submit("gated", 4)
    waiting = await scene.submit("walk", 2)
    await scene.until_done(job_id, 1)
    await restart(scene, signal.SIGKILL)
    scene.open_gate()
    job = await scene.until_status(job_id, "completed")
    assert job["counts"]["done"] == 4
    assert "interrupted" in scene.events(job)
    assert scene.done()[f"{job_id} 0"] == 1
    await scene.until_status(waiting, "completed")


@pytest.mark.long
async def test_a_clean_restart(start_scene: StartScene) -> None:
    """What ran goes on without a question, as the same try."""
    scene = await start_scene(auto_resume_after=3600)
    job_id = await scene.submit("walk", 50, data={"pause": 0.02})
    await scene.until_done(job_id, 3)
    await restart(scene, signal.SIGTERM)
    job = await scene.until_status(job_id, "completed")
    assert "interrupted" not in scene.events(job)
    assert "paused:restart" in scene.events(job)
    assert job["attempt"] == 1
    assert set(scene.done().values()) == {1}


async def test_a_second_crash_changes_no_deadline(start_scene: StartScene) -> None:
    """Interrupted jobs go on so long after the first crash, however many follow."""
    scene = await start_scene(auto_resume_after=3600)
    job_id = await scene.submit("gated", 4)
    await scene.until_done(job_id, 1)
    await restart(scene, signal.SIGKILL)
    first = (await scene.until_status(job_id, "interrupted"))["resume_after"]
    await restart(scene, signal.SIGKILL)
    assert (await scene.job(job_id))["resume_after"] == first


@pytest.mark.parametrize("seed", seeds(2, 6))
@pytest.mark.some(1)
async def test_killed_again_and_again(
    start_scene: StartScene, seed: int, chance: random.Random
) -> None:
    """Whatever dies when: all jobs come to their end, finished items are not handled again."""
    scene = await start_scene(auto_resume_after=0)
    jobs = [
        await scene.submit("walk", 60, data={"pause": 0.002}, priority=chance.randint(2, 5))
        for _ in range(4)
    ]
    finished: set[str] = set()
    before = scene.done()
    for _ in range(5):
        await scene.until_done(chance.choice(jobs), 0)
        jobs.append(await scene.submit("urgent"))
        for process in scene.runners() if chance.random() < 0.7 else ():
            os.kill(process.pid, signal.SIGKILL)
        if chance.random() < 0.6:
            await restart(scene, signal.SIGKILL)
        now = scene.outcomes()
        done = scene.done()
        again = [item for item in finished if done[item] > before[item]]
        assert again == []
        finished, before = now, done
    for job_id in jobs:
        job = await scene.until_status(job_id, "completed", "failed")
        if job["status"] == "failed":  # killed as often as it has tries
            assert "killed" in job["error"]
            await scene.wish("retry", job_id)
            await scene.until_status(job_id, "completed")
    assert all(scene.done()[item] >= 1 for item in scene.outcomes())


async def test_a_damaged_database(start_scene: StartScene) -> None:
    """It is left as it is, and the start says what is wrong and what to do."""
    scene = await start_scene()
    await scene.submit("gated", 4)
    await scene.fleet.stop()
    database = scene.fleet.home.database
    content = b"not a database" * 1000
    database.write_bytes(content)
    scene.fleet.launch()
    assert await scene.fleet.exit_code() == 3
    assert "is damaged or no SQLite database" in scene.fleet.output
    assert "restore a backup" in scene.fleet.output
    assert database.read_bytes() == content


async def restart(scene: JobScene, number: signal.Signals) -> None:
    """End the supervisor by a signal and start it again."""
    scene.fleet.signal(number)
    await scene.fleet.exit_code()
    await scene.fleet.until(lambda: not scene.fleet.processes(), "everything to be gone")
    await scene.fleet.start()
    await scene.fleet.mesh_is("lobby", MeshState.CONNECTED)
