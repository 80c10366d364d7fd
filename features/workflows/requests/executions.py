"""What the control socket can ask about executions: `workflows_run`, `workflows_executions`."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from meshvisor.features.workflows.requests.fields import Limit, Number, Offset, Ref
from meshvisor.features.workflows.results import (
    Answered,
    ApprovalList,
    Begun,
    Ended,
    ExecutionList,
    ExecutionLog,
    ExecutionReport,
)
from meshvisor.features.workflows.supervisor.reading import Executions
from meshvisor.features.workflows.supervisor.relay import Relay
from meshvisor.features.workflows.supervisor.service import WorkflowService
from meshvisor.shared.control.request import LongRequest, Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

Status = Literal[
    "queued", "running", "waiting", "completed", "failed", "timeout", "cancelled", "skipped"
]


class RunWorkflow(Request):
    """Begin an execution by hand."""

    type: Literal["workflows_run"] = "workflows_run"
    workflow: Ref
    trigger_data: dict[str, Any] = Field(default_factory=dict)
    """Values of its inputs, and whatever else its steps see."""
    request_key: str | None = Field(None, min_length=1, max_length=200)
    """Asked again with the same one, the execution that there is already is the answer."""


@handles(RunWorkflow)
async def run_workflow(request: RunWorkflow, call: Call) -> Begun:
    """Return it when it is written down."""
    row = await call.need(WorkflowService).find(request.workflow)
    found = await call.need(Relay).ask(
        "run",
        workflow_id=row.id,
        data=request.trigger_data,
        by=call.actor.id,
        request=request.request_key,
    )
    number = found["execution_id"]
    await call.need(WorkflowService).note(call.actor, "run", row.name, f"execution {number}")
    return Begun(**found)


class CancelExecution(Request):
    """End an execution."""

    type: Literal["workflows_cancel"] = "workflows_cancel"
    execution: Number


@handles(CancelExecution)
async def cancel_execution(request: CancelExecution, call: Call) -> Ended:
    """Return it when it has ended."""
    found = await call.need(Relay).ask("cancel", execution=request.execution, by=call.actor.id)
    name = str(found.pop("workflow"))
    if found["changed"]:
        await call.need(WorkflowService).note(
            call.actor, "cancel", name, f"execution {request.execution}"
        )
    return Ended(**found)


class ReplayExecution(Request):
    """Begin an execution anew with what it was given."""

    type: Literal["workflows_replay"] = "workflows_replay"
    execution: Number
    from_step: str | None = Field(None, max_length=64)
    """The step of the first level to begin with; null: the first one."""
    newest: bool = False
    """Whether it runs the newest revision in place of its own."""


@handles(ReplayExecution)
async def replay_execution(request: ReplayExecution, call: Call) -> Begun:
    """Return the new execution when it is written down."""
    found = await call.need(Relay).ask(
        "replay",
        execution=request.execution,
        from_step=request.from_step,
        newest=request.newest,
        by=call.actor.id,
    )
    name = str(found.pop("workflow"))
    detail = f"execution {request.execution} as {found['execution_id']}"
    await call.need(WorkflowService).note(call.actor, "replay", name, detail)
    return Begun(**found)


class ListExecutions(LongRequest):
    """Executions, newest first."""

    type: Literal["workflows_executions"] = "workflows_executions"
    workflow: Ref | None = None
    status: Status | None = None
    limit: Limit = 50
    offset: Offset = 0


@handles(ListExecutions, offline=True)
async def list_executions(request: ListExecutions, call: Call) -> ExecutionList:
    """Return one page."""
    number = None
    if request.workflow is not None:
        number = (await call.need(WorkflowService).find(request.workflow)).id
    return await call.need(Executions).list(number, request.status, request.limit, request.offset)


class ShowExecution(LongRequest):
    """One execution with its steps."""

    type: Literal["workflows_execution"] = "workflows_execution"
    execution: Number


@handles(ShowExecution, offline=True)
async def show_execution(request: ShowExecution, call: Call) -> ExecutionReport:
    """Return it."""
    return await call.need(Executions).show(request.execution)


class ShowLogs(LongRequest):
    """What happened in an execution."""

    type: Literal["workflows_logs"] = "workflows_logs"
    execution: Number
    limit: Limit = 500


@handles(ShowLogs, offline=True)
async def show_logs(request: ShowLogs, call: Call) -> ExecutionLog:
    """Return it, oldest first."""
    return await call.need(Executions).logs(request.execution, request.limit)


class ListApprovals(LongRequest):
    """Questions to people."""

    type: Literal["workflows_approvals"] = "workflows_approvals"
    is_open: bool = True
    """Only those that wait."""


@handles(ListApprovals, offline=True)
async def list_approvals(request: ListApprovals, call: Call) -> ApprovalList:
    """Return them, the newest first."""
    return await call.need(Executions).approvals(is_open=request.is_open)


class AnswerApproval(Request):
    """Answer a question for which an execution waits."""

    type: Literal["workflows_answer"] = "workflows_answer"
    approval: Number
    answer: str = Field(min_length=1, max_length=1000)


@handles(AnswerApproval)
async def answer_approval(request: AnswerApproval, call: Call) -> Answered:
    """Answer it; the execution goes on."""
    found = await call.need(Relay).ask(
        "answer", approval=request.approval, answer=request.answer, by=call.actor.id
    )
    name = str(found.pop("workflow"))
    await call.need(WorkflowService).note(
        call.actor, "answer", name, f"question {request.approval}"
    )
    return Answered(**found)


HANDLERS: Final[tuple[Handler, ...]] = (
    run_workflow,
    cancel_execution,
    replay_execution,
    list_executions,
    show_execution,
    show_logs,
    list_approvals,
    answer_approval,
)
