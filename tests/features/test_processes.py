"""The built-in processes with a real `meshvisor run`: shown, run by hand, and what they leave."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.fleet import Fleet, server_settings

SETTINGS = {"scheduling": {"built_in": True}, "cleanup": {"backups": 1}}

OLD = (
    "INSERT INTO records (key, document, created_at, updated_at, used_at) "
    "VALUES ('old', '{}', 1, 1, 1)"
)


class ProcessesFleet(Fleet):
    """A fleet whose processes are run by hand."""

    async def json(self, *arguments: str) -> Any:
        """Run a command and return its JSON."""
        outcome = await self.command(*arguments, "--json")
        assert outcome.code == 0, outcome
        return json.loads(outcome.out)

    async def run(self, name: str, *arguments: str) -> list[str]:
        """Run a schedule to its end and return what its job has said."""
        job_id = (await self.json("schedules", "start", name, *arguments))["job_id"]

        async def find() -> dict[str, Any] | None:
            job: dict[str, Any] = await self.ask("jobs_show", job_id=job_id)
            return job if job["status"] in {"completed", "failed"} else None

        job = await self.until_told(find, f"{name} to end")
        assert job["status"] == "completed", job
        return [one["detail"] for one in job["history"] if one["event"] == "log"]

    async def record(self, prefix: str) -> dict[str, Any]:
        """Return the document of the newest record that begins so."""
        found = (await self.json("records", "list", "--prefix", prefix))["records"]
        shown = await self.json("records", "show", found[0]["key"])
        document: dict[str, Any] = shown["document"]
        return document


@pytest.fixture
async def fleet(home: Home) -> AsyncIterator[ProcessesFleet]:
    """Return one that runs, with one mesh."""
    async with Playground(1) as playground:
        fleet = ProcessesFleet(home, server_settings(playground, **SETTINGS))
        await fleet.start()
        await fleet.mesh_is("lobby", MeshState.CONNECTED)
        try:
            yield fleet
        finally:
            await fleet.close()


async def test_processes(fleet: ProcessesFleet) -> None:
    """A health check measures, a cleanup backs up and removes, and dry runs only tell."""
    listed = {one["name"]: one for one in (await fleet.json("schedules", "list"))["schedules"]}
    for name in ("health-check", "data-cleanup", "weekly-report", "monthly-analytics"):
        assert (listed[name]["source"], listed[name]["mesh_id"]) == ("built in", "-")
        assert listed[name]["problem"] is None
    (said,) = await fleet.run("health-check", "--dry-run")
    assert said.startswith("a dry run: health is ")
    kept = (await fleet.json("records", "list"))["records"]
    assert [one["key"] for one in kept if not one["computed"]] == []
    (said,) = await fleet.run("health-check")
    assert said.startswith("health is ")
    figures = {one["name"]: one for one in (await fleet.record("health_check_"))["figures"]}
    assert figures["meshes_connected"]["value"] == 1
    assert figures["users_online"]["value"] is not None
    assert 0 < figures["database_ms"]["value"] < 30_000
    await report(fleet)
    await cleanup(fleet)


async def report(fleet: ProcessesFleet) -> None:
    """Have a report made of what has happened by now, as if a week were over."""
    until = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    await fleet.ask("schedules_edit", name="weekly-report", changes={"data": {"until": until}})
    (said,) = await fleet.run("weekly-report", "--dry-run")
    assert said.startswith(f"a dry run: weekly_report_{until} would say: ")

    async def made_of_what_has_happened() -> dict[str, Any] | None:
        """Return the report when the figures have come to be counted, which takes a moment."""
        await fleet.run("weekly-report")
        report = await fleet.record("weekly_report_")
        return report if report["uptime"]["percent"] else None

    found = await fleet.until_told(made_of_what_has_happened, "a report with the uptime")
    assert found["uptime"]["by_mesh"][0]["mesh_id"] == "lobby"
    actions = {one["action"]: one["completed"] for one in found["jobs"]["by_action"]}
    assert actions["health-check"] == 2
    page = fleet.home.var / "reports" / f"weekly_report_{until}.html"
    assert page.read_text().startswith("<!doctype html>")
    made = (await fleet.json("events", "--kind", "report.made"))["events"]
    assert {one["data"]["page"] for one in made} == {f"var/reports/{page.name}"}


async def cleanup(fleet: ProcessesFleet) -> None:
    """Have a record removed that was not used for long."""
    with closing(sqlite3.connect(fleet.home.database, timeout=30)) as db:
        db.execute(OLD)
        db.commit()
    tried = await fleet.command("schedules", "run", "data-cleanup", "--dry-run")
    assert tried.out.startswith("data-cleanup is completed: job ")
    assert "1 records that were not used (kept for 180 days) would be removed" in tried.err
    assert not (fleet.home.var / "backups").exists()
    said = await fleet.run("data-cleanup")
    assert said[0].startswith("backup meshvisor-")
    assert "1 records that were not used removed" in said
    keys = [one["key"] for one in (await fleet.json("records", "list"))["records"]]
    assert "old" not in keys
    (backup,) = (fleet.home.var / "backups").iterdir()
    await starts_from(fleet, backup)


async def starts_from(fleet: ProcessesFleet, backup: Path) -> None:
    """Put a backup in the place of the database: the supervisor starts, and has what it held."""
    await fleet.stop()
    replace(fleet.home.database, backup)
    await fleet.start()
    keys = [one["key"] for one in (await fleet.json("records", "list"))["records"]]
    assert "old" in keys


def replace(database: Path, backup: Path) -> None:
    """Restore, as docs/processes.md says."""
    for name in ("-wal", "-shm"):
        Path(f"{database}{name}").unlink(missing_ok=True)
    backup.rename(database)
