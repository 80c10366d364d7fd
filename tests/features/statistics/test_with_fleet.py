"""A whole fleet: what people do in a room is in the statistics, also when events are elsewhere."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from meshvisor.features.statistics.migration.mongo import MongoEvents
from meshvisor.features.statistics.model.kinds import Kind
from meshvisor.features.statistics.people import names_for
from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import database_of, open_database
from meshvisor.features.statistics.store.partitions import UsageEvent
from meshvisor.features.statistics.store.reading import Question, opened
from meshvisor.playground.server import VISITOR, Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.features.statistics.usage import record, some_days
from tests.fleet import Fleet, server_settings
from tests.mongo import NxServer, config


async def done(fleet: Fleet, action: str, **data: Any) -> dict[str, Any]:
    """Have a job do an action, and return it when it has ended."""
    arguments = ("--data", json.dumps(data)) if data else ()
    submitted = await fleet.command("jobs", "submit", action, *arguments, "--json")
    assert submitted.code == 0, submitted
    number = json.loads(submitted.out)["job_id"]

    async def find() -> dict[str, Any] | None:
        job: dict[str, Any] = await fleet.ask("jobs_show", job_id=number)
        return job if job["status"] in {"completed", "failed"} else None

    return await fleet.until_told(find, f"{action} to end")


def said(job: dict[str, Any]) -> list[str]:
    """Return what a job has said."""
    return [one["detail"] for one in job["history"] if one["event"] == "log"]


async def test_what_people_do_is_counted(home: Home, tmp_path: Path) -> None:
    """From the room by way of its worker to the file, under a pseudonym; also the last words.

    Jobs move events to the server of the settings and read them there.
    """
    with NxServer(tmp_path) as server:
        target = config(server.uri)
        async with Playground(["lobby"]) as playground:
            settings = server_settings(
                playground,
                scheduling={"built_in": True},
                statistics={"uri": f"{server.uri}/{target.database}"},
            )
            fleet = Fleet(home, settings)
            await fleet.start()
            await fleet.mesh_is("lobby", MeshState.CONNECTED)
            for _ in range(3):
                await playground.ask("lobby", "?ping")
            await move_the_past(fleet, target)
            assert await fleet.stop() == 0
        ran = await fleet.command("schedules", "run", "usage-aggregation")
        assert ran.code == 0, ran
    with opened(database_of(home)) as statistics:
        lately = datetime.now(UTC).date() - timedelta(days=1)
        what = statistics.range(Question(mesh_id="lobby", start=lately))
        assert statistics.top(what, "commands", "command", 9) == [{"name": "ping", "count": 3}]
        assert statistics.top(what, "users", "message", 9) == [
            {"name": names_for(home, VISITOR.id)[1], "count": 3}
        ]


async def move_the_past(fleet: Fleet, target: Any) -> None:
    """Have months moved by a job, and one of their days counted that has changed since."""
    events = some_days()
    with closing(open_database(database_of(fleet.home))) as db:
        record(db, events)
        moved = await done(fleet, "event-migration", month="2026-10", delete_old=True)
        assert moved["status"] == "completed", moved
        assert partitions.months(db)[0] != "2026-10"
        record(db, [UsageEvent(events[0].hour, "lobby", "late", Kind.MESSAGE, "", 5)])
    with closing(MongoEvents(target)) as mongo:
        assert mongo.months() == ["2026-10"]
        there = mongo.count("2026-10", tuple(Kind))
    assert said(moved) == [f"events: {there}, months that are done: 1"]
    counted = await done(fleet, "usage-aggregation")
    assert said(counted)[-1].startswith("days: "), counted
    assert "left out" not in said(counted)[-1]
    wrong = await fleet.command("jobs", "submit", "event-migration", "--data", '{"batch": 9}')
    assert wrong.code == 2
    assert "event-migration takes no input batch; it takes to, month" in wrong.err
