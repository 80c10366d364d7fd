"""The kinds of events of workflows (docs/events.md)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.events.kind import EventKind

_CHANGE: Final = {
    "origin": "as in the audit log",
    "detail": "what was done, in words",
}
_EXECUTION: Final = {
    "execution": "number of the execution",
    "workflow_id": "number of the workflow",
    "trigger": "type of its trigger",
}
_ENDED: Final = {
    **_EXECUTION,
    "duration_ms": "milliseconds from its start to its end",
    "error": "one sentence; empty: nothing has failed",
}
_NAME: Final = "the workflow's name"

CHANGED: Final = EventKind(
    "workflow.changed",
    "A workflow was added or changed.",
    _NAME,
    {**_CHANGE, "workflow_id": "its number", "revision": "number of the new revision"},
)
ACTIVATED: Final = EventKind(
    "workflow.activated", "A workflow begins by itself again.", _NAME, _CHANGE
)
DEACTIVATED: Final = EventKind(
    "workflow.deactivated", "A workflow does not begin by itself any more.", _NAME, _CHANGE
)
REQUESTED: Final = EventKind(
    "workflow.requested",
    "An execution was run, cancelled or replayed by hand.",
    _NAME,
    _CHANGE,
)
STARTED: Final = EventKind(
    "workflow.started", "An execution has begun.", _NAME, _EXECUTION, keep_days=2
)
STEP: Final = EventKind(
    "execution.step",
    "An execution has moved on; only while this kind is subscribed to.",
    _NAME,
    {
        **_EXECUTION,
        "step": "the step that was last touched",
        "status": "how it is: running, completed, failed, skipped or cancelled",
        "steps_completed": "how many steps are done",
    },
    keep_days=1,
)
"""Of a family of its own: a subscriber to workflows does not get each step."""
COMPLETED: Final = EventKind(
    "workflow.completed", "An execution has done all its steps.", _NAME, _ENDED
)
FAILED: Final = EventKind(
    "workflow.failed",
    "An execution has failed, or has taken longer than it may.",
    _NAME,
    _ENDED,
)
CANCELLED: Final = EventKind("workflow.cancelled", "An execution was ended.", _NAME, _ENDED)
GUARDED: Final = EventKind(
    "workflow.guarded",
    "A workflow was kept from running: it fires itself, fails again and again, or runs too often.",
    _NAME,
    {"workflow_id": "number of the workflow", "reason": "one sentence"},
)
ASKED: Final = EventKind(
    "workflow.asked",
    "An execution waits for the answer of a person.",
    _NAME,
    {**_EXECUTION, "approval": "number of the question", "question": "what is asked"},
)
ANSWERED: Final = EventKind(
    "workflow.answered",
    "A person has answered.",
    _NAME,
    {**_EXECUTION, "approval": "number of the question", "answer": "what they have answered"},
)
TEMPLATE: Final = EventKind(
    "workflow.template_added",
    "A template was made, or given another content.",
    "the template's name",
    _CHANGE,
)
TEMPLATE_REMOVED: Final = EventKind(
    "workflow.template_removed", "A template was removed.", "the template's name", _CHANGE
)

KINDS: Final = (
    CHANGED,
    ACTIVATED,
    DEACTIVATED,
    REQUESTED,
    STARTED,
    STEP,
    COMPLETED,
    FAILED,
    CANCELLED,
    GUARDED,
    ASKED,
    ANSWERED,
    TEMPLATE,
    TEMPLATE_REMOVED,
)

REPORTED: Final = {
    kind.name: kind
    for kind in (STARTED, STEP, COMPLETED, FAILED, CANCELLED, GUARDED, ASKED, ANSWERED)
}
"""Those that the engine tells of."""
