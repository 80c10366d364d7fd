"""`/api/v1/schedules`: jobs at planned times."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import ConfigDict, Field

from meshvisor.console.access import Asking
from meshvisor.console.etags import CHANGED, Precondition, etag, with_etag
from meshvisor.console.fields import Body, Moment
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.schedules.results import (
    ScheduleHistory,
    ScheduleList,
    ScheduleMeaning,
    ScheduleRemoved,
    ScheduleReport,
    ScheduleStarted,
    ScheduleStopped,
    ScheduleTimes,
)

ROUTES: Final = FeatureRoutes("schedules", about="Jobs at planned times, and what became of them.")

NamePath = Annotated[str, Path(min_length=1, max_length=64, examples=["nightly-refresh"])]

MOST_LISTED: Final = 1000
MOST_SCHEDULES: Final = 500
MOST_UPCOMING: Final = 100
MOST_MARKED: Final = 60


class ScheduleDefinition(Body):
    """What a schedule is: settings as of `[[schedules]]`; it has either `cron` or `after`."""

    model_config = ConfigDict(extra="allow", strict=True)

    name: str = Field(max_length=64, examples=["nightly-refresh"])
    cron: str | None = Field(
        None, max_length=200, description="Its planned times.", examples=["0 0 * * *"]
    )
    after: list[str] | None = Field(
        None,
        max_length=20,
        description="In place of `cron`: names of schedules after whose success it runs.",
    )
    action: str = Field(max_length=200, examples=["refresh"])


class Trial(Body):
    """What a definition may become: settings as of `[[schedules]]`, as far as they are known."""

    model_config = ConfigDict(extra="allow")

    cron: str | None = Field(None, max_length=200, examples=["0 0 * * *"])
    after: list[str] | None = Field(None, max_length=20)


class Changes(Body):
    """New values of settings; null: as the settings file says, or the default."""

    model_config = ConfigDict(
        extra="allow",
        strict=True,
        json_schema_extra={"examples": [{"cron": "*/15 * * * *", "enabled": True}]},
    )


@ROUTES.get("", "view", result=ScheduleList)
async def list_schedules(
    caller: Asking,
    cursor: Annotated[
        str, Query(max_length=64, description="The last name of the page before.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_SCHEDULES)] = MOST_SCHEDULES,
    runs: Annotated[
        int, Query(ge=0, le=MOST_MARKED, description="Of each, so many last runs in short.")
    ] = 0,
) -> Any:
    """List schedules by name, with their next and last runs."""
    return await caller.ask("schedules_list", after=cursor, limit=limit, runs=runs)


@ROUTES.post("", "edit", result=ScheduleReport, status=201)
async def add_schedule(caller: Asking, body: ScheduleDefinition) -> Any:
    """Make a schedule."""
    report = await caller.ask(
        "schedules_add", definition=body.model_dump(mode="json", exclude_none=True)
    )
    return with_etag(report, _tag(report), 201)


@ROUTES.post("/check", "view", result=ScheduleMeaning)
async def check_schedule(caller: Asking, body: Trial) -> Any:
    """Say in words what a definition would mean, and when it would fire next; nothing is saved."""
    return await caller.ask(
        "schedules_check", definition=body.model_dump(mode="json", exclude_none=True)
    )


@ROUTES.get("/{name}", "view", result=ScheduleReport)
async def show_schedule(caller: Asking, name: NamePath) -> Any:
    """Show all about one; the `ETag` names what was seen, for `If-Match` of a change."""
    report = await caller.ask("schedules_show", name=name)
    return with_etag(report, _tag(report))


@ROUTES.patch("/{name}", "edit", result=ScheduleReport, responses=CHANGED)
async def edit_schedule(
    caller: Asking, name: NamePath, body: Changes, condition: Precondition = None
) -> Any:
    """Change settings of a schedule; with `If-Match` only if it was not changed since."""
    if condition is not None:
        condition.check(_tag(await caller.ask("schedules_show", name=name)))
    changes = body.model_dump(mode="json")
    report = await caller.ask("schedules_edit", name=name, changes=changes)
    return with_etag(report, _tag(report))


@ROUTES.delete("/{name}", "edit", result=ScheduleRemoved)
async def remove_schedule(caller: Asking, name: NamePath) -> Any:
    """Remove a schedule, or what was changed of one in the settings; its history is kept."""
    return await caller.ask("schedules_remove", name=name)


@ROUTES.post("/{name}/enable", "edit", result=ScheduleReport)
async def enable_schedule(caller: Asking, name: NamePath) -> Any:
    """Have a schedule fire."""
    return await caller.ask("schedules_enable", name=name, enabled=True)


@ROUTES.post("/{name}/disable", "edit", result=ScheduleReport)
async def disable_schedule(caller: Asking, name: NamePath) -> Any:
    """Have a schedule not fire; runs that there are go on."""
    return await caller.ask("schedules_enable", name=name, enabled=False)


@ROUTES.post("/{name}/start", "operate", result=ScheduleStarted)
async def start_schedule(caller: Asking, name: NamePath) -> Any:
    """Run a schedule now."""
    return await caller.ask("schedules_start", name=name)


@ROUTES.post("/{name}/stop", "operate", result=ScheduleStopped)
async def stop_schedule(caller: Asking, name: NamePath) -> Any:
    """Cancel what runs of a schedule, and skip what waits."""
    return await caller.ask("schedules_stop", name=name)


@ROUTES.post("/{name}/restart", "operate", result=ScheduleStarted)
async def restart_schedule(caller: Asking, name: NamePath) -> Any:
    """Stop what runs of a schedule, and run it anew."""
    return await caller.ask("schedules_restart", name=name)


@ROUTES.get("/{name}/history", "view", result=ScheduleHistory)
async def list_runs(
    caller: Asking,
    name: NamePath,
    cursor: Annotated[
        Moment | None, Query(description="The last planned time of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
) -> Any:
    """List what became of planned times, the newest first."""
    before = None if cursor is None else cursor.isoformat()
    return await caller.ask("schedules_history", name=name, before=before, limit=limit)


@ROUTES.get("/{name}/next", "view", result=ScheduleTimes)
async def list_next_times(
    caller: Asking, name: NamePath, count: Annotated[int, Query(ge=1, le=MOST_UPCOMING)] = 5
) -> Any:
    """List the next planned times, also of a schedule that is disabled."""
    return await caller.ask("schedules_next", name=name, count=count)


# Private


def _tag(report: dict[str, Any]) -> str:
    return etag({"definition": report["definition"], "enabled": report["enabled"]})
