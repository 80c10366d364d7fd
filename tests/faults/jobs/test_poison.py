"""One item hangs or kills its runner: it fails, and no other item does."""

from __future__ import annotations

from typing import Any, Final

import psutil
import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import MakeFleet
from tests.faults.jobs.scene import QUICK, JobScene

pytestmark = pytest.mark.faults

PLUGIN: Final = '''
from concurrent.futures import ThreadPoolExecutor


def bite(item, data):
    """Do what no runner survives, when the item is the poison."""
    if item.key != "poison":
        return
    if data["how"] == "hang":
        time.sleep(3600)
    if data["how"] == "exit":
        os._exit(3)
    if data["how"] == "memory":
        kept = []
        while True:
            kept.append(bytearray(64 * 1024 * 1024))
    ctypes.string_at(0)


async def handle(job, item):
    await asyncio.sleep(0.005)
    bite(item, job.data)
    await item.done()


async def walk(job):
    async for item in job.items():
        await handle(job, item)


@action("group", retries=0)
async def group(job):
    async with asyncio.TaskGroup() as tasks:
        for _ in range(3):
            tasks.create_task(walk(job))
    job.log("walked")


@action("gather", retries=0)
async def gather(job):
    await asyncio.gather(*[handle(job, item) async for item in job.items()])
    job.log("walked")


@action("spawn", retries=0)
async def spawn(job):
    async with asyncio.TaskGroup() as tasks:
        async for item in job.items():
            tasks.create_task(handle(job, item))
    job.log("walked")


@action("collect", retries=0)
async def collect(job):
    for item in [item async for item in job.items()]:
        await handle(job, item)
    job.log("walked")


async def inner(items):
    async for item in items:
        yield item


@action("nested", retries=0)
async def nested(job):
    async def pull(items):
        async for item in inner(inner(items)):
            await handle(job, item)

    items = job.items()
    await asyncio.wait([asyncio.create_task(pull(items)) for _ in range(4)])
    job.log("walked")


@action("pool", retries=0)
def pool(job):
    def work(item):
        time.sleep(0.005)
        bite(item, job.data)
        item.done()

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(work, job.items()))
    job.log("walked")


@action("slow-pool", retries=0, item_timeout=1)
def slow_pool(job):
    pool(job)


@action("stubborn", retries=2, retry_delay=0)
async def stubborn(job):
    async for item in job.items():
        bite(item, job.data)
        await item.done()
'''

SEVERAL: Final = ("group", "gather", "spawn", "collect", "nested", "pool")
HEALTHY: Final = ("a", "b", "c", "d", "e", "f")


async def start(make_fleet: MakeFleet, playground: Playground, **lanes: int) -> JobScene:
    """Start a fleet with these actions."""
    fleet = make_fleet(
        PLUGIN,
        jobs={**QUICK, "runner_memory_limit_mb": 128},
        fleet={"hung_after": 1.5},
        lanes=[{"name": name, "concurrency": number} for name, number in lanes.items()],
    )
    await fleet.start()
    await fleet.mesh_is("lobby", MeshState.CONNECTED)
    await playground.wait_for_peer("lobby")
    return JobScene(fleet, playground)


async def states(scene: JobScene, job_id: int) -> dict[str, tuple[str, str | None]]:
    """Return the state and the error of each item."""
    items = await scene.fleet.ask("jobs_items", job_id=job_id)
    return {item["key"]: (item["state"], item.get("error")) for item in items["items"]}


async def only_the_poison_failed(scene: JobScene, job_id: int) -> dict[str, Any]:
    """Check that a job is over, that the poison has failed and nothing else has even an error."""
    job = await scene.until_status(job_id, "completed", "failed")
    found = await states(scene, job_id)
    state, error = found.pop("poison")
    assert (job["status"], state) == ("completed", "failed"), (job, error)
    assert found == dict.fromkeys(HEALTHY, ("done", None))
    return job


@pytest.mark.parametrize("how", ["hang", "exit"])
@pytest.mark.long
async def test_several_items_are_open(
    make_fleet: MakeFleet, playground: Playground, how: str
) -> None:
    """Only the item at fault fails, however the action works on several at a time.

    A thread that hangs does not hold up the loop: there it is the item's time that ends.
    """
    scene = await start(make_fleet, playground)
    actions = SEVERAL if how == "exit" else (*SEVERAL[:-1], "slow-pool")
    at = {name: number % 4 for number, name in enumerate(actions)}
    jobs = {
        name: await scene.submit(
            name,
            keys=[*HEALTHY[: at[name]], "poison", *HEALTHY[at[name] :]],
            data={"how": how},
            lane=name,
        )
        for name in actions
    }
    for name, job_id in jobs.items():
        job = await only_the_poison_failed(scene, job_id)
        assert sum(entry.get("detail") == "walked" for entry in job["history"]) == 1, name


@pytest.mark.long
async def test_jobs_that_share_a_runner(make_fleet: MakeFleet, playground: Playground) -> None:
    """The other jobs of its runner are done as well, without an error."""
    scene = await start(make_fleet, playground, shared=3)
    jobs = [
        await scene.submit("group", keys=keys, data={"how": "hang"}, lane="shared")
        for keys in (["a", "b", "poison", "c", "d", "e", "f"], list(HEALTHY), list(HEALTHY))
    ]
    await only_the_poison_failed(scene, jobs[0])
    for job_id in jobs[1:]:
        assert (await scene.until_status(job_id, "completed"))["counts"]["done"] == 6


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("exit", "its runner exited with code 3"),
        ("crash", "its runner was killed by SIGSEGV"),
        ("memory", "its runner reached its memory limit"),
        ("hang", "hung: its event loop has not run"),
    ],
)
@pytest.mark.some(2)
async def test_an_item_that_kills_its_runner(
    make_fleet: MakeFleet, playground: Playground, how: str, why: str
) -> None:
    """It is tried as often as its action says, fails with the reason, and those behind are done.

    A second run of the job passes it by in the same way.
    """
    scene = await start(make_fleet, playground)
    keys = ["a", "poison", *HEALTHY[1:]]
    job_id = await scene.submit("stubborn", keys=keys, data={"how": how})
    for _ in range(2):
        job = await only_the_poison_failed(scene, job_id)
        error = (await states(scene, job_id))["poison"][1]
        assert error is not None
        assert error.startswith(why)
        assert job["attempt"] == 1
        if how == "hang":
            return  # it would hang at each try
        assert error.endswith(", 3 times at this item")
        assert (await scene.wish("retry", job_id))["ok"]


@pytest.mark.parametrize("action", ["blocks", "blocks-a-thread"])
@pytest.mark.some(1)
async def test_an_outcome_before_a_blocking_call(
    make_fleet: MakeFleet, playground: Playground, action: str
) -> None:
    """It is written while the call blocks, so that killing the runner repeats nothing."""
    fleet = make_fleet(BLOCKING, jobs=QUICK, fleet={"hung_after": 600})
    await fleet.start()
    await fleet.mesh_is("lobby", MeshState.CONNECTED)
    scene = JobScene(fleet, playground)
    job_id = await scene.submit(action, keys=list("abcd"))
    for number in range(1, 5):
        await scene.until_done(job_id, number)
        (runner,) = scene.runners()
        runner.kill()
        await _ended(scene, runner)
    job = await scene.until_status(job_id, "completed", "failed", "interrupted")
    assert job["counts"]["done"] == 4
    assert set(scene.done().values()) == {1}


async def _ended(scene: JobScene, process: psutil.Process) -> None:
    await scene.fleet.until(lambda: not process.is_running(), "the end of the runner")


BLOCKING: Final = """
def note(job, item):
    with open("done.txt", "a") as file:
        file.write(f"{job.id} {item.key}\\n")


@action("blocks", retries=9)
async def blocks(job):
    async for item in job.items():
        note(job, item)
        item.done()
        time.sleep(3600)


@action("blocks-a-thread", retries=9)
async def blocks_a_thread(job):
    async for item in job.items():
        note(job, item)
        threading.Thread(target=item.done).start()
        time.sleep(3600)
"""
