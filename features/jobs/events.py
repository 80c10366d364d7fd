"""The kinds of events of jobs (docs/events.md).

Transitions are appended by triggers of the table (`migrations`), so that none can be forgotten; the
others beside what they tell of.
"""

from __future__ import annotations

from typing import Final

from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.events.notice import Notice

_JOB: Final = "the job's number"
_ALWAYS: Final = {
    "action": "its action",
    "lane": "where it runs",
    "priority": "1 (urgent) to 5",
    "origin": "where it comes from: `chat`, `command line`, `job`, `schedule` or `workflow`",
}
_RUN: Final = {**_ALWAYS, "attempt": "attempts so far, this one included"}
_WAIT: Final = {
    **_RUN,
    "reason": "why it waits, as `jobs show` has it; null: its turn was taken from it by a crash",
    "error": "one sentence; null: nothing has failed",
    "resume_after": "epoch milliseconds at which it goes on by itself; null: not by itself",
    "preempted_by": "number of the more urgent job; null: none",
}
_END: Final = {
    **_RUN,
    "reason": "`timeout` or `operator` where it is not its action's doing; else null",
    "error": "one sentence; null: none",
    "started_at": "epoch milliseconds; null: it never ran",
    "pending": "items without an outcome",
    "done": "items that are done",
    "failed": "items that have failed",
    "existing": "items that there was nothing to do about",
}

_NAME: Final = "{subject} ({action})"
_DIED: Final = "job {subject}"
_STUCK: Final = "job {subject} is stuck"

QUEUED: Final = EventKind(
    "job.queued",
    "A job was submitted, or an ended one was queued anew; its actor is who it is for.",
    _JOB,
    {**_ALWAYS, "attempt": "0, where it was queued anew; else it is missing"},
)
STARTED: Final = EventKind("job.started", "A runner was handed a queued job.", _JOB, _RUN)
RESUMED: Final = EventKind(
    "job.resumed",
    "A runner was handed a job that was paused or interrupted.",
    _JOB,
    _RUN,
    notice=Notice(
        title="Job {subject} ({action}) goes on",
        many="{count} jobs go on",
        name=_NAME,
        severity="info",
        ends=(_DIED,),
    ),
)
PAUSED: Final = EventKind("job.paused", "A job waits for something.", _JOB, _WAIT)
PREEMPTED: Final = EventKind(
    "job.preempted", "A job has made room for a more urgent one.", _JOB, _WAIT
)
INTERRUPTED: Final = EventKind(
    "job.interrupted",
    "A crash has stopped a job; it goes on by itself later.",
    _JOB,
    _WAIT,
    notice=Notice(
        title="Job {subject} ({action}) was stopped by a crash",
        many="{count} jobs were stopped by a crash",
        text="it goes on by itself, or at once: meshvisor jobs resume {subject}",
        name=_NAME,
        trouble=_DIED,
    ),
)
COMPLETED: Final = EventKind("job.completed", "A job has ended as it should.", _JOB, _END)
FAILED: Final = EventKind(
    "job.failed",
    "A job has failed for good.",
    _JOB,
    _END,
    notice=Notice(
        title="Job {subject} ({action}) has failed",
        many="{count} jobs have failed",
        text="{error}",
        name=_NAME,
        # A schedule tells of its own.
        unless={"origin": ("schedule",)},
    ),
)
CANCELLED: Final = EventKind("job.cancelled", "A job was cancelled.", _JOB, _END)
DELETED: Final = EventKind("job.deleted", "A job was deleted.", _JOB, _ALWAYS)
STUCK: Final = EventKind(
    "job.stuck",
    "A job that runs has come to no item and no checkpoint for long.",
    _JOB,
    {**_RUN, "since": "epoch milliseconds"},
    notice=Notice(
        title="Job {subject} ({action}) gets nowhere",
        many="{count} jobs get nowhere",
        text="'meshvisor jobs why {subject}' says since when",
        name=_NAME,
        trouble=_STUCK,
    ),
)
UNSTUCK: Final = EventKind(
    "job.unstuck",
    "A job that was stuck has come to an item or a checkpoint, or does not run any more.",
    _JOB,
    _RUN,
    notice=Notice(
        title="Job {subject} ({action}) is stuck no more",
        many="{count} jobs are stuck no more",
        name=_NAME,
        severity="info",
        ends=(_STUCK,),
    ),
)
REQUESTED: Final = EventKind(
    "job.requested",
    "An operation on a job was requested and accepted; one that runs stops for it later.",
    _JOB,
    {
        "request": "what, as the audit log has it: `pause`, `resume`, `cancel`, `move` …",
        "before": "how it was, in words",
        "after": "how it is or is about to be, in words",
    },
)
HELD: Final = EventKind(
    "hold.set",
    "A lane, a rate key or everything is kept from beginning.",
    "what, in words",
    {
        "kind": "`lane`, `rate_key` or `all`",
        "name": "of the lane or rate key; empty: everything",
        "until": "epoch milliseconds at which it ends by itself; null: when it is ended by hand",
    },
)
RELEASED: Final = EventKind(
    "hold.ended",
    "A hold has ended; without an actor its time was over.",
    "what, in words",
    {"kind": "as above", "name": "as above"},
)

KINDS: Final = (
    QUEUED,
    STARTED,
    RESUMED,
    PAUSED,
    PREEMPTED,
    INTERRUPTED,
    COMPLETED,
    FAILED,
    CANCELLED,
    DELETED,
    STUCK,
    UNSTUCK,
    REQUESTED,
    HELD,
    RELEASED,
)
