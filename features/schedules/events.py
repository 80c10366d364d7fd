"""The kinds of events of schedules (docs/events.md).

Each is appended in the transaction of its change.  The progress of a run is in the events of its
job.
"""

from __future__ import annotations

from typing import Final

from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.events.notice import Notice

_SCHEDULE: Final = "its name"
_PLANNED: Final = "epoch milliseconds for which it was planned"

# The troubles of a schedule, one notification each; a success ends both.
_MISSED: Final = "schedule {subject} was missed"
_FAILS: Final = "schedule {subject} fails"

FIRED: Final = EventKind(
    "schedule.fired",
    "A schedule has enqueued a job; with an actor, on request.",
    _SCHEDULE,
    {"planned_at": _PLANNED, "job_id": "number of its job", "action": "its action"},
)
SKIPPED: Final = EventKind(
    "schedule.skipped",
    "A planned time has come, and nothing runs for it.",
    _SCHEDULE,
    {"planned_at": _PLANNED, "reason": "why, in words"},
)
MISSED: Final = EventKind(
    "schedule.missed",
    "Planned times have passed without a run while nothing could run; one event for all of them.",
    _SCHEDULE,
    {
        "first": f"{_PLANNED}: the first of them",
        "last": "likewise the last",
        "count": "how many",
        "reason": "why the last does not run now, in words",
    },
    notice=Notice(
        title="The schedule {subject} has missed a run",
        many="{count} schedules have missed runs",
        text="{reason}",
        trouble=_MISSED,
    ),
)
CANNOT_RUN: Final = EventKind(
    "schedule.cannot_run",
    "A planned time was skipped because there can be no job for it, such as one of an action that "
    "no plug-in has.",
    _SCHEDULE,
    {"planned_at": _PLANNED, "action": "its action", "error": "why, in one sentence"},
    notice=Notice(
        title="The schedule {subject} cannot run",
        many="{count} schedules cannot run",
        text="{error}",
        trouble=_FAILS,
    ),
)
FAILED: Final = EventKind(
    "schedule.failed",
    "A run of a schedule has failed for good, after all its attempts.",
    _SCHEDULE,
    {
        "planned_at": _PLANNED,
        "action": "its action",
        "job_id": "number of its job",
        "attempt": "attempts that it had",
        "error": "one sentence; null: none",
        "reason": "`timeout` or `operator` where it is not its action's doing; else null",
    },
    notice=Notice(
        title="A run of the schedule {subject} has failed",
        many="Runs of {count} schedules have failed",
        text="{error} (job {job_id}, attempt {attempt})",
        trouble=_FAILS,
    ),
)
RECOVERED: Final = EventKind(
    "schedule.recovered",
    "A run has succeeded, the first one after others have failed or were missed.",
    _SCHEDULE,
    {
        "planned_at": _PLANNED,
        "job_id": "number of its job",
        "after": "`failed` or `missed`: what came first",
        "since": "epoch milliseconds at which that was",
    },
    notice=Notice(
        title="A run of the schedule {subject} has succeeded again",
        many="Runs of {count} schedules have succeeded again",
        severity="info",
        ends=(_FAILS, _MISSED),
    ),
)
CHANGED: Final = EventKind(
    "schedule.changed",
    "A schedule was added, changed, enabled, disabled or removed at run time.",
    _SCHEDULE,
    {"origin": "as in the audit log", "detail": "what was done, in words"},
)

KINDS: Final = (FIRED, SKIPPED, MISSED, CANNOT_RUN, FAILED, RECOVERED, CHANGED)
