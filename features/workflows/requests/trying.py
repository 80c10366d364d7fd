"""What the control socket can ask before and after: why, dry run, back-test."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from meshvisor.features.workflows.requests.fields import Limit, Number, Offset, Ref
from meshvisor.features.workflows.results import BackTest, DryRun, Reason, ReasonList, ReasonsOfOne
from meshvisor.features.workflows.supervisor.relay import Relay
from meshvisor.features.workflows.supervisor.service import WorkflowService
from meshvisor.shared.control.request import LongRequest
from meshvisor.shared.errors import UsageError
from meshvisor.supervisor.control.handling import Call, Handler, handles

MOST_EXPLAINED: Final = 100
"""Events of one question why."""
MOST_EVENTS: Final = 1_000_000
"""Events of one back-test."""
BACK_TEST_TIMEOUT: Final = 300.0
"""Seconds."""


class ExplainWorkflow(LongRequest):
    """Why a workflow did or did not run at an event."""

    type: Literal["workflows_why"] = "workflows_why"
    workflow: Ref
    seq: Number | None = None
    """Number of the event; null: the newest of those kinds that it wants."""


@handles(ExplainWorkflow)
async def explain_workflow(request: ExplainWorkflow, call: Call) -> Reason:
    """Return the first reason."""
    row = await call.need(WorkflowService).find(request.workflow)
    return Reason(**await call.need(Relay).ask("why", workflow_id=row.id, seq=request.seq))


class ExplainWorkflowAt(LongRequest):
    """Why a workflow did or did not run at each of some events."""

    type: Literal["workflows_why_each"] = "workflows_why_each"
    workflow: Ref
    seqs: list[Number] = Field(min_length=1, max_length=MOST_EXPLAINED)
    """Numbers of the events."""


@handles(ExplainWorkflowAt)
async def explain_workflow_at(request: ExplainWorkflowAt, call: Call) -> ReasonsOfOne:
    """Return the first reason for each; those that are not kept any more are left out."""
    row = await call.need(WorkflowService).find(request.workflow)
    found = await call.need(Relay).ask("why_each", workflow_id=row.id, seqs=request.seqs)
    return ReasonsOfOne(reasons=tuple(Reason(**one) for one in found))


class ExplainEvent(LongRequest):
    """Why each workflow that looks at such events did or did not run at one."""

    type: Literal["workflows_reasons"] = "workflows_reasons"
    seq: Number
    limit: Limit = 50
    offset: Offset = 0


@handles(ExplainEvent)
async def explain_event(request: ExplainEvent, call: Call) -> ReasonList:
    """Return one page of first reasons."""
    found = await call.need(Relay).ask(
        "reasons", seq=request.seq, limit=request.limit, offset=request.offset
    )
    return ReasonList(
        seq=found["seq"],
        reasons=tuple(Reason(**one) for one in found["reasons"]),
        total=found["total"],
    )


class DryRunWorkflow(LongRequest):
    """What a workflow would do; nothing is done."""

    type: Literal["workflows_dry_run"] = "workflows_dry_run"
    workflow: Ref | None = None
    document: Any = None
    """A definition that is not saved; null: that of the workflow."""
    seq: Number | None = None
    """A recorded event."""
    event: dict[str, Any] | None = None
    """A sample: `kind`, `subject`, `mesh_id`, `data`; null, both: it is begun by hand."""
    inputs: dict[str, Any] = Field(default_factory=dict)


@handles(DryRunWorkflow)
async def dry_run(request: DryRunWorkflow, call: Call) -> DryRun:
    """Return the steps with what each would be given."""
    document = await _document(call, request.workflow, request.document)
    found = await call.need(Relay).ask(
        "dry_run",
        document=document,
        seq=request.seq,
        event=request.event,
        inputs=request.inputs,
    )
    return DryRun(**found)


class BackTestWorkflow(LongRequest):
    """At which recorded events a workflow would have begun."""

    type: Literal["workflows_back_test"] = "workflows_back_test"
    workflow: Ref | None = None
    document: Any = None
    """As for a dry run."""
    days: float = Field(7, gt=0, le=366)
    """How far back."""
    limit: int = Field(100_000, ge=1, le=MOST_EVENTS)
    """Events that are looked at, the newest ones."""


@handles(BackTestWorkflow)
async def back_test(request: BackTestWorkflow, call: Call) -> BackTest:
    """Return how many, the newest of them, and why others did not."""
    document = await _document(call, request.workflow, request.document)
    found = await call.need(Relay).ask(
        "back_test",
        timeout=BACK_TEST_TIMEOUT,
        document=document,
        days=request.days,
        limit=request.limit,
    )
    return BackTest(**found)


HANDLERS: Final[tuple[Handler, ...]] = (
    explain_workflow,
    explain_workflow_at,
    explain_event,
    dry_run,
    back_test,
)


# Private


async def _document(call: Call, workflow: str | None, given: Any) -> Any:
    service = call.need(WorkflowService)
    if given is None:
        if workflow is None:
            raise UsageError("name a workflow, or give a document")
        return (await service.find(workflow)).document
    checked = await service.check(given)
    if not checked.valid:
        raise UsageError(
            "\n".join(f"{one.place}: {one.message}" if one.place else one.message
                      for one in checked.problems)
        )  # fmt: skip
    return checked.document
