"""Jobs with very many items, from a chat command and from an action."""

from __future__ import annotations

from typing import Final

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import MakeFleet
from tests.faults.jobs.scene import ANN, QUICK, JobScene

pytestmark = pytest.mark.faults

COUNT: Final = 120_000

PLUGIN: Final = f"""
KEYS = [f"key-{{number}}" for number in range({COUNT})]


@action("never", lane="never")
async def never(job):
    await asyncio.Event().wait()


@action("many")
async def many(job):
    job.log(f"enqueued {{await job.submit('never', KEYS, key='from a job')}}")


@command("many", admin=True)
async def many_command(ctx):
    submitted = await ctx.submit("never", items=KEYS, key="from a chat")
    return submitted.text
"""


@pytest.mark.long
async def test_more_than_one_message_holds(make_fleet: MakeFleet, playground: Playground) -> None:
    """All items are in the job, in their order; the same once more is the same job."""
    fleet = make_fleet(PLUGIN, jobs=QUICK)
    await fleet.start()
    await fleet.mesh_is("lobby", MeshState.CONNECTED)
    await playground.wait_for_peer("lobby")
    scene = JobScene(fleet, playground)
    await fleet.ask("admin_add", user_id=ANN.id)
    first = await scene.submit("many")
    await scene.until_status(first, "completed")
    assert f"(never, {COUNT} items)" in await scene.says(ANN, "?many")
    again = await scene.says(ANN, "?many")
    assert "was there already" in again
    assert "another" not in again
    jobs = (await fleet.ask("jobs_list"))["jobs"]
    bulk = [job for job in jobs if job["action"] == "never"]
    assert [job["counts"]["pending"] for job in bulk] == [COUNT, COUNT]
    items = await fleet.ask("jobs_items", job_id=bulk[0]["job_id"], after=COUNT - 3)
    assert [item["key"] for item in items["items"]] == [f"key-{COUNT - 2}", f"key-{COUNT - 1}"]
