"""Jobs as they are: lists, one of them, why one waits, lanes, counts, errors and recovery."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from meshvisor.console.access import Asking
from meshvisor.console.routing import as_json_text
from meshvisor.features.jobs import counting
from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.features.jobs.requests.limits import MAX_LISTED, MAX_QUEUED
from meshvisor.features.jobs.results import (
    DurationReport,
    ErrorList,
    HoldList,
    JobList,
    JobReport,
    JobStats,
    QueueReport,
    RecoveryReport,
    WhyReport,
)
from meshvisor.features.jobs.routes import pages
from meshvisor.features.jobs.routes.area import LARGEST_ID, ROUTES, JobNumber

Text = Annotated[str | None, Field(max_length=255)]


class JobFilter(BaseModel, extra="forbid"):
    """Which jobs are wanted; what is not given is not asked for."""

    status: list[JobStatus] = Field([], description="Several: any of them.")
    action: Text = None
    mesh_id: Text = None
    lane: Text = None
    created_by: Text = None
    target: Text = None
    before: int | None = Field(
        None, ge=1, le=LARGEST_ID, description="The lowest id of the page before."
    )
    limit: int = Field(50, ge=1, le=MAX_LISTED)


@ROUTES.get("", "view", result=JobList)
async def list_jobs(caller: Asking, wanted: Annotated[JobFilter, Query()]) -> Any:
    """List jobs that match, newest first; a page may be shorter than `limit`: see `more`."""
    fields = wanted.model_dump(exclude={"status"})
    statuses = tuple(wanted.status)
    question = ("jobs", statuses, *fields.values())
    return as_json_text(await caller.look(question, lambda db: pages.jobs(db, fields, statuses)))


@ROUTES.get("/queue", "view", result=QueueReport)
async def show_queue(
    caller: Asking,
    lane: Annotated[str | None, Query(max_length=255)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_QUEUED, description="Jobs of each lane.")] = 20,
) -> Any:
    """Say lane by lane what runs, and in which order what waits will run."""
    return await caller.ask("jobs_next", lane=lane, limit=limit)


@ROUTES.get("/stats", "view", result=JobStats)
async def count_jobs(caller: Asking) -> Any:
    """Count jobs by state, priority and lane."""
    return as_json_text(await caller.look(("jobs_stats",), _stats))


@ROUTES.get("/durations", "view", result=DurationReport)
async def show_durations(caller: Asking) -> Any:
    """Say of each action how its jobs of the last day went."""
    return await caller.ask("jobs_durations")


@ROUTES.get("/errors", "view", result=ErrorList)
async def list_errors(caller: Asking) -> Any:
    """List the attempts that went wrong, newest first."""
    return await caller.ask("jobs_errors")


@ROUTES.get("/recovery", "view", result=RecoveryReport)
async def show_recovery(caller: Asking) -> Any:
    """Say which jobs a crash has interrupted, and when they go on by themselves."""
    return await caller.ask("jobs_recovery")


@ROUTES.get("/holds", "view", result=HoldList)
async def list_holds(caller: Asking) -> Any:
    """List what is kept from beginning."""
    return await caller.ask("jobs_holds")


@ROUTES.get("/{job_id:int}", "view", result=JobReport)
async def show_job(caller: Asking, job_id: JobNumber) -> Any:
    """Show one job with its history."""
    return await caller.ask("jobs_show", job_id=job_id)


@ROUTES.get("/{job_id:int}/why", "view", result=WhyReport)
async def explain_job(caller: Asking, job_id: JobNumber) -> Any:
    """Say why a job does not run, and when it probably will."""
    return await caller.ask("jobs_why", job_id=job_id)


# Private


def _stats(db: sqlite3.Connection) -> bytes:
    return counting.stats(db).model_dump_json().encode()
