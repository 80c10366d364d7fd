"""What the control socket can ask about definitions, such as `workflows_save`."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from meshvisor.features.workflows.requests.fields import Limit, Offset, Ref
from meshvisor.features.workflows.results import (
    Activated,
    Checked,
    Process,
    ProcessList,
    RevisionList,
    Saved,
)
from meshvisor.features.workflows.supervisor.service import WorkflowService
from meshvisor.shared.control.request import LongRequest, Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

MOST_BESIDES: Final = 100
"""Documents that are checked together."""


class ListWorkflows(LongRequest):
    """Workflows by name."""

    type: Literal["workflows_list"] = "workflows_list"
    active_only: bool = False
    template_id: int | None = None
    created_by: str | None = None
    limit: Limit = 100
    offset: Offset = 0


@handles(ListWorkflows, offline=True)
async def list_workflows(request: ListWorkflows, call: Call) -> ProcessList:
    """Return one page."""
    filters = {
        "active_only": request.active_only,
        "template_id": request.template_id,
        "created_by": request.created_by,
    }
    return await call.need(WorkflowService).list(filters, request.limit, request.offset)


class ShowWorkflow(LongRequest):
    """One workflow with its definition."""

    type: Literal["workflows_show"] = "workflows_show"
    workflow: Ref
    revision: int | None = None
    """Which one; null: the newest."""


@handles(ShowWorkflow, offline=True)
async def show_workflow(request: ShowWorkflow, call: Call) -> Process:
    """Return it."""
    return await call.need(WorkflowService).show(request.workflow, request.revision)


class CheckWorkflow(LongRequest):
    """What is wrong with a document."""

    type: Literal["workflows_check"] = "workflows_check"
    document: Any
    besides: list[Any] = Field(default_factory=list, max_length=MOST_BESIDES)
    """Others that are to be saved with it: it may call them."""


@handles(CheckWorkflow, offline=True)
async def check_workflow(request: CheckWorkflow, call: Call) -> Checked:
    """Return it; nothing is saved."""
    return await call.need(WorkflowService).check(request.document, request.besides)


class SaveWorkflow(Request):
    """Add a workflow, or change one."""

    type: Literal["workflows_save"] = "workflows_save"
    document: Any
    workflow: Ref | None = None
    """The one that is changed; null: a new one."""
    if_revision: int | None = None
    """The revision that the caller has seen; null: whichever there is."""
    is_active: bool | None = None
    """Whether it begins by itself; null: a new one does, another stays as it is."""
    upsert: bool = False
    """Whether one of the same name is changed."""


@handles(SaveWorkflow, offline=True)
async def save_workflow(request: SaveWorkflow, call: Call) -> Saved:
    """Save it; what is wrong with it is said all at once."""
    return await call.need(WorkflowService).save(
        request.document,
        call.actor,
        ref=request.workflow,
        if_revision=request.if_revision,
        is_active=request.is_active,
        upsert=request.upsert,
    )


class ActivateWorkflow(Request):
    """Have a workflow begin by itself, or not any more."""

    type: Literal["workflows_activate"] = "workflows_activate"
    workflow: Ref
    is_active: bool = True


@handles(ActivateWorkflow, offline=True)
async def activate_workflow(request: ActivateWorkflow, call: Call) -> Activated:
    """Do it."""
    return await call.need(WorkflowService).activate(
        request.workflow, call.actor, is_active=request.is_active
    )


class ListRevisions(LongRequest):
    """What was saved of a workflow."""

    type: Literal["workflows_revisions"] = "workflows_revisions"
    workflow: Ref
    limit: Limit = 50


@handles(ListRevisions, offline=True)
async def list_revisions(request: ListRevisions, call: Call) -> RevisionList:
    """Return it, the newest first."""
    return await call.need(WorkflowService).revisions(request.workflow, request.limit)


HANDLERS: Final[tuple[Handler, ...]] = (
    list_workflows,
    show_workflow,
    check_workflow,
    save_workflow,
    activate_workflow,
    list_revisions,
)
