"""Changes of running jobs.

Everything here is reported by a runner, or about one, and names the lease under which it was
given the job.  A report under an older lease changes nothing; the functions then return None.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from msgspec.structs import replace

from meshvisor.features.jobs.model.job import (
    ALONE,
    MAX_ERROR,
    MAX_TRACEBACK,
    TRACEBACK,
    EndReason,
    JobStatus,
    PauseReason,
)
from meshvisor.features.jobs.supervisor.ledger import events, resume
from meshvisor.features.jobs.supervisor.ledger.durations import count_before_it_goes
from meshvisor.features.jobs.supervisor.ledger.job import DRAFT, QUERIES, Job, Millis, find_leased
from meshvisor.features.jobs.supervisor.ledger.tracebacks import note_traceback

MAX_LOG_LINES: Final = 1_000
"""Lines of its own that a job's history keeps; all of them are in the runner's log."""
MORE_ERRORS: Final = 100
"""Lines beyond these that it keeps of errors: the last one says why the job has failed."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item."""

    position: int
    state: Literal["done", "failed", "existing"]
    result: Any = None
    error: str | None = None


class Attempts(msgspec.Struct, frozen=True):
    """How many attempts an action may have."""

    most: int
    delay: Callable[[int], int]
    """Milliseconds until the next attempt, after so many."""


class Change(msgspec.Struct, frozen=True):
    """What became of a job."""

    status: JobStatus
    pause_reason: PauseReason | None = None
    ready: bool = False
    """Whether it waits for nothing but a free slot."""
    resume_after: Millis | None = None
    preempted_by: int | None = None
    error: str | None = None
    next_try: bool = False
    """Whether the attempt is over, so that the next lease begins another one."""
    lane: str | None = None
    """The lane where it goes on; None: its present one."""
    end_reason: EndReason | None = None
    """Why it has ended, where that is not its action's doing."""


def record(
    db: sqlite3.Connection, job_id: int, lease: int, results: Sequence[Result], now: Millis
) -> Job | None:
    """Write the outcomes of items; return the job as it is then.

    The first outcome of an item counts; later ones are ignored.
    """
    if not results:
        return None
    job = find_leased(db, job_id, lease)
    if job is None:
        return None
    counts = {}
    for state in ("done", "failed", "existing"):
        rows = [
            (state, _json(one.result), _cut(one.error), job.attempt, now, job_id, one.position)
            for one in results
            if one.state == state
        ]
        counts[state] = db.executemany(QUERIES["item_outcome"], rows).rowcount if rows else 0
    row = db.execute(QUERIES["count_outcomes"], {"id": job_id, "now": now, **counts}).fetchone()
    return Job.of(row)


def touch(db: sqlite3.Connection, job_id: int, lease: int, now: Millis) -> Job | None:
    """Take in that a job has come to a checkpoint."""
    row = db.execute(QUERIES["touch"], {"id": job_id, "run": lease, "now": now}).fetchone()
    return None if row is None else Job.of(row)


def complete(db: sqlite3.Connection, leases: Sequence[tuple[int, int]], now: Millis) -> bool:
    """End jobs whose actions have returned, in the usual case.

    What is usual is decided by the rows themselves, without reading them: two thirds of the work.

    Returns:
        Whether all of them are completed.  If not, this has to be undone and `finish` to look at
        each of them.
    """
    values = {"now": now, "runs": json.dumps(dict(leases))}
    return db.execute(QUERIES["complete"], values).rowcount == len(leases)


def finish(
    db: sqlite3.Connection,
    job_id: int,
    lease: int,
    error: str | None,
    attempts: Attempts,
    now: Millis,
) -> Job | None:
    """End an attempt of a job whose action has returned or failed.

    Args:
        db: inside a transaction.
        job_id: which job.
        lease: which run of it.
        error: one sentence; None: its action has returned.
        attempts: how often it may be tried.
        now: the present moment.
    """
    job = find_leased(db, job_id, lease)
    if job is None:
        return None
    if error is None and job.pending:
        items = "1 item has" if job.pending == 1 else f"{job.pending} items have"
        error = f"the action has returned although {items} no outcome"
    if error is None:
        return _become(db, job, Change(S.COMPLETED), now)
    error = _cut(error)
    is_last = job.attempt >= attempts.most
    # Pausing a job does not give it another attempt.
    if job.wanted == "cancel" or (job.wanted is not None and not is_last):
        return _become(db, job, _as_wanted(job, error), now)
    if not is_last:
        due = Millis(now + attempts.delay(job.attempt))
        return _become(
            db,
            job,
            Change(S.PAUSED, PauseReason.RETRY, resume_after=due, error=error, next_try=True),
            now,
        )
    return _become(db, job, Change(S.FAILED, error=error), now)


class Stopped(msgspec.Struct, frozen=True):
    """Why a lease has ended at an item; nothing of it: it was paused or cancelled."""

    preempted_by: int | None = None
    """The more urgent job that takes its slot."""
    limited_until: Millis | None = None
    """The rate limit that it shares with another one."""
    why: str | None = None
    """Why its runner ends."""


def stop(
    db: sqlite3.Connection, job_id: int, lease: int, stopped: Stopped, now: Millis
) -> Job | None:
    """End a lease whose job has stopped at an item because that was requested.

    Args:
        db: inside a transaction.
        job_id: which job.
        lease: which run of it.
        stopped: why.
        now: the present moment.
    """
    job = find_leased(db, job_id, lease)
    if job is None:
        return None
    if job.wanted is not None:
        change = _as_wanted(job, None)
    elif stopped.limited_until is not None:
        change = Change(S.PAUSED, PauseReason.RATE_LIMITED, resume_after=stopped.limited_until)
    elif stopped.preempted_by is not None:
        change = Change(
            S.PAUSED, PauseReason.PREEMPTED, ready=True, preempted_by=stopped.preempted_by
        )
    else:
        change = _restarted(stopped.why)
    return _become(db, job, change, now)


def limit(
    db: sqlite3.Connection, job_id: int, lease: int, key: str | None, until: Millis, now: Millis
) -> Job | None:
    """End a lease whose job has met a rate limit, and let all wait that share its key.

    Args:
        db: inside a transaction.
        job_id: which job.
        lease: which run of it.
        key: what others share; None: the job's own.
        until: when the limit ends.
        now: the present moment.
    """
    job = find_leased(db, job_id, lease)
    if job is None:
        return None
    db.execute(QUERIES["limit_key"], (key or job.rate_key, now, until))
    if job.wanted is not None:
        return _become(db, job, _as_wanted(job, None), now)
    change = Change(S.PAUSED, PauseReason.RATE_LIMITED, resume_after=until)
    return _become(db, job, change, now)


def lose(
    db: sqlite3.Connection,
    jobs: Iterable[tuple[int, int]],
    crash: Crash | None,
    now: Millis,
    why: str | None = None,
) -> list[Job]:
    """End the leases of a runner that is gone.

    Args:
        db: inside a transaction.
        jobs: ids and numbers of their leases.
        crash: why it is gone; None: it was ended on purpose, so that its jobs go on at once.
        now: the present moment.
        why: why it was ended on purpose, for the history.
    """
    lost = []
    for job_id, lease in jobs:
        job = find_leased(db, job_id, lease)
        if job is None:
            continue
        if crash is None:
            change = _restarted(why)
        elif crash.blame is None:
            change = _crashed(job, crash)
        else:
            job, change = _blamed(db, job, crash, crash.blame, now)
        if job.wanted is not None:
            change = _as_wanted(job, None)
        lost.append(_become(db, job, change, now))
    return lost


class Blame(msgspec.Struct, frozen=True):
    """What the only job of a runner worked on when the runner hung or died."""

    position: int
    """The item, or the last of several."""
    several: bool
    """Whether other items were open as well."""
    hung: bool
    """Whether the runner hung, and would at this item each time; one that died may have been killed
    from outside."""


class Crash(msgspec.Struct, frozen=True):
    """Why a runner is gone, and what is to happen."""

    error: str
    """In a few words."""
    resume_after: Millis
    """When jobs go on without an answer."""
    attempts: Callable[[str], int] | None
    """Given an action, how often it may be tried; None: as often as it takes, because it was not
    the runner that failed."""
    in_company: bool = False
    """Whether other jobs were in the runner as well, so that it is unknown whose fault it was."""
    blame: Blame | None = None
    """Which item may be at fault; None: unknown."""


def note(
    db: sqlite3.Connection, job_id: int, lease: int, level: str, text: str, now: Millis
) -> None:
    """Write a line of the job's own into its history."""
    if level == TRACEBACK:
        note_traceback(db, job_id, lease, text[-MAX_TRACEBACK:], now)
        return
    most = MAX_LOG_LINES + (MORE_ERRORS if level == "error" else 0)
    row = db.execute(QUERIES["count_log_line"], (job_id, lease, most)).fetchone()
    if row is not None:
        values = {"id": job_id, "now": now, "level": level, "attempt": row[0], "text": _cut(text)}
        db.execute(QUERIES["log"], values)


# Private

S = JobStatus

_ENDS: Final = {"failed": S.FAILED, "completed": S.COMPLETED}
"""What becomes of a job that is to end, where an operation or a timer has said so."""


def _restarted(why: str | None) -> Change:
    return Change(S.PAUSED, PauseReason.RESTART, ready=True, error=why)


def _blamed(
    db: sqlite3.Connection, job: Job, crash: Crash, blame: Blame, now: Millis
) -> tuple[Job, Change]:
    """Find out which item is at fault; return the job and how it goes on.

    Whatever changes nothing here counts as a crash of the whole job: repeated for ever it would be.
    """
    most = crash.attempts(job.action) if crash.attempts is not None else 1
    if blame.several:
        if not resume.suspect_all(db, job.id, blame.position):
            return job, _crashed(job, crash)
        if blame.hung or job.attempt >= most:
            text = f"{crash.error}, with several items open; they are handed out one at a time"
            return job, _restarted(text)
        return job, _interrupted(crash)
    deaths = 0 if blame.hung else resume.count_death(db, job.id, blame.position)
    if not blame.hung and deaths < most:
        return job, _interrupted(crash)
    error = crash.error if deaths < 2 else f"{crash.error}, {deaths} times at this item"
    after = record(db, job.id, job.run, [Result(blame.position, "failed", error=error)], now)
    resume.clear_suspects(db, job.id)
    if after is None or after.pending == job.pending:
        return job, _crashed(job, crash)
    if deaths > 1:
        row = db.execute(QUERIES["give_back_attempts"], (deaths - 1, job.id)).fetchone()
        after = Job.of(row)
    return after, _restarted(error)


def _crashed(job: Job, crash: Crash) -> Change:
    """Return how a job goes on after a crash that is not the fault of a certain item."""
    if crash.attempts is None or job.attempt < crash.attempts(job.action):
        return _interrupted(crash)
    if not crash.in_company:
        return Change(S.FAILED, error=crash.error)
    # One more attempt, in which everything that happens is its own doing.
    change = _interrupted(crash)
    error = f"{crash.error}, with several jobs in it; this one goes on alone"
    return replace(change, error=error, lane=job.lane + ALONE)


def _interrupted(crash: Crash) -> Change:
    return Change(
        S.INTERRUPTED,
        resume_after=crash.resume_after,
        error=crash.error,
        next_try=crash.attempts is not None,
    )


def _as_wanted(job: Job, error: str | None) -> Change:
    if job.wanted == "cancel":
        status = _ENDS.get(job.ends_as or "", S.CANCELLED)
        # Why it was to end comes before what it has met meanwhile.
        return Change(status, error=job.error or error, end_reason=job.end_reason)
    return Change(
        S.PAUSED,
        PauseReason.OPERATOR,
        resume_after=job.resume_after,
        error=error,
        next_try=error is not None,
    )


def _become(db: sqlite3.Connection, job: Job, change: Change, now: Millis) -> Job:
    finished = change.status in (S.COMPLETED, S.FAILED, S.CANCELLED)
    row = db.execute(
        QUERIES["become"],
        {
            "id": job.id,
            "status": change.status,
            "pause_reason": change.pause_reason,
            "ready": int(change.ready),
            "resume_after": change.resume_after,
            "preempted_by": change.preempted_by,
            "error": change.error,
            "next_try": int(change.next_try),
            "finished_at": now if finished else None,
            "lane": change.lane,
            "end_reason": change.end_reason,
            "now": now,
        },
    ).fetchone()
    if job.ends_as == "deleted" and finished:
        # Its runner is notified of the end; no query finds it any more.
        count_before_it_goes(db, Job.of(row))
        db.execute(QUERIES["hide"], (DRAFT, job.id))
        events.deleted(db, job, now)
    return Job.of(row)


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:MAX_ERROR]
