"""What is kept from beginning: `jobs_hold`, `jobs_release`, `jobs_holds`."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from meshvisor.features.jobs.model.job import HoldKind
from meshvisor.features.jobs.requests.fields import HoldName
from meshvisor.features.jobs.results import HoldList
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, handles


class HoldJobs(Request):
    """Keep a lane, a rate key or everything from beginning; what runs stops at its next item."""

    type: Literal["jobs_hold"] = "jobs_hold"
    scope: HoldKind
    name: HoldName = ""
    """Of the lane or rate key; empty: everything."""
    until: AwareDatetime | None = None
    """When it ends by itself; None: with `jobs_release`."""


@handles(HoldJobs, offline=True)
async def hold_jobs(request: HoldJobs, call: Call) -> HoldList:
    """Hold it."""
    jobs = call.need(JobService)
    return await jobs.hold(request.scope, request.name, request.until, call.actor)


class ReleaseJobs(Request):
    """End a hold."""

    type: Literal["jobs_release"] = "jobs_release"
    scope: HoldKind
    name: HoldName = ""


@handles(ReleaseJobs, offline=True)
async def release_jobs(request: ReleaseJobs, call: Call) -> HoldList:
    """Let it begin again."""
    return await call.need(JobService).release(request.scope, request.name, call.actor)


class ListHolds(Request):
    """What is on hold."""

    type: Literal["jobs_holds"] = "jobs_holds"


@handles(ListHolds, offline=True)
async def list_holds(_request: ListHolds, call: Call) -> HoldList:
    """Return it."""
    return await call.need(JobService).holds()
