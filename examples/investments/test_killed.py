"""A whole fleet that distributes, whose runner and supervisor are killed in the middle of it."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from examples.investments.business import MEMBERS, MESH, credited, day, found, owed
from examples.investments.investments import payouts
from examples.investments.investments.book import DATABASE, Book
from meshvisor.features.schedules.settings import ScheduleSettings
from meshvisor.playground.server import Playground
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from tests.fleet import Fleet, server_settings
from tests.seeds import seeds

FOLDER = Path(__file__).parent
DAYS = 5
MOST = 1_000
"""Investments: so many that a distribution has a middle."""
MANY = tuple((MEMBERS[n % len(MEMBERS)], "starter", 50_001 + n) for n in range(MOST))


class Company(Fleet):
    """A fleet with the plug-in."""

    @property
    def path(self) -> Path:
        """Where the accounts are."""
        return self.home.root / DATABASE

    def paid(self) -> int:
        """Return how many investments are paid."""
        with closing(sqlite3.connect(self.path)) as db:
            rows = db.execute("SELECT count(*) FROM transactions WHERE level = 0")
            return int(rows.fetchone()[0]) // DAYS

    async def schedules(self, *arguments: str) -> None:
        """Run a command of schedules."""
        outcome = await self.command("schedules", *arguments)
        assert outcome.code == 0, outcome

    async def has_paid(self, more: int) -> None:
        """Return when so many investments are paid that were not yet, or all are."""
        beyond = min(self.paid() + more, MOST)
        await self.until(lambda: self.paid() >= beyond, f"{beyond} paid investments")

    async def kill_runner(self) -> None:
        """Kill the runner, and return when it is gone."""
        (runner,) = await self.until(lambda: self.processes_named("meshvisor: runner"), "a runner")
        runner.kill()
        await self.gone(runner.pid)

    async def is_completed(self, job_id: int) -> dict[str, Any]:
        """Return a job when it is completed."""

        async def find() -> dict[str, Any] | None:
            job: dict[str, Any] = await self.ask("jobs_show", job_id=job_id)
            assert job["status"] not in {"failed", "cancelled"}, job
            return job if job["status"] == "completed" else None

        return await self.until_told(find, f"job {job_id} to be completed")


@pytest.fixture
def home() -> Iterator[Home]:
    """Return an empty home; not below `tmp_path`, whose name is too long for a UNIX socket."""
    root = Path(tempfile.mkdtemp(prefix="mv-"))
    yield Home(root)
    shutil.rmtree(root)


@pytest.fixture
async def company(home: Home) -> AsyncIterator[Company]:
    """Return a fleet in whose home many have invested."""
    shutil.copytree(FOLDER / "investments", home.root / "investments")
    with Book(home.root / DATABASE) as book:
        book.db.execute("PRAGMA synchronous = OFF")  # quicker, and nothing is killed yet
        found(book, *MANY)
    async with Playground(["lobby"]) as playground:
        sections = {
            "plugins": {"modules": ["investments"]},
            "jobs": {"auto_resume_after": 0},
        }
        fleet = Company(home, server_settings(playground, **sections))
        yield fleet
        await fleet.close()


@pytest.mark.faults
@pytest.mark.parametrize("seed", seeds(1, 10))
@pytest.mark.some(2)
async def test_killed_in_the_middle(company: Company, seed: int) -> None:
    """The runner is killed three times and everything once; all members get what they are owed."""
    chance = random.Random(seed)
    environment = {"PYTHONPATH": str(company.home.root)}
    await company.start(environment=environment)
    await company.worker("lobby")
    data = json.dumps({"day": f"{day(DAYS)}"})
    await company.schedules(
        *("add", "daily", "--cron", "@yearly", "--action", "distribute_roi"),
        *("--mesh", MESH, "--data", data),
    )
    await company.schedules("start", "daily")
    for _ in range(3):
        await company.has_paid(chance.randint(1, 60))
        await company.kill_runner()
    await company.has_paid(chance.randint(1, 60))
    company.signal(signal.SIGKILL)
    await company.exit_code()
    await company.until(lambda: not company.processes(), "all to end")
    await company.start(environment=environment)
    job = await company.is_completed(1)
    counts = job["counts"]
    assert counts["done"] + counts["existing"] == MOST
    interruptions = [one for one in job["history"] if one["event"] == "interrupted"]
    # On a very slow machine the rest may have been paid before the first look.
    assert 1 <= len(interruptions) <= 4
    assert credited(company.path) == owed(DAYS, *MANY)
    with Book(company.path) as book:
        assert payouts.errors(book, MESH) == []
    notifications = (await company.ask("notify_list", limit=1000))["notifications"]
    assert sorted(one["user_id"] for one in notifications if one["user_id"]) == sorted(MEMBERS)


def test_settings(tmp_path: Path) -> None:
    """The settings of the example distribute at midnight in India and audit half an hour later."""
    (tmp_path / "config").mkdir()
    text = (FOLDER / "meshvisor.toml").read_text()
    (tmp_path / "config" / "meshvisor.toml").write_text(text)
    loaded = load_settings(Home(tmp_path), {})
    zone = ZoneInfo("Asia/Kolkata")
    now = datetime(2026, 3, 1, 18, 29, tzinfo=ZoneInfo("UTC")).timestamp() * 1000
    times = {}
    for one in loaded.each(ScheduleSettings):
        at = one.schedule("Asia/Kolkata").next_after(round(now))
        assert at is not None
        times[one.action] = datetime.fromtimestamp(at / 1000, zone)
    midnight = datetime(2026, 3, 2, tzinfo=zone)
    assert times == {
        "distribute_roi": midnight,
        "audit_roi": midnight + timedelta(minutes=30),
    }
