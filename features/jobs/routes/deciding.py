"""Decisions about jobs: pause, resume, cancel, retry, move, delete, recover, hold."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body, Moment
from meshvisor.features.jobs.model.job import HoldKind
from meshvisor.features.jobs.results import HoldList, JobOutcomes
from meshvisor.features.jobs.routes.area import ROUTES, SomeJobs


class Pause(SomeJobs):
    """Jobs to pause."""

    until: Moment | None = Field(
        None, description="When they go on by themselves; null: when they are resumed."
    )


class Move(SomeJobs):
    """Jobs to give another priority or lane."""

    priority: Annotated[int, Field(ge=1, le=5)] | None = Field(None, description="null: as is.")
    lane: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="null: as is."
    )


class Deletion(SomeJobs):
    """Jobs to forget."""

    force: bool = Field(False, description="Whether one that runs is cancelled first.")


class Decision(Body):
    """What becomes of all interrupted jobs."""

    decision: Literal["resume", "cancel"]


class Held(Body):
    """What is kept from beginning."""

    scope: HoldKind
    name: str = Field("", max_length=200, description="Of the lane or rate key; empty: everything.")


class Hold(Held):
    """What to keep from beginning."""

    until: Moment | None = Field(None, description="null: until it is released.")


@ROUTES.post("/pause", "operate", result=JobOutcomes)
async def pause_jobs(caller: Asking, body: Pause) -> Any:
    """Pause jobs; those that run stop at their next item."""
    return await caller.ask("jobs_pause", **body.model_dump(mode="json"))


@ROUTES.post("/resume", "operate", result=JobOutcomes)
async def resume_jobs(caller: Asking, body: SomeJobs) -> Any:
    """Let paused and interrupted jobs go on when it is their turn."""
    return await caller.ask("jobs_resume", job_ids=body.job_ids)


@ROUTES.post("/cancel", "operate", result=JobOutcomes)
async def cancel_jobs(caller: Asking, body: SomeJobs) -> Any:
    """End jobs for good; those that run stop at their next item."""
    return await caller.ask("jobs_cancel", job_ids=body.job_ids)


@ROUTES.post("/retry", "operate", result=JobOutcomes)
async def retry_jobs(caller: Asking, body: SomeJobs) -> Any:
    """Queue ended jobs anew, for items that failed or were not done."""
    return await caller.ask("jobs_retry", job_ids=body.job_ids)


@ROUTES.post("/move", "operate", result=JobOutcomes)
async def move_jobs(caller: Asking, body: Move) -> Any:
    """Give jobs that wait another priority or lane."""
    return await caller.ask("jobs_move", **body.model_dump())


@ROUTES.post("/delete", "edit", result=JobOutcomes)
async def delete_jobs(caller: Asking, body: Deletion) -> Any:
    """Forget jobs with their items and history."""
    return await caller.ask("jobs_delete", **body.model_dump())


@ROUTES.post("/recover", "operate", result=JobOutcomes)
async def recover_jobs(caller: Asking, body: Decision) -> Any:
    """Decide about all interrupted jobs at once."""
    return await caller.ask("jobs_recover", decision=body.decision)


@ROUTES.post("/hold", "operate", result=HoldList)
async def hold_jobs(caller: Asking, body: Hold) -> Any:
    """Keep a lane, a rate key or everything from beginning."""
    return await caller.ask("jobs_hold", **body.model_dump(mode="json"))


@ROUTES.post("/release", "operate", result=HoldList)
async def release_jobs(caller: Asking, body: Held) -> Any:
    """End what a hold has begun."""
    return await caller.ask("jobs_release", **body.model_dump(mode="json"))
