"""A job is reported where it was asked for: a real fleet, in a network with several places."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable

import pytest

from meshvisor.shared.paths import Home
from tests.features.jobs.cli.test_with_fleet import JobsFleet

PLUGIN = """
from pathlib import Path

@action("gated", retries=0)
async def gated(job: JobContext) -> None:
    await job.say("at the gate")
    async for item in job.items():
        while not Path(f"gate-{item.key}").exists():
            await asyncio.sleep(0.01)
        await item.done()

@command("go", admin=True)
async def go(ctx: CommandContext) -> str:
    return (await ctx.submit("gated", items=ctx.args)).text
"""

NETWORK = """
import json, sys
from pathlib import Path

def tell(type, **fields):
    print(json.dumps({"type": type, **fields}), flush=True)

sys.stdin.readline()
first = not Path("asked").exists()
gap = float(sys.argv[1]) if first else 0.01
tell("joined", self={"id": "bot", "name": "bot"}, traits={"gap": gap})
if first:
    Path("asked").touch()
    ann = {"id": "ann", "authenticated": True}
    tell("message", user=ann, text="?go private", id="m1", place="dm:ann", direct=True)
    tell("message", user=ann, text="?go public", id="m2", place="#ops")
for line in sys.stdin:
    said = json.loads(line)
    if said["type"] == "leave":
        break
    with open("said.jsonl", "a") as file:
        print(line, end="", file=file, flush=True)
"""
"""In which Ann asks once for two jobs, and all that is said is written down.  Its argument is the
pace of its first life."""


@pytest.fixture
async def fleet(home: Home, request: pytest.FixtureRequest) -> AsyncIterator[JobsFleet]:
    """Return one whose mesh is carried by that network."""
    (home.root / "network.py").write_text(NETWORK)
    mesh = {
        "id": "lobby",
        "transport": "program",
        "command": [sys.executable, "-S", "network.py", getattr(request, "param", "0.01")],
    }
    quick = {"process_restart_delay": 0, "max_process_restarts": 1000, "shutdown_timeout": 5}
    lanes = [{"name": "default", "concurrency": 2}]
    fleet = JobsFleet(
        home,
        {
            "fleet": {**quick, "connects_per_second": 1000},
            "commands": {"cooldown": 0},
            "meshes": [mesh],
            "lanes": lanes,
        },
    )
    fleet.write_plugin("plugin", PLUGIN)
    assert (await fleet.command("admin", "add", "ann", "--realm", "program")).code == 0
    await fleet.start()
    try:
        yield fleet
    finally:
        await fleet.close()


def said(home: Home) -> list[tuple[str, str]]:
    """Return what was said so far, and where."""
    path = home.root / "said.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    told = [json.loads(line) for line in lines]
    return [(one.get("place", ""), one["text"]) for one in told if one["type"] == "say"]


async def until_said(fleet: JobsFleet, is_it: Callable[[str], bool], count: int) -> None:
    """Wait until such a thing was said so often."""

    def enough() -> bool | None:
        return sum(is_it(text) for _, text in said(fleet.home)) >= count or None

    await fleet.until(enough, f"{count} of them to be said")


async def kill_worker(fleet: JobsFleet) -> None:
    """Kill it, and wait for its successor."""
    worker = await fleet.worker()
    os.kill(worker, signal.SIGKILL)

    async def is_back() -> bool | None:
        mesh = await fleet.mesh("lobby")
        return (mesh is not None and mesh.pid not in (None, worker)) or None

    await fleet.until_told(is_back, "the worker to be replaced")


async def test_a_job_is_reported_where_it_was_asked_for(fleet: JobsFleet, home: Home) -> None:
    """Answers, what the action says and outcomes, over the death of a worker; nothing of a job that
    was asked for in private is said anywhere else.
    """
    await until_said(fleet, lambda text: text == "at the gate", 2)
    await until_said(fleet, lambda text: text.startswith("Job "), 2)
    numbers = {place: text.split()[1] for place, text in said(home) if text.startswith("Job ")}
    assert sorted(numbers) == ["#ops", "dm:ann"]
    await kill_worker(fleet)
    for key in ("private", "public"):
        fleet.open_gate(key)
    await until_said(fleet, lambda text: "is completed" in text, 2)
    private, public = numbers["dm:ann"], numbers["#ops"]
    assert {(place, text.split()[1]) for place, text in said(home) if text.startswith("Job ")} == {
        ("dm:ann", private),
        ("#ops", public),
    }
    assert {place for place, _ in said(home)} == {"dm:ann", "#ops"}
    shown = await fleet.result("show", private)
    assert (shown["place"], shown["is_direct"]) == ("dm:ann", True)
    shown = await fleet.result("show", public)
    assert (shown["place"], shown["is_direct"]) == ("#ops", False)
    assert "dm:ann, in private" in await fleet.jobs("show", private)


@pytest.mark.parametrize("fleet", ["600"], indirect=True)
async def test_an_outcome_that_waits_survives_its_worker(fleet: JobsFleet, home: Home) -> None:
    """What was not said yet on a slow network is said by the next worker."""
    for key in ("private", "public"):
        fleet.open_gate(key)

    async def both_are() -> bool | None:
        return (await fleet.result("stats"))["completed"] == 2 or None

    await fleet.until_told(both_are, "both jobs to be completed")
    assert not any("is completed" in text for _, text in said(home))
    await kill_worker(fleet)
    await until_said(fleet, lambda text: "is completed" in text, 2)
    told = [place for place, text in said(home) if "is completed" in text]
    assert sorted(told) == ["#ops", "dm:ann"]
