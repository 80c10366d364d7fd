"""Threads that never end, and threads that cannot be had: no other worker notices either."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from meshvisor.features.watch_party.protoo.rooms import RoomUser
from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import MakeFleet, StartFleet
from tests.fleet import Fleet

pytestmark = pytest.mark.faults

STUCK = 8
"""More than Python's own executor has threads on a machine with two cores."""

BLOCKING = """
from pathlib import Path

def block():
    while not Path("let-go").exists():
        time.sleep(0.02)

@command("stuck")
def stuck(ctx):
    block()

@command("await-stuck")
async def await_stuck(ctx):
    await asyncio.to_thread(block)

@command("quick")
def quick(ctx):
    return "quick"

@command("await-quick")
async def await_quick(ctx):
    return await asyncio.to_thread(lambda: "quick")

@event("message")
def overhear(message):
    if message.text == "sleep":
        block()

@event("message")
async def overhear_and_await(message):
    if message.text == "sleep":
        await asyncio.gather(*(asyncio.to_thread(block) for _ in range(40)))
"""

BRIEF = {"timeout": 0.2, "cooldown": 0, "concurrency": 4}
"""Settings of `[commands]`."""


def by_name(playground: Playground) -> dict[str, Any]:
    """Return settings in which the mesh server has a name that has to be looked up."""
    port = playground.server.rpartition(":")[2]
    return {"url": playground.url, "server": f"ws://localhost:{port}", "login": "none"}


async def ask_all(playground: Playground, *questions: str) -> list[str]:
    """Return the answers to some commands, which all are asked at once, each by another user."""
    asked = (
        playground.ask("lobby", text, user=RoomUser(str(1000 + number), f"user{number}"))
        for number, text in enumerate(questions)
    )
    answers = await asyncio.gather(*asked)
    return [answer.text for answer in answers]


async def hears_everyone(fleet: Fleet, playground: Playground, worker: int) -> None:
    """Check that a worker still answers, and finds its server again by its name."""
    assert await ask_all(playground, "?quick", "?await-quick", "?ping") == [
        "quick",
        "quick",
        "pong",
    ]
    playground.drop("lobby")
    assert await fleet.worker() == worker
    await playground.wait_for_peer("lobby")
    assert await ask_all(playground, "?await-quick") == ["quick"]
    mesh = await fleet.mesh("lobby")
    assert mesh is not None
    assert mesh.state is MeshState.CONNECTED
    assert await fleet.worker() == worker


@pytest.mark.parametrize("command", ["?stuck", "?await-stuck"])
async def test_commands_that_never_end(
    start_fleet: StartFleet, playground: Playground, command: str
) -> None:
    """They are given up; others answer, and the bot comes back into its room after a drop."""
    fleet = await start_fleet(BLOCKING, commands=BRIEF, platform=by_name(playground))
    worker = await fleet.worker()
    await playground.wait_for_peer("lobby")
    for answer in await ask_all(playground, *[command] * STUCK):
        assert "took longer than 0.2 s" in answer
    await hears_everyone(fleet, playground, worker)
    await fleet.ask("poll")
    health = await fleet.ask("process_health", mesh_id="lobby")
    assert health["counters"]["abandoned_threads"] == STUCK
    (fleet.home.root / "let-go").touch()


@pytest.mark.long
async def test_event_handlers_that_block(start_fleet: StartFleet, playground: Playground) -> None:
    """However many threads they want, commands and the connection wait for none of them."""
    fleet = await start_fleet(
        BLOCKING, commands={**BRIEF, "timeout": 20}, platform=by_name(playground)
    )
    worker = await fleet.worker()
    await playground.wait_for_peer("lobby")
    for _ in range(STUCK):
        playground.say("lobby", "sleep")
    await hears_everyone(fleet, playground, worker)
    (fleet.home.root / "let-go").touch()


@pytest.mark.long
async def test_a_worker_full_of_abandoned_threads(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """It is replaced politely: with its reason in the status, and without a crash."""
    fleet = await start_fleet(BLOCKING, commands={**BRIEF, "concurrency": 40})
    worker, spared = await fleet.worker(), await fleet.worker("cinema")
    await playground.wait_for_peer("lobby")
    await ask_all(playground, *["?stuck"] * 20, *["?await-stuck"] * 20)
    await fleet.worker(besides=worker)
    await fleet.gone(worker)
    mesh = await fleet.mesh_is("lobby", MeshState.CONNECTED)
    assert "threads of calls that took too long have not ended" in (mesh.last_error or "")
    await fleet.logged(r"stopping: \d+ threads of calls that took too long have not ended")
    assert "crashed" not in fleet.log("lobby")
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?quick")).text == "quick"
    assert await fleet.worker("cinema") == spared


# ---- Jobs ----------------------------------------------------------------------------------------

JOBS = """
from pathlib import Path

def block():
    while not Path("let-go").exists():
        time.sleep(0.02)

@action("blocks", lane="work", item_timeout=0.1, retries=0)
async def blocks(job):
    async for item in job.items():
        await asyncio.to_thread(block if item.key.startswith("bad") else time.sleep, *(
            () if item.key.startswith("bad") else (0.001,)))
        await item.done()

@action("fetches", lane="work", retries=0)
async def fetches(job):
    async for item in job.items():
        answer = await job.http.get(job.data["url"])
        await item.done(answer.status_code)

@action("waits", lane="work", retries=0)
def waits(job):
    with open(f"waits-{job.id}", "w"):
        pass
    block()

@action("recurses", lane="work", retries=0)
def recurses(job):
    def deeper(number):
        return sorted([1, 2], key=lambda _: deeper(number + 1))
    deeper(0)
"""


NO_ROOM = """leave_no_room()
    block()

def leave_no_room():
    import resource
    from meshvisor.worker.memory_limit import (STACK, private_data_bytes)
    resource.setrlimit(resource.RLIMIT_DATA, (private_data_bytes() + STACK // 2, -1))

@action"""
"""The end of an action behind which there is no room for another stack."""

WIDE = {"name": "work", "concurrency": 150}


async def submit(fleet: Fleet, action: str, items: list[str] | None = None, **data: Any) -> int:
    """Enqueue a job, when the plug-ins are loaded, and return its number."""
    await fleet.worker()
    submission = {"action": action, "data": data, **({"items": items} if items else {})}
    result = await fleet.ask("jobs_submit", mesh_id="lobby", submission=submission)
    return int(result["job_id"])


async def ended(fleet: Fleet, job_id: int) -> dict[str, Any]:
    """Return a job when it has ended."""

    async def look() -> dict[str, Any] | None:
        job: dict[str, Any] = await fleet.ask("jobs_show", job_id=job_id)
        return job if job["status"] in ("completed", "failed", "cancelled") else None

    return await fleet.until_told(look, f"the end of job {job_id}")


async def test_items_that_block(start_fleet: StartFleet, playground: Playground) -> None:
    """They fail, and nothing else: neither the items behind them, nor other jobs, nor look-ups."""
    fleet = await start_fleet(JOBS)
    bad = [f"bad-{number}" for number in range(STUCK)]
    first = await ended(fleet, await submit(fleet, "blocks", [*bad, "a", "b", "c"]))
    assert (first["counts"]["failed"], first["counts"]["done"]) == (STUCK, 3)
    second = await ended(fleet, await submit(fleet, "blocks", ["a", "b"]))
    assert second["counts"]["done"] == 2
    url = playground.url.replace("127.0.0.1", "localhost")
    third = await ended(fleet, await submit(fleet, "fetches", ["a"], url=url))
    assert third["counts"]["done"] == 1, third
    (fleet.home.root / "let-go").touch()


@pytest.mark.long
async def test_a_runner_full_of_abandoned_threads(start_fleet: StartFleet) -> None:
    """It is replaced between two items: the job goes on with all that it has done, in one try."""
    fleet = await start_fleet(JOBS)
    bad = [f"bad-{number:02}" for number in range(33)]
    job = await ended(fleet, await submit(fleet, "blocks", [*bad, *"abcdef"]))
    assert (job["counts"]["failed"], job["counts"]["done"]) == (33, 6)
    assert job["attempt"] == 1
    await fleet.logged(
        "the runner of lane work is replaced: 3. threads of calls that took too long"
    )
    (fleet.home.root / "let-go").touch()


async def test_many_plain_functions_at_once(make_fleet: MakeFleet) -> None:
    """With the usual limit of memory there is a thread for each job of a wide lane."""
    fleet = make_fleet(JOBS, lanes=[WIDE])
    await fleet.start()
    jobs = [await submit(fleet, "waits") for _ in range(150)]
    root = fleet.home.root
    await fleet.until(lambda: len(list(root.glob("waits-*"))) == 150, "150 jobs to run at once")
    (root / "let-go").touch()
    ends = [await ended(fleet, job) for job in jobs]
    assert {(job["status"], job["attempt"]) for job in ends} == {("completed", 1)}


@pytest.mark.long
async def test_threads_that_cannot_be_had(make_fleet: MakeFleet) -> None:
    """Jobs and commands wait for one; it costs them no try, and the log says so."""
    code = JOBS.replace("block()\n\n@action", NO_ROOM)
    fleet = make_fleet(code, jobs={"runner_memory_limit_mb": 0}, lanes=[WIDE])
    await fleet.start()
    jobs = [await submit(fleet, "waits") for _ in range(3)]
    await fleet.logged("There is no thread for a call just now", source="lane-work")
    (fleet.home.root / "let-go").touch()
    ends = [await ended(fleet, job) for job in jobs]
    assert {(job["status"], job["attempt"]) for job in ends} == {("completed", 1)}


async def test_endless_recursion_in_a_thread(start_fleet: StartFleet) -> None:
    """It is an error like any other: the stack is large enough for what Python allows."""
    fleet = await start_fleet(JOBS)
    job = await ended(fleet, await submit(fleet, "recurses"))
    assert "RecursionError" in job["error"]


# ---- Runners that have done enough ---------------------------------------------------------------

LEAKING = """
leaked = []

@action("pids", lane="work", retries=0)
async def pids(job):
    async for item in job.items():
        await item.done(os.getpid())

@action("leaks", lane="work", retries=0)
async def leaks(job):
    leaked.extend(open("/dev/null") for _ in range(200))
"""


async def runner_of(fleet: Fleet) -> int:
    """Return the PID of the runner that a new job gets."""
    job = await submit(fleet, "pids", ["a"])
    assert (await ended(fleet, job))["status"] == "completed"
    items = await fleet.ask("jobs_items", job_id=job)
    return int(items["items"][0]["result"])


@pytest.mark.long
async def test_a_runner_that_has_run_many_jobs(start_fleet: StartFleet) -> None:
    """It is replaced between two jobs, which all succeed at once."""
    fleet = await start_fleet(LEAKING, jobs={"runner_max_jobs": 3})
    pids = [await runner_of(fleet) for _ in range(7)]
    assert pids[0] == pids[1] == pids[2] != pids[3]
    assert pids[3] == pids[4] == pids[5] != pids[6]
    await fleet.logged("the runner of lane work is replaced: it has run 3 jobs")


@pytest.mark.long
async def test_a_runner_in_which_a_job_has_left_descriptors(start_fleet: StartFleet) -> None:
    """The next job does not pay for it."""
    fleet = await start_fleet(LEAKING)
    first = await runner_of(fleet)
    assert await runner_of(fleet) == first
    assert (await ended(fleet, await submit(fleet, "leaks")))["status"] == "completed"
    assert await runner_of(fleet) != first
    await fleet.logged("is replaced: ended jobs have left descriptors open")
