"""`meshvisor jobs` with a real `meshvisor run`, whose plug-in has actions."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.paths import Home
from tests.fleet import Fleet, server_settings
from tests.supervisor.cli.conftest import MESHVISOR, PROJECT

PLUGIN = """
from pathlib import Path

@action("checked", lane="quick", retries=0)
async def checked(job: JobContext) -> None:
    async for item in job.items():
        if item.key.startswith("bad"):
            await item.failed("there is no such thing")
        elif item.key.startswith("old"):
            await item.existing()
        else:
            await item.done({"length": len(item.key)})

@action("gated", lane="slow", priority=4)
async def gated(job: JobContext) -> None:
    job.log("at the gate")
    async for item in job.items():
        while not Path(f"gate-{item.key}").exists():
            await asyncio.sleep(0.01)
        await item.done()

@action("broken", retries=0)
async def broken(job: JobContext) -> None:
    raise ValueError("out of luck")
"""


class JobsFleet(Fleet):
    """A fleet with jobs."""

    async def jobs(self, *arguments: str, code: int = 0) -> str:
        """Run a command of jobs and return what it says; fails when it ends otherwise."""
        outcome = await self.command("jobs", *arguments)
        assert outcome.code == code, outcome
        return outcome.out or outcome.err

    async def result(self, *arguments: str) -> Any:
        """Run a command of jobs and return its JSON."""
        return json.loads(await self.jobs(*arguments, "--json"))

    async def submit(self, action: str, *arguments: str) -> str:
        """Submit a job and return its number."""
        result = await self.result("submit", action, "--mesh", "lobby", *arguments)
        return str(result["job_id"])

    async def job_is(self, job_id: str, status: str) -> dict[str, Any]:
        """Return a job when it is in a state."""

        async def find() -> dict[str, Any] | None:
            job: dict[str, Any] = await self.ask("jobs_show", job_id=int(job_id))
            return job if job["status"] == status else None

        return await self.until_told(find, f"job {job_id} to be {status}")

    def open_gate(self, key: str) -> None:
        """Let an item of `gated` be done."""
        (self.home.root / f"gate-{key}").touch()


@pytest.fixture
async def fleet(home: Home) -> AsyncIterator[JobsFleet]:
    """Return one that runs."""
    async with Playground(1) as playground:
        fleet = JobsFleet(home, server_settings(playground))
        fleet.write_plugin("plugin", PLUGIN)
        await fleet.start()
        await fleet.worker()
        try:
            yield fleet
        finally:
            await fleet.close()


async def test_a_job_that_is_done(fleet: JobsFleet) -> None:
    """What was submitted is run, watched to its end and shown with each item's outcome."""
    actions = (await fleet.result("actions"))["actions"]
    names = [action["name"] for action in actions if action["source"] != "built in"]
    assert names == ["broken", "checked", "gated"]
    said = await fleet.jobs("submit", "checked", "--mesh", "lobby", "--items", "abc,bad1,old1")
    assert re.match(r"Job 1 \(checked, 3 items\) (runs now|is queued, 1st in lane quick)\.", said)
    lines = (await fleet.jobs("watch", "1")).splitlines()
    assert lines[-1][20:] == "Job 1 (checked) in lobby: completed [100 %: 3/3, 1 failed]"
    items = (await fleet.result("items", "1"))["items"]
    assert [(i["key"], i["state"], i["result"], i["error"]) for i in items] == [
        ("abc", "done", {"length": 3}, None),
        ("bad1", "failed", None, "there is no such thing"),
        ("old1", "existing", None, None),
    ]
    shown = await fleet.jobs("show", "1")
    assert "3 of 3 (100 %): 1 done, 1 failed, 1 existing" in shown
    assert shown.splitlines()[-1].endswith("completed")
    assert "Job 1 is queued again." in await fleet.jobs("retry", "1")


@pytest.mark.long
async def test_many_items_are_put_back(fleet: JobsFleet, tmp_path: Path) -> None:
    """More than one request holds: the job does not begin before all of them are."""
    keys = tmp_path / "keys.txt"
    keys.write_text("".join(f"abc{n}\n" for n in range(1200)))
    await fleet.jobs("submit", "checked", "--mesh", "lobby", "--items-file", str(keys))
    await fleet.jobs("watch", "1")
    said = await fleet.jobs("retry", "1", "--items-file", str(keys))
    assert said.splitlines() == [
        "Job 1 has 1000 items put back.",
        "Job 1 is queued again and has 200 items put back.",
    ]
    await fleet.jobs("watch", "1")
    history = (await fleet.result("show", "1"))["history"]
    assert [entry["event"] for entry in history].count("completed") == 2


async def test_a_job_that_fails(fleet: JobsFleet) -> None:
    """The exit code of the watching command says so, and its error is shown."""
    job = await fleet.submit("broken")
    await fleet.job_is(job, "failed")
    assert "failed: ValueError: out of luck" in await fleet.jobs("watch", job, code=1)
    assert "out of luck" in await fleet.jobs("list", "--status", "failed")


async def test_deciding_about_a_job_that_runs(fleet: JobsFleet) -> None:
    """It pauses, goes on and ends at its next item; a command that waits for it shows why."""
    first = await fleet.submit("gated", "--items", "a,b")
    await fleet.job_is(first, "active")
    second = await fleet.submit("gated", "--priority", "5", "--items", "c")
    assert f"Lane slow is busy with {first} (gated, priority 4)." in await fleet.jobs("why", second)
    assert "pauses at the end of its present item" in await fleet.jobs("pause", first)
    assert "active (about to pause)" in await fleet.jobs("list")
    fleet.open_gate("a")
    job = await fleet.job_is(first, "paused")
    assert (job["pause_reason"], job["counts"]["done"]) == ("operator", 1)
    await fleet.job_is(second, "active")
    assert (await fleet.result("stats"))["activeByPriority"]["5"] == 1
    await fleet.jobs("resume", first)
    fleet.open_gate("c")
    await fleet.job_is(first, "active")  # with one item, or at the end, of the less urgent one
    await fleet.jobs("cancel", first, second)
    fleet.open_gate("b")
    await fleet.job_is(first, "cancelled")
    await fleet.job_is(second, "cancelled")


@pytest.mark.long
async def test_more_items_than_a_frame_holds(fleet: JobsFleet) -> None:
    """They come in pieces, and are one job."""
    keys = fleet.home.root / "keys.txt"
    keys.write_text("".join(f"player-{number:010}\n" for number in range(80_000)))
    job = await fleet.submit("checked", "--items-file", str(keys))
    assert sum((await fleet.ask("jobs_show", job_id=int(job)))["counts"].values()) == 80_000
    last = (await fleet.result("items", job, "--after", "79998"))["items"]
    assert [item["key"] for item in last] == ["player-0000079999"]
    await fleet.jobs("cancel", job)


async def test_after_a_crash(fleet: JobsFleet) -> None:
    """What was interrupted can be seen with and without a supervisor, and is decided about."""
    job = await fleet.submit("gated", "--items", "a,b")
    fleet.open_gate("a")

    async def has_begun() -> bool:
        counts: dict[str, int] = (await fleet.ask("jobs_show", job_id=int(job)))["counts"]
        return counts["done"] == 1

    await fleet.until_told(has_begun, "the first item")
    fleet.signal(signal.SIGKILL)
    await fleet.exit_code()
    await fleet.until(lambda: not fleet.processes(), "the end of all children")
    before = await fleet.result("show", job)
    assert before["counts"] == {"pending": 1, "done": 1, "failed": 0, "existing": 0}
    assert "interrupted" in await fleet.jobs("list")
    assert (await fleet.jobs("why", job)).startswith(f"Job {job} is interrupted.")
    assert [one["job_id"] for one in (await fleet.result("recovery"))["interrupted"]] == [int(job)]
    await fleet.start()
    table = (await fleet.jobs("recovery")).splitlines()
    assert table[1].split()[:4] == [job, "gated", "lobby", "1/2"]
    assert "goes on" in await fleet.jobs("recovery", "resume", "--yes")
    await fleet.job_is(job, "active")
    watcher = await asyncio.create_subprocess_exec(
        *MESHVISOR, "jobs", "watch", job, "--home", str(fleet.home.root),
        cwd=PROJECT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert watcher.stdout is not None
    await watcher.stdout.readline()
    watcher.send_signal(signal.SIGINT)
    await watcher.communicate()
    assert watcher.returncode == 130
    fleet.open_gate("b")
    assert "completed [100 %: 2/2]" in await fleet.jobs("watch", job)
    assert (await fleet.jobs("recovery")).startswith("No job is interrupted.")
