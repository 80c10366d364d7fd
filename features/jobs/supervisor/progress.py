"""When something is said about a job in its chat, and in which words.

Pure: given a job and what was said of it last.  A chat is no log: progress is reported at quarters
and otherwise at intervals, a pause that is over in a moment not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from meshvisor.features.jobs.model.job import JobStatus, PauseReason
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis
from meshvisor.shared.model.duration import in_words
from meshvisor.supervisor.room_words import reason

SHORTEST_PAUSE: Final = 5_000
"""Milliseconds of a pause that is worth a word."""

QUARTERS: Final = 4

SHORTEST_REPORT: Final = 1_000
"""Milliseconds at least before the first report and between two: what is over in a moment says so
once, at its end."""


@dataclass(slots=True)
class Said:
    """What was said of a job last."""

    at: Millis
    quarter: int
    """Of its items, at that time."""
    pause: PauseReason | None = None
    """The pause that was reported last; None: none, or it is over."""
    stuck: bool = False
    """Whether it was reported that the job gets nowhere."""


def begin(job: Job, now: Millis) -> Said:
    """Return what counts as said of a job that is looked at for the first time."""
    return Said(now, _quarter(job))


def news(job: Job, said: Said, now: Millis, interval: float) -> str | None:
    """Return the progress report of a job that goes on; None: none is due.

    Args:
        job: as it is now.
        said: what was said last; brought up to date.
        now: the present moment.
        interval: seconds at least between two reports beside the quarters.
    """
    if job.status is JobStatus.PAUSED and not _is_short(job, now):
        return _pause(job, said, now, interval)
    if job.status is not JobStatus.ACTIVE:
        return None
    said.pause = None
    if job.stuck_since is not None and not said.stuck:
        said.stuck = True
        wait = _duration(now - job.stuck_since)
        return f"Job {job.id} ({job.action}, {progress(job)}) has got nowhere for {wait}."
    quarter = _quarter(job)
    since = now - said.at
    is_due = since >= interval * 1000 or (quarter > said.quarter and since >= SHORTEST_REPORT)
    if not job.total or not job.pending or not is_due:
        return None
    said.at, said.quarter = now, quarter
    return f"Job {job.id} ({job.action}): {progress(job)}."


def progress(job: Job) -> str:
    """Return how far a job is, in a few words."""
    if not job.total:
        return "no items"
    finished = job.total - job.pending
    return f"{finished} of {job.total} ({100 * finished // job.total} %){_details(job)}"


def accepted(job: Job, position: int | None, duplicate: bool, differs: Sequence[str] = ()) -> str:
    """Return what to say to the user who has submitted a job.

    Args:
        job: the one that there is now.
        position: its position in the queue.
        duplicate: whether it was there already.
        differs: in what that is another job than was asked for.
    """
    items = f", {_number(job.total, 'item')}" if job.total else ""
    name = f"Job {job.id} ({job.action}{items})"
    if duplicate:
        text = f"{name} was there already; it is {job.status}"
        other = f", and has another {' and another '.join(differs)}" if differs else ""
        return f"{text}{other}."
    if job.status is JobStatus.ACTIVE:
        return f"{name} runs now."
    if position is None:
        return f"{name} is {job.status}."
    if position == 1:
        return f"{name} is queued, next in lane {job.lane}."
    return f"{name} is queued, number {position} in lane {job.lane}."


def outcome(job: Job) -> str:
    """Return how a job has ended."""
    name = f"Job {job.id} ({job.action})"
    took = ""
    if job.started_at is not None and job.finished_at is not None:
        took = f" after {_duration(job.finished_at - job.started_at)}"
    match job.status:
        case JobStatus.COMPLETED:
            return f"{name} is completed{took}{_counts(job)}."
        case JobStatus.CANCELLED:
            return f"{name} is cancelled{_counts(job)}."
        case _:
            attempts = _number(job.attempt, "attempt")
            return f"{name} has failed after {attempts}: {reason(job.error)}{_counts(job)}."


def question(job: Job, prefix: str, now: Millis) -> str:
    """Return what is asked after a crash."""
    name = f"Job {job.id} ({job.action}, {progress(job)})"
    wait = "at once"
    if job.resume_after is not None:
        wait = f"in {_duration(max(0, job.resume_after - now))}"
    return (
        f"{name} was interrupted: {reason(job.error)}. Shall it go on? {prefix}resume {job.id} or "
        f"{prefix}cancel {job.id}; without an answer it goes on by itself {wait}."
    )


# Private


def _quarter(job: Job) -> int:
    return QUARTERS * (job.total - job.pending) // job.total if job.total else 0


def _is_short(job: Job, now: Millis) -> bool:
    if job.pause_reason in (PauseReason.OPERATOR, PauseReason.PREEMPTED):
        return False
    return job.resume_after is None or job.resume_after - now < SHORTEST_PAUSE


def _pause(job: Job, said: Said, now: Millis, interval: float) -> str | None:
    why = job.pause_reason
    if said.pause is why and now - said.at < interval * 1000:
        return None
    if why is PauseReason.PREEMPTED and now - said.at < interval * 1000:
        return None  # it may happen many times in a second
    said.pause, said.at = why, now
    name = f"Job {job.id} ({job.action}, {progress(job)})"
    wait = _duration(max(0, (job.resume_after or now) - now))
    match why:
        case PauseReason.RATE_LIMITED:
            return f"{name} waits {wait}, because the service has asked for a pause."
        case PauseReason.RETRY:
            return f"{name} has failed and is tried again in {wait}: {reason(job.error)}."
        case PauseReason.PREEMPTED:
            return f"{name} makes room for the more urgent job {job.preempted_by}."
        case _:
            return f"{name} is paused until it is resumed."


def _details(job: Job) -> str:
    parts = [f"{count} {word}" for count, word in _others(job) if count]
    return f", {', '.join(parts)}" if parts else ""


def _counts(job: Job) -> str:
    if not job.total:
        return ""
    parts = [f"{job.done} done", *(f"{count} {word}" for count, word in _others(job) if count)]
    if job.pending:
        parts.append(f"{job.pending} not begun")
    return f"; {', '.join(parts)}"


def _others(job: Job) -> tuple[tuple[int, str], ...]:
    return (job.existing, "existed already"), (job.failed, "failed")


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _duration(millis: int) -> str:
    return in_words(round(millis / 1000))
