"""`/api/admin/background-processes`: schedules under the name and with the actions of the
background processes that operators know (docs/processes.md).
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.schedules.results import ScheduleInfo, ScheduleRun
from meshvisor.features.schedules.routes.pages import all_schedules

ROUTES: Final = FeatureRoutes(
    "background-processes",
    prefix="/api/admin/background-processes",
    about="Schedules as background processes: their state, and starting and stopping them.",
)

MOST_RUNS: Final = 100
DAY: Final = 86_400.0
"""Seconds."""


class ScheduledProcess(ScheduleInfo):
    """A background process: a schedule with its newest runs."""

    logs: list[ScheduleRun]
    """Newest first."""


class Processes(BaseModel):
    """All background processes."""

    processes: list[ScheduledProcess]


class Control(Body):
    """What is to be done."""

    action: Literal["start", "stop", "restart", "cleanup-logs"]
    process: str | None = Field(
        None,
        max_length=64,
        description="Its name; null: all that are enabled (`cleanup-logs`: all there are).",
        examples=["data-cleanup"],
    )
    older_than: float = Field(
        30 * DAY, ge=0, le=3650 * DAY, description="Seconds; of `cleanup-logs`: what is removed."
    )


class Outcome(BaseModel):
    """What became of it."""

    action: str
    processes: list[str] = Field(description="Which were meant.")
    jobs: list[int] = Field(description="Numbers of the jobs that were enqueued or cancelled.")
    removed: int = Field(description="Runs that were taken out of the history.")
    message: str = Field(description="One sentence.")


@ROUTES.get("", "schedules:view", result=Processes)
async def list_background_processes(
    caller: Asking, logs: Annotated[int, Query(ge=0, le=MOST_RUNS)] = 10
) -> Any:
    """List all background processes with their state and newest runs."""
    found = await all_schedules(caller.ask)
    return {"processes": [{**one, "logs": await _runs(caller, one["name"], logs)} for one in found]}


@ROUTES.post("", "schedules:operate", result=Outcome)
async def control_background_processes(caller: Asking, body: Control) -> Any:
    """Start, stop or restart background processes now, or clean up their logs."""
    if body.action == "cleanup-logs":
        caller.check("schedules:edit")
        return await _clean_up(caller, body.process, body.older_than)
    names = [body.process] if body.process else await _enabled(caller)
    jobs: list[int] = []
    for name in names:
        outcome = await caller.ask(f"schedules_{body.action}", name=name)
        jobs += outcome["cancelled"] if body.action == "stop" else [outcome["job_id"]]
    return _outcome(body.action, names, jobs)


# Private


async def _runs(caller: Asking, name: str, limit: int) -> Any:
    if not limit:
        return []
    return (await caller.ask("schedules_history", name=name, limit=limit))["runs"]


async def _enabled(caller: Asking) -> list[str]:
    found = await all_schedules(caller.ask)
    return [one["name"] for one in found if one["enabled"] and one["problem"] is None]


async def _clean_up(caller: Asking, name: str | None, older_than: float) -> Any:
    result = await caller.ask("schedules_cleanup", name=name, older_than=older_than)
    names = [name] if name else []
    return _outcome("cleanup-logs", names, [], result["removed"])


def _outcome(action: str, names: list[str], jobs: list[int], removed: int = 0) -> Any:
    done = {"start": "started", "stop": "stopped", "restart": "restarted"}
    if action == "cleanup-logs":
        message = f"{removed} runs were removed from the history."
    else:
        message = f"{len(names)} background processes were {done[action]}."
    return {
        "action": action,
        "processes": names,
        "jobs": jobs,
        "removed": removed,
        "message": message,
    }
