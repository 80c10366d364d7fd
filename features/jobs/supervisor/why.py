"""Why a job does not run, and when it probably will: a pure function of what is known.

Owns the sentences and the estimate.  The estimate is what the jobs before it have left to do, at
the pace of the last jobs of their actions; where no pace is known there is none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from meshvisor.features.jobs import wordings as say
from meshvisor.features.jobs.model.job import JobStatus, PauseReason
from meshvisor.features.jobs.supervisor.ledger.holds import Hold
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis, iso
from meshvisor.features.jobs.supervisor.ledger.operations import where_it_stops
from meshvisor.features.jobs.supervisor.ledger.reading import Pace


class Facts(msgspec.Struct, frozen=True):
    """What is known about a job's surroundings."""

    job: Job
    now: Millis
    position: int | None
    """See `reading.position`."""
    active: Sequence[Job] = ()
    """Jobs of its lane that run."""
    ahead: Sequence[Job] = ()
    """Jobs that are claimed before it, as many as were looked at."""
    concurrency: int = 1
    limited_until: Millis | None = None
    """When the rate limit of its key ends; None: there is none."""
    hold: Hold | None = None
    """The hold that keeps it from starting; None: there is none."""
    known: bool = True
    """Whether a plug-in has its action."""
    lane_problem: str | None = None
    """Why its lane has no runner; None: it has one, or needs none."""
    paces: Mapping[str, Pace] = msgspec.field(default_factory=dict)
    """How long jobs of an action take, by action."""


class Explanation(msgspec.Struct, frozen=True):
    """Why, and when."""

    reasons: tuple[str, ...]
    expected_in: float | None
    """Seconds until it probably runs; 0: it does; None: unknown."""


class Ways(msgspec.Struct, frozen=True):
    """Commands that the readers have to act on a job."""

    resume: str
    """How a job is resumed; `{}` stands for its number."""
    plug_ins: str
    """Where there is more about plug-ins that are missing, as the end of a sentence."""
    has_shell: bool = True
    """Whether commands of the operator can be used."""


SHELL: Final = Ways(
    "meshvisor jobs resume {0}, or ?resume {0} in the chat,",
    ", which meshvisor logs may say more about",
)


def in_chat(prefix: str) -> Ways:
    """Return what can be done in a room whose commands begin with a prefix."""
    return Ways(f"{prefix}resume {{}}", "", has_shell=False)


def explain(facts: Facts, ways: Ways = SHELL) -> Explanation:
    """Say why a job does not run."""
    found = _explain(facts, ways)
    return replace(found, reasons=found.reasons + _deadlines(facts))


def on_hold(hold: Hold, ways: Ways = SHELL) -> str:
    """Return the sentence about a hold; for an operator also its actor and what ends it."""
    subject = f"{hold.subject[:1].upper()}{hold.subject[1:]}"
    option = {"all": "--all", "lane": f"--lane {hold.name}", "rate_key": f"--rate-key {hold.name}"}
    end = "" if hold.until is None else f" until {iso(hold.until)}"
    if not ways.has_shell:
        return f"{subject} is on hold{end}."
    said = {"subject": subject, "by": hold.by, "option": option[hold.kind]}
    if hold.until is None:
        return say.HELD.said(**said)
    return say.HELD_UNTIL.said(until=iso(hold.until), **said)


# Private


def _explain(facts: Facts, ways: Ways) -> Explanation:
    job = facts.job
    if job.is_finished:
        ended = {"status": str(job.status), "error": job.error}
        return Explanation(((say.ENDED_WITH if job.error else say.ENDED)(**ended),), None)
    if job.status is JobStatus.ACTIVE:
        return Explanation(tuple(_running(job)), 0.0)
    if job.ready:
        return _waiting(facts, ways)
    return _explain_waiting(facts, ways)


def _running(job: Job) -> list[str]:
    done = job.total - job.pending
    reasons: list[str] = [say.RUNS_ITEMS(done=done, total=job.total) if job.total else say.RUNS()]
    if job.stuck_since is not None:
        reasons.append(say.STUCK(since=iso(job.stuck_since)))
    if job.wanted == "pause":
        reasons.append(say.PAUSES(where=where_it_stops(job, say.IN_PRESENT_ITEM)))
    if job.wanted == "cancel":
        why = job.error or say.CANCELLED()
        reasons.append(say.ENDS(where=where_it_stops(job), why=why))
    return reasons


def _explain_waiting(facts: Facts, ways: Ways) -> Explanation:
    job = facts.job
    resume = ways.resume.format(job.id)
    if not facts.known and job.resume_after is None and job.pause_reason is not OPERATOR:
        return Explanation((say.ACTION_GONE(action=job.action, more=ways.plug_ins),), None)
    when = iso(job.resume_after) if job.resume_after is not None else "some time"
    if job.pause_reason is OPERATOR:
        paused = say.PAUSED if job.resume_after is None else say.PAUSED_UNTIL
        return Explanation((paused(until=when, resume=resume),), _wait(facts))
    if job.status is JobStatus.INTERRUPTED:
        reason = say.INTERRUPTED(error=job.error, resume=resume, when=when)
    elif job.pause_reason is PauseReason.RATE_LIMITED:
        reason = say.RATE_LIMITED(when=when)
    else:
        reason = say.FAILED(attempt=job.attempt, error=job.error, when=when)
    return Explanation((reason,), _wait(facts))


def _wait(facts: Facts) -> float | None:
    until = facts.job.resume_after
    return None if until is None else max(0.0, (until - facts.now) / 1000)


def _waiting(facts: Facts, ways: Ways) -> Explanation:
    job = facts.job
    reasons: list[str] = []
    if facts.hold is not None:
        reasons.append(on_hold(facts.hold, ways))
    if facts.limited_until is not None:
        until = iso(facts.limited_until)
        reasons.append(say.RATE_KEY_WAITS(rate_key=job.rate_key, until=until))
    if facts.lane_problem is not None:
        reasons.append(f"{facts.lane_problem[:1].upper()}{facts.lane_problem[1:]}.")
    if facts.position is not None and facts.position > 1:
        before = facts.position - 1
        waits = say.ONE_BEFORE if before == 1 else say.SOME_BEFORE
        reasons.append(waits(count=before, lane=job.lane))
    if len(facts.active) >= facts.concurrency:
        runs = ", ".join(
            f"{one.id} ({one.action}, priority {one.priority})" for one in facts.active
        )
        reasons.append(say.LANE_BUSY(lane=job.lane, jobs=runs))
    if job.preempted_by is not None:
        reasons.append(say.MADE_ROOM(job_id=job.preempted_by))
    if not reasons:
        reasons.append(say.NEXT())
    return Explanation(tuple(reasons), _expected(facts))


def _deadlines(facts: Facts) -> tuple[str, ...]:
    if facts.job.expires_at is None or facts.job.is_finished:
        return ()
    unless = say.ENDS_BY if facts.job.expires_at == facts.job.deadline else say.RUNS_BY
    return (unless(when=iso(facts.job.expires_at)),)


def _expected(facts: Facts) -> float | None:
    if facts.lane_problem is not None or facts.hold is not None:
        return None
    work = 0.0
    before = [*facts.active, *facts.ahead]
    if len(facts.active) < facts.concurrency and not facts.ahead:
        work = 0.0
    elif facts.position is not None and facts.position - 1 > len(facts.ahead):
        return None
    else:
        for one in before:
            left = _left(one, facts)
            if left is None:
                return None
            work += left
    wait = work / max(1, facts.concurrency)
    if facts.limited_until is not None:
        wait = max(wait, (facts.limited_until - facts.now) / 1000)
    return math.ceil(wait * 10) / 10


def _left(job: Job, facts: Facts) -> float | None:
    """Return the seconds that a job has left to run; None: unknown."""
    if job.status is JobStatus.ACTIVE and job.started_at is not None and job.total > job.pending:
        # Its own pace is the best guess.
        pace = (facts.now - job.started_at) / (job.total - job.pending)
        return pace * job.pending / 1000
    known = facts.paces.get(job.action)
    if known is None:
        return None
    return (known.per_item * job.pending if job.total else known.whole) / 1000


OPERATOR = PauseReason.OPERATOR
