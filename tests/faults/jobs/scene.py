"""A fleet with actions, seen from outside: its jobs, what was done, and how it is killed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psutil

from meshvisor.features.watch_party.protoo.rooms import ChatMessage, RoomUser
from meshvisor.playground.server import Playground
from meshvisor.shared.errors import MeshvisorError
from tests.fleet import Fleet

PLUGIN: Final = '''
from pathlib import Path

DONE = Path("done.txt")


def note(text):
    with DONE.open("a") as file:
        file.write(text + "\\n")


async def gate(name):
    """Wait until the test makes a file."""
    while not Path(name).exists():
        await asyncio.sleep(0.005)


@action("walk", priority=4, retries=1, retry_delay=0)
async def walk(job):
    async for item in job.items():
        note(f"{job.id} {item.position}")
        await asyncio.sleep(job.data.get("pause", 0))
        await item.done({"n": item.position})


@action("gated", priority=4, retries=1, retry_delay=0)
async def gated(job):
    async for item in job.items():
        if item.position == job.data.get("gate", 1):
            await gate("open")
        note(f"{job.id} {item.position}")
        await item.done()


@action("urgent", priority=1)
async def urgent(job):
    note(f"urgent {job.id}")


@action("poison", priority=3, retries=2, retry_delay=0)
async def poison(job):
    note(f"poison {job.id}")
    os._exit(3)


@action("pretends", priority=3, retries=1, retry_delay=0)
async def pretends(job):
    note(f"pretends {job.id}")
    os._exit(74)  # what a runner ends with that gives up code which it cannot stop


@action("stops", priority=3, retries=1, retry_delay=0)
async def stops(job):
    note(f"stops {job.id}")
    os.kill(os.getpid(), 19)


@action("hangs", priority=3, item_timeout=600)
async def hangs(job):
    async for item in job.items():
        if item.key == "bad":
            time.sleep(3600)
        await item.done()


@action("limited", priority=3, retries=0, rate_limit="service")
async def limited(job):
    if not Path(f"limited-{job.id}").exists():
        Path(f"limited-{job.id}").touch()
        raise RateLimited(0.3)
    note(f"limited {job.id}")


@action("storm", lane="storm", retries=0)
async def storm(job):
    for number in range(job.data["jobs"]):
        await job.submit("urgent", lane="default", priority=1 + number % 3)


@action("wrong", priority=3, retries=1, retry_delay=0)
async def wrong(job):
    raise ValueError("on purpose")


@command("walk", admin=True)
async def walk_command(ctx):
    count = int(ctx.args[0])
    name = ctx.args[1] if len(ctx.args) > 1 else "walk"
    done = await ctx.submit(name, items=[f"k{n}" for n in range(count)])
    return done.text
'''

QUICK: Final = {"auto_resume_after": 0.2, "stop_timeout": 2}
"""Settings of `[jobs]` for tests without questions in the chat."""

ANN, BOB = RoomUser("11", "ann"), RoomUser("12", "bob")


class JobScene:
    """A fleet and its jobs."""

    def __init__(self, fleet: Fleet, playground: Playground) -> None:
        self.fleet = fleet
        self.playground = playground

    async def submit(
        self, action: str, items: int = 0, keys: list[str] | None = None, **options: Any
    ) -> int:
        """Enqueue a job with so many items, or with these, and return its number."""
        submission: dict[str, Any] = {"action": action, **options}
        if items or keys:
            submission["items"] = keys or [f"k{n}" for n in range(items)]
        result = await self.fleet.ask("jobs_submit", mesh_id="lobby", submission=submission)
        return int(result["job_id"])

    async def job(self, job_id: int) -> dict[str, Any]:
        """Return what `jobs show` shows."""
        found: dict[str, Any] = await self.fleet.ask("jobs_show", job_id=job_id)
        return found

    async def until_status(self, job_id: int, *statuses: str) -> dict[str, Any]:
        """Return a job when it is in one of these states."""

        async def look() -> dict[str, Any] | None:
            try:
                job = await self.job(job_id)
            except MeshvisorError:
                return None
            return job if job["status"] in statuses else None

        try:
            return await self.fleet.until_told(look, f"job {job_id} to be {statuses}")
        except AssertionError as error:
            stats = await self.fleet.ask("jobs_stats")
            raise AssertionError(f"{error}\n{await self.job(job_id)}\n{stats}") from None

    async def until_done(self, job_id: int, items: int) -> None:
        """Return when so many of its items have an outcome."""

        async def look() -> bool:
            return bool((await self.job(job_id))["counts"]["done"] >= items)

        await self.fleet.until_told(look, f"{items} items of job {job_id}")

    async def until_running_for(self, job_id: int, seconds: float) -> None:
        """Return when it was started that long ago: what is quicker reports no progress."""

        async def look() -> bool:
            started_at = (await self.job(job_id))["started_at"]
            if started_at is None:
                return False
            return datetime.now(UTC) - datetime.fromisoformat(started_at) > timedelta(
                seconds=seconds
            )

        await self.fleet.until_told(look, f"job {job_id} to have run for {seconds} s")

    async def wish(self, wish: str, job_id: int) -> dict[str, Any]:
        """Pause, resume, cancel or retry a job, and return the outcome."""
        outcomes = await self.fleet.ask(f"jobs_{wish}", job_ids=[job_id])
        outcome: dict[str, Any] = outcomes["jobs"][0]
        return outcome

    def events(self, job: dict[str, Any]) -> list[str]:
        """Return a job's history in words."""
        return [e["event"] + (f":{e['reason']}" if e["reason"] else "") for e in job["history"]]

    def done(self) -> Counter[str]:
        """Return what actions have noted, and how often."""
        path = self.fleet.home.root / "done.txt"
        return Counter(path.read_text().splitlines()) if path.exists() else Counter()

    def outcomes(self) -> set[str]:
        """Return the items that have an outcome on the disk, as actions note them."""
        with closing(sqlite3.connect(self.fleet.home.database)) as database:
            rows = database.execute(
                "SELECT job_id || ' ' || position FROM job_items WHERE state <> 'pending'"
            )
            return {row[0] for row in rows}

    def runners(self) -> list[psutil.Process]:
        """Return the runner processes."""
        return self.fleet.processes_named("meshvisor: runner")

    def open_gate(self) -> None:
        """Let gated jobs go on."""
        (self.fleet.home.root / "open").touch()

    # ---- The room ----------------------------------------------------------------------------

    async def says(self, user: RoomUser, text: str) -> str:
        """Return the answer to what a user says in the lobby."""
        question = self.playground.room("lobby").post(f"{user.id}_phone", ChatMessage(text))
        async with asyncio.timeout(30):
            return (await self.playground.wait_for_reply("lobby", question)).text

    def heard(self) -> list[str]:
        """Return all that was said in the lobby."""
        return [message.text for message in self.playground.chats("lobby")]

    async def until_heard(self, part: str) -> str:
        """Return what was said with these words in it, when it was."""
        found = await self.fleet.until(
            lambda: [text for text in self.heard() if part in text], f"{part!r} in the room"
        )
        return found[-1]
