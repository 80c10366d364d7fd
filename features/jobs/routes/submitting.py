"""New jobs, and the actions that they can have."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Header
from pydantic import Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body
from meshvisor.console.problem import FieldProblem, ProblemError
from meshvisor.features.jobs.model.job import NO_MESH
from meshvisor.features.jobs.results import ActionList, SubmittedJob
from meshvisor.features.jobs.routes.area import ROUTES
from meshvisor.shared.wording import Worded

MOST_ITEMS: Final = 10_000
"""Of one request; as many as fit into its body."""

Name = Annotated[str, Field(min_length=1, max_length=255)]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="Under a key that is known the job that is there already is the answer.",
    ),
]


class NewJob(Body):
    """What is to be done."""

    action: Name = Field(examples=["addplayer"])
    mesh_id: Name = Field(NO_MESH, description="Where; `-`: about no mesh.", examples=["lobby"])
    data: dict[str, Any] = Field({}, examples=[{"season": "spring"}])
    items: list[str] | None = Field(None, max_length=MOST_ITEMS, examples=[["1001", "1002"]])
    priority: Annotated[int, Field(ge=1, le=5)] | None = Field(
        None, description="1 (most urgent) to 5; null: as its action says."
    )
    lane: Name | None = Field(None, description="null: as its action says.")
    target: Name | None = Field(None, description="To what, or on whose behalf, it is done.")
    dry_run: bool = Field(False, description="Whether its action only says what it would do.")


@ROUTES.get("/actions", "view", result=ActionList)
async def list_actions(caller: Asking) -> Any:
    """List what the plug-ins and the product itself offer to do."""
    return await caller.ask("jobs_actions")


@ROUTES.post("", "operate", result=SubmittedJob, status=201)
async def submit_job(caller: Asking, body: NewJob, key: Key = None) -> Any:
    """Enqueue a job; it is kept from the moment of the answer on."""
    submission = body.model_dump(exclude={"mesh_id"}, exclude_none=True)
    if key:
        submission["key"] = key
    try:
        return await caller.ask("jobs_submit", mesh_id=body.mesh_id, submission=submission)
    except ProblemError as problem:
        raise _with_field(problem) from None


# Private


def _with_field(problem: ProblemError) -> ProblemError:
    """Return a problem that names the field of the body, if it is about one of the data."""
    detail = problem.detail
    if not isinstance(detail, Worded) or not detail.code.startswith("inputs."):
        return problem
    wrong = FieldProblem(field=f"data.{detail.fields['name']}", detail=detail, code=detail.code)
    return ProblemError(problem.status_code, detail, errors=[wrong])
