"""What requests about workflows return: the JSON that `--json` prints (docs/workflows.md).

Owns the shapes, by the rules of `shared.control.results`.  Fields that the seed names keep its
names; what it lacks is added beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshvisor.shared.control.results import Result


class ProblemReport(Result):
    """One thing about a document."""

    place: str
    """Where: `steps[2].with.text`; empty: all of it."""
    message: str


class ProcessTrigger(Result):
    """A trigger, as the seed has it."""

    id: int
    trigger_type: str
    trigger_config: Mapping[str, Any]
    conditions: Any
    """A tree; null: none."""
    priority: int
    is_active: bool


class ProcessAction(Result):
    """A step of the first level, as the seed has it."""

    id: int
    action_type: str
    action_config: Mapping[str, Any]
    conditions: Any
    action_order: int
    timeout_seconds: float
    retry_count: int


class ProcessInfo(Result):
    """A workflow without its definition."""

    id: int
    name: str
    description: str
    template_id: int | None
    created_by: str
    created_at: str
    updated_at: str
    is_active: bool
    execution_count: int
    last_executed: str | None
    success_rate: float
    """Of those that have ended, 0 to 1."""
    avg_execution_time: float | None
    """Seconds; null: none has ended."""
    revision: int
    owner: str | None
    """On whose behalf it acts; null: an account of this machine."""
    mode: str
    trigger_types: tuple[str, ...]
    steps: int
    """How many it has, at all levels."""


class ProcessList(Result):
    """Answer to `workflows_list`."""

    processes: tuple[ProcessInfo, ...]
    total: int


class Process(ProcessInfo):
    """Answer to `workflows_show`: a workflow with its newest revision, or another one."""

    triggers: tuple[ProcessTrigger, ...]
    actions: tuple[ProcessAction, ...]
    document: Mapping[str, Any]
    """The stored form: what exporting writes and saving takes."""
    warnings: tuple[ProblemReport, ...] = ()
    """What should be looked at, such as a workflow that can fire itself."""


class Saved(Result):
    """Answer to `workflows_save`."""

    process_id: int
    name: str
    revision: int
    is_active: bool
    created: bool
    changed: bool
    """False: it was the same already, and there is no new revision."""
    begins: bool
    """Whether an event or a time begins it: it is active, and has such a trigger."""
    warnings: tuple[ProblemReport, ...] = ()


class Checked(Result):
    """Answer to `workflows_check`: nothing was saved."""

    valid: bool
    problems: tuple[ProblemReport, ...]
    warnings: tuple[ProblemReport, ...]
    document: Mapping[str, Any] | None
    """The stored form; null: it is not valid."""


class Activated(Result):
    """Answer to `workflows_activate`."""

    process_id: int
    name: str
    is_active: bool


class Revision(Result):
    """One revision."""

    revision: int
    created_at: str
    created_by: str
    document: Mapping[str, Any]


class RevisionList(Result):
    """Answer to `workflows_revisions`, the newest first."""

    revisions: tuple[Revision, ...]


class Begun(Result):
    """Answer to `workflows_run` and `workflows_replay`."""

    execution_id: int
    status: str


class Ended(Result):
    """Answer to `workflows_cancel`."""

    execution_id: int
    status: str
    changed: bool
    """False: it had ended before."""


class Execution(Result):
    """One execution without its steps."""

    id: int
    process_id: int
    process: str
    revision: int
    status: str
    """`queued`, `running`, `waiting`, `completed`, `failed`, `timeout`, `cancelled`, `skipped`."""
    triggered_by: str
    trigger_type: str
    started_at: str
    completed_at: str | None
    error_message: str | None
    execution_time_ms: int | None
    steps_completed: int
    total_steps: int
    event_seq: int | None
    """Number of the event that has begun it; null: none."""
    key: str
    parent_id: int | None
    replay_of: int | None
    depth: int


class ExecutionList(Result):
    """Answer to `workflows_executions`, the newest first."""

    executions: tuple[Execution, ...]
    total: int


class ExecutionStep(Result):
    """One step of an execution."""

    id: int
    """Its number in the execution."""
    action_id: int
    """Id of the action that it is, or is in: one of `actions` of the workflow at this revision."""
    step: str
    """Its id there."""
    type: str
    status: str
    """`running`, `completed`, `failed`, `skipped`, `cancelled`."""
    started_at: str
    completed_at: str | None
    input: Any
    """What it was given, with all values in their places."""
    result: Any
    error_message: str | None
    execution_time_ms: int | None
    retry_count: int
    changes: Mapping[str, Any]
    """Variables that it has set: each with `before` and `after`."""


class ExecutionReport(Execution):
    """Answer to `workflows_execution`."""

    trigger_event: Mapping[str, Any]
    inputs: Mapping[str, Any]
    variables: Mapping[str, Any]
    """As they are now; empty: it has ended or set none."""
    steps: tuple[ExecutionStep, ...]
    children: tuple[int, ...]
    """Executions that it has called."""


class LogEntry(Result):
    """One line of an execution's log."""

    at: str
    level: str
    """`info`, `warning`, `error`."""
    step: int | None
    text: str


class ExecutionLog(Result):
    """Answer to `workflows_logs`, oldest first."""

    logs: tuple[LogEntry, ...]


class Approval(Result):
    """A question to a person."""

    id: int
    execution_id: int
    process: str
    question: str
    options: tuple[str, ...]
    mesh_id: str | None
    user_id: str | None
    asked_at: str
    expires_at: str
    answer: str | None
    answered_by: str | None


class ApprovalList(Result):
    """Answer to `workflows_approvals`."""

    approvals: tuple[Approval, ...]


class Answered(Result):
    """Answer to `workflows_answer`."""

    approval_id: int
    execution_id: int
    answer: str


class Reason(Result):
    """Answer to `workflows_why`."""

    seq: int
    process_id: int
    process: str
    ran: bool
    reason: str
    """One sentence, with the values."""
    execution_id: int | None


class ReasonsOfOne(Result):
    """Answer to `workflows_why_each`: of one workflow, at some events."""

    reasons: tuple[Reason, ...]


class ReasonList(Result):
    """Answer to `workflows_reasons`: of the workflows that look at such events."""

    seq: int
    reasons: tuple[Reason, ...]
    """Those that ran first, then by name."""
    total: int


class PlannedStep(Result):
    """A step of a dry run."""

    step: str
    type: str
    status: str
    input: Any
    error_message: str | None


class DryRun(Result):
    """Answer to `workflows_dry_run`: what would be done; nothing was."""

    matches: bool
    reason: str
    """Why, or why not, it would begin."""
    status: str
    error_message: str | None
    steps: tuple[PlannedStep, ...]
    variables: Mapping[str, Any]


class BackTestMatch(Result):
    """An event at which it would have begun."""

    seq: int
    at: str
    kind: str
    subject: str | None
    reason: str


class BackTest(Result):
    """Answer to `workflows_back_test`."""

    events: int
    """How many were looked at."""
    matched: int
    """How many would have begun it."""
    held_back: int
    """Of these, how many cooldown and rate limit would have kept."""
    examples: tuple[BackTestMatch, ...]
    """The newest of them."""
    misses: Mapping[str, int]
    """Why others did not, with how many each."""
    seconds: float


class Template(Result):
    """A template."""

    id: int
    name: str
    description: str
    category: str
    usage_count: int
    created_by: str | None
    """Null: it came with Meshvisor."""
    created_at: str
    is_public: bool
    inputs: Mapping[str, Any]
    """What instantiating asks for: each with type, default, description."""
    template_data: Mapping[str, Any]


class TemplateList(Result):
    """Answer to `workflows_templates`."""

    templates: tuple[Template, ...]


class TemplateSaved(Result):
    """Answer to `workflows_template_save`."""

    template_id: int
    name: str


class TemplateRemoved(Result):
    """Answer to `workflows_template_remove`."""

    template_id: int
    name: str


class FailureReason(Result):
    """Why executions have failed."""

    reason: str
    count: int
    last_at: str
    last_execution: int


class Day(Result):
    """Executions of one day."""

    day: str
    started: int
    completed: int
    failed: int
    cancelled: int
    avg_execution_time: float | None


class Analytics(Result):
    """Answer to `workflows_analytics`: of all, or of one."""

    total_processes: int
    active_processes: int
    total_executions: int
    execution_count: int
    """The same, as the seed calls it for one."""
    running_executions: int
    queued_executions: int
    success_rate: float
    error_rate: float
    avg_execution_time: float | None
    """Seconds."""
    last_executed: str | None
    failure_reasons: tuple[FailureReason, ...]
    trend: tuple[Day, ...]
    """Oldest first."""
    most_used: tuple[Mapping[str, Any], ...] = ()
    """Workflows with most executions: `process_id`, `name`, `execution_count`."""
    trigger_frequencies: Mapping[str, int] = {}
    templates_used: tuple[Mapping[str, Any], ...] = ()


class Taken(Result):
    """Answer to what the engine tells."""

    number: int


class LinkItem(Result):
    """One thing that the engine is told on its link."""

    wake: int | None = None
    """There may be events up to this one."""
    ask: int | None = None
    """Number of a question, answered by `workflows_reply`."""
    what: str = ""
    arguments: Mapping[str, Any] = {}
    steps: bool | None = None
    """Whether somebody follows executions step by step from now on; null: as before."""


class EffectOutcome(Result):
    """Answer to `workflows_act`."""

    result: Any
