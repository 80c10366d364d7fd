"""Operations on jobs: pause, resume, cancel, retry.

Each function returns what was done, in a word, and the job as it is then.  A job that runs keeps
the operation in its row until it stops at its next item, so that no crash before that loses it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

import msgspec
from msgspec.structs import replace

from meshvisor.features.jobs import wordings as say
from meshvisor.features.jobs.model.job import MAX_ERROR, JobStatus, PauseReason
from meshvisor.features.jobs.supervisor.ledger import history
from meshvisor.features.jobs.supervisor.ledger import resume as resume_notes
from meshvisor.features.jobs.supervisor.ledger.durations import count_before_it_goes
from meshvisor.features.jobs.supervisor.ledger.job import QUERIES, Job, Millis, find, iso
from meshvisor.features.jobs.wordings import AFTER_ITEM, AT_CHECKPOINT, IN_PRESENT_ITEM
from meshvisor.shared.wording import Wording

REQUEST: Final = "request"
"""Level of the lines of a history that say who has asked for what."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of an operation."""

    job: Job
    text: str
    """One sentence without the job's number at its beginning."""
    hint: str = ""
    """What could be done instead at the command line."""
    ok: bool = True
    """Whether the job is, or will be, as it was requested."""
    changed: bool = True
    """Whether it was not so already."""
    before: str = ""
    """How it was, for the audit log; empty: as its status said."""
    after: str = ""
    """How it is now, likewise."""
    lifted: bool = False
    """Whether a rate limit was lifted with it, so that other jobs may be claimed now, too."""

    @property
    def with_hint(self) -> str:
        """The sentence with the hint."""
        return f"{self.text[:-1]}; {self.hint}." if self.hint else self.text


Operation = Callable[[sqlite3.Connection, int, Millis], Outcome]
"""Raises `UnknownJobError` when there is no such job."""


def pause(db: sqlite3.Connection, job_id: int, now: Millis, until: Millis | None = None) -> Outcome:
    """Let a job wait until it is resumed, or until a moment."""
    when = "until it is resumed" if until is None else f"until {iso(until)}"
    job = find(db, job_id)
    if job.is_finished:
        return Outcome(job, say.CANNOT_PAUSE(status=job.status), ok=False, changed=False)
    if job.status is S.ACTIVE:
        if job.wanted == "cancel":
            return Outcome(job, say.ABOUT_TO_END(), ok=False, changed=False)
        job = _wanted(db, job, "pause", now, until)
        where = where_it_stops(job, IN_PRESENT_ITEM)
        text = say.WILL_PAUSE(where=where)
        if until is not None:
            text = say.WILL_PAUSE_UNTIL(where=where, until=iso(until))
        return Outcome(job, text, after=f"pause {when}")
    is_paused = job.pause_reason is PauseReason.OPERATOR and not job.ready
    if is_paused and job.resume_after == until:
        return Outcome(job, say.PAUSED_ALREADY(), changed=False)
    row = db.execute(QUERIES["hold"], {"id": job.id, "until": until, "now": now}).fetchone()
    text = say.IS_PAUSED() if until is None else say.IS_PAUSED_UNTIL(until=iso(until))
    return Outcome(Job.of(row), text, after=f"paused {when}")


def resume(db: sqlite3.Connection, job_id: int, now: Millis) -> Outcome:
    """Let a paused or interrupted job go on when a slot is free for it.

    The caller knows better than a service that has asked for a pause: its limit is lifted.
    """
    job = find(db, job_id)
    if job.is_finished:
        return Outcome(
            job,
            say.IS_OVER(status=job.status),
            f"meshvisor jobs retry {job.id} runs it anew",
            ok=False,
            changed=False,
        )
    if job.status is S.ACTIVE:
        if job.wanted == "pause":
            return Outcome(_wanted(db, job, None, now), say.GOES_ON())
        if job.wanted == "cancel":
            return Outcome(job, say.ENDS_SOON(), ok=False, changed=False)
        return Outcome(job, say.RUNS_ALREADY(), changed=False)
    lifted = db.execute(QUERIES["lift_limit"], (job.rate_key,)).rowcount > 0
    if job.ready:
        waits = say.WAITS_LIFTED if lifted else say.WAITS_ALREADY
        text = waits(rate_key=job.rate_key)
        return Outcome(job, text, changed=lifted, lifted=lifted)
    job = _write(db, "release", job, now)
    goes_on = say.WILL_GO_ON_LIFTED if lifted else say.WILL_GO_ON
    return Outcome(job, goes_on(rate_key=job.rate_key), lifted=lifted)


def cancel(db: sqlite3.Connection, job_id: int, now: Millis) -> Outcome:
    """End a job for good; what was done of it stays done."""
    job = find(db, job_id)
    if job.status is S.CANCELLED:
        return Outcome(job, say.CANCELLED_ALREADY(), changed=False)
    if job.is_finished:
        return Outcome(job, say.CANNOT_CANCEL(status=job.status), ok=False, changed=False)
    if job.status is S.ACTIVE:
        job = _wanted(db, job, "cancel", now)
        return Outcome(job, say.WILL_END(where=where_it_stops(job)))
    return Outcome(_write(db, "cancel", job, now), say.IS_CANCELLED())


def retry(db: sqlite3.Connection, job_id: int, now: Millis) -> Outcome:
    """Queue a finished job anew, for its items that failed or have no outcome."""
    job = find(db, job_id)
    if not job.is_finished:
        text = say.NOT_OVER(status=job.status)
        return Outcome(job, text, ok=False, changed=False)
    if job.status is S.COMPLETED and not job.failed and not job.pending:
        text = say.NOTHING_FAILED()
        return Outcome(job, text, ok=False, changed=False)
    failed = db.execute(QUERIES["forget_failures"], (job.id,)).rowcount
    return Outcome(requeue(db, job, failed, now), say.QUEUED_AGAIN())


def requeue(db: sqlite3.Connection, job: Job, failed: int, now: Millis) -> Job:
    """Queue a finished job anew, of which so many failed items were made pending again."""
    resume_notes.forget(db, job.id)
    count_before_it_goes(db, job)
    history.keep_start(db, job.id)
    history.keep_end(db, job.id)
    values = {"id": job.id, "failed": failed, "now": now}
    return Job.of(db.execute(QUERIES["requeue"], values).fetchone())


def without_action(outcome: Outcome) -> Outcome:
    """Return what is said where a job is to go on, and no plug-in has its action."""
    job = outcome.job
    if not outcome.ok or job.is_finished or job.status is S.ACTIVE:
        return outcome
    limit = f"; the rate limit of {job.rate_key} is lifted" if outcome.lifted else ""
    return replace(
        outcome,
        text=(
            f"is to go on, but no plug-in has its action {job.action} at present: it waits for one "
            f"that does{limit}."
        ),
        hint="meshvisor jobs actions lists those there are",
    )


GO_ON: Final = frozenset({"resume", "retry", "retry_items"})
"""Operations after which a job is to go on."""

OPERATIONS: Final[dict[str, Operation]] = {
    "pause": pause,
    "resume": resume,
    "cancel": cancel,
    "retry": retry,
}


def record(
    db: sqlite3.Connection, job: Job, what: str, who: str, now: Millis, change: str = ""
) -> None:
    """Record in a job's history who has requested what.

    Args:
        db: inside a transaction.
        job: which one.
        what: in a few words that fit in front of "by".
        who: by whom.
        now: the present moment.
        change: how it was before and is now; empty where the next line of the history says it.
    """
    text = f"{what} by {who}" + (f": {change}" if change else "")
    text = text if len(text) <= MAX_ERROR else f"{text[: MAX_ERROR - 1]}…"
    values = {"id": job.id, "now": now, "level": REQUEST, "attempt": job.attempt}
    history.keep_end(db, job.id)
    db.execute(QUERIES["log"], {**values, "text": text})


def where_it_stops(job: Job, between_items: Wording = AFTER_ITEM) -> str:
    """Return where a job that runs stops; one without items has no end of an item."""
    if job.total:
        return between_items()
    return AT_CHECKPOINT()


# Private

S = JobStatus


def _wanted(
    db: sqlite3.Connection, job: Job, wanted: str | None, now: Millis, until: Millis | None = None
) -> Job:
    values = {"id": job.id, "wanted": wanted, "until": until, "now": now}
    return Job.of(db.execute(QUERIES["want"], values).fetchone())


def _write(db: sqlite3.Connection, query: str, job: Job, now: Millis) -> Job:
    return Job.of(db.execute(QUERIES[query], {"id": job.id, "now": now}).fetchone())
