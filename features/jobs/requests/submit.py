"""New jobs: `jobs_stage`, `jobs_submit`, and what can be one: `jobs_actions`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from meshvisor.features.access.supervisor.people import Realms
from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.model.job import MAX_ITEMS, NO_MESH
from meshvisor.features.jobs.requests.fields import JobMesh
from meshvisor.features.jobs.results import ActionList, Staged, SubmittedJob
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.shared.control.request import Request, WrittenUserId
from meshvisor.shared.errors import UsageError
from meshvisor.shared.model.realm import DEFAULT
from meshvisor.shared.model.user_id import check_user_id
from meshvisor.supervisor.control.handling import Call, handles


class StageItems(Request):
    """Hand over items that are too many for one request; a later `jobs_submit` uses them.

    They are forgotten after a minute without another request that names them.
    """

    type: Literal["jobs_stage"] = "jobs_stage"
    token: str = Field(min_length=8, max_length=64)
    """Chosen by the client, at random."""
    items: tuple[str, ...] = Field(max_length=MAX_ITEMS)


@handles(StageItems, offline=True)
async def stage_items(request: StageItems, call: Call) -> Staged:
    """Keep them."""
    return await call.need(JobService).stage(request.token, request.items)


class SubmitJob(Request):
    """Enqueue a job."""

    type: Literal["jobs_submit"] = "jobs_submit"
    mesh_id: JobMesh = NO_MESH
    """Where; `-`: about no mesh."""
    submission: Submission
    staged: str | None = None
    """The token of items that were staged, which come before those of the submission."""
    created_by: WrittenUserId | None = None
    """The user on whose behalf it is; None: the caller."""

    @classmethod
    def texts(cls, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Leave out the data: what is wrong with it is said together with all else that can be."""
        submission = fields.get("submission")
        if not isinstance(submission, dict):
            return fields
        return {**fields, "submission": {**submission, "data": None}}


@handles(SubmitJob, offline=True)
async def submit_job(request: SubmitJob, call: Call) -> SubmittedJob:
    """Enqueue it; under a key that is known the job that is there already is the answer."""
    created_by = request.created_by and _user_id(request.created_by, request.mesh_id, call)
    return await call.need(JobService).submit(
        request.mesh_id, request.submission, call.actor, request.staged, created_by
    )


class ListActions(Request):
    """What the plug-ins offer."""

    type: Literal["jobs_actions"] = "jobs_actions"


@handles(ListActions, offline=True)
async def list_actions(_request: ListActions, call: Call) -> ActionList:
    """Return it."""
    return await call.need(JobService).actions()


# Private


def _user_id(written: str, mesh_id: str, call: Call) -> str:
    """Return the user id that the caller has given, as the mesh's network spells it."""
    realms = call.find(Realms)
    try:
        return check_user_id(written, DEFAULT if realms is None else realms.realm_of(mesh_id))
    except ValueError as error:
        raise UsageError(str(error)) from None
