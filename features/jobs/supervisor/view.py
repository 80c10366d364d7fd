"""Rows as people and programs see them: the results of the control socket.

Owns the translation; moments become ISO 8601 with offset here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.features.jobs.supervisor.ledger.durations import HOUR, Record, Spread
from meshvisor.features.jobs.supervisor.ledger.errors import ErrorRow
from meshvisor.features.jobs.supervisor.ledger.history import HistoryRow
from meshvisor.features.jobs.supervisor.ledger.holds import Hold
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis, iso
from meshvisor.features.jobs.supervisor.ledger.operations import REQUEST
from meshvisor.features.jobs.supervisor.ledger.reading import ItemRow, Queue, Waiting
from meshvisor.shared.late import late

if TYPE_CHECKING:
    from meshvisor.features.jobs import results
else:
    results = late("meshvisor.features.jobs.results")


def moment(at: Millis | None) -> str | None:
    """Return a moment with offset; None is None."""
    return None if at is None else iso(at)


def counts(job: Job) -> results.JobCounts:
    """Return what became of its items."""
    return results.JobCounts(
        pending=job.pending, done=job.done, failed=job.failed, existing=job.existing
    )


def info(job: Job, position: int | None = None) -> results.JobInfo:
    """Return a job as `jobs list` and `jobs watch` show it."""
    return results.JobInfo(**_fields(job, position))


def report(job: Job, position: int | None, history: Iterable[HistoryRow]) -> results.JobReport:
    """Return a job and its history."""
    return results.JobReport(
        **_fields(job, position),
        data=job.content,
        options=job.own_options,
        history=tuple(map(_entry, history)),
        place=job.place or None,
        is_direct=bool(job.is_direct),
    )


def item(row: ItemRow) -> results.ItemInfo:
    """Return an item as `jobs items` shows it."""
    return results.ItemInfo(
        position=row.position,
        key=row.key,
        state=row.state,
        result=None if row.result is None else json.loads(row.result),
        error=row.error,
        attempt=row.attempt,
        updated_at=moment(row.updated_at),
    )


def interrupted(job: Job, *, asked: bool) -> results.InterruptedJob:
    """Return an interrupted job, and whether its creator was asked about it or has answered."""
    return results.InterruptedJob(
        job_id=job.id,
        action=job.action,
        mesh_id=job.mesh_id,
        created_by=job.created_by,
        counts=counts(job),
        interrupted_at=iso(job.updated_at),
        resume_after=moment(job.resume_after),
        asked=asked,
        created_name=job.created_name,
    )


def hold(found: Hold) -> results.HoldInfo:
    """Return what is on hold."""
    return results.HoldInfo(
        scope=found.kind,
        name=found.name,
        set_at=iso(found.set_at),
        until=moment(found.until),
        by=found.by,
    )


def action(spec: ActionSpec) -> results.ActionInfo:
    """Return an action as `jobs actions` shows it."""
    return results.ActionInfo(**spec.as_json())


def error(row: ErrorRow) -> results.JobErrorInfo:
    """Return an attempt that went wrong."""
    return results.JobErrorInfo(**{**row._asdict(), "at": iso(row.at)})


def queue(found: Queue, concurrency: int) -> results.LaneQueue:
    """Return what waits in a lane."""
    return results.LaneQueue(
        lane=found.lane,
        concurrency=concurrency,
        active=tuple(job.id for job in found.active),
        has_more_urgent=found.has_more_urgent,
        jobs=tuple(_queued(place, one) for place, one in enumerate(found.waiting, 1)),
    )


def returning(job: Job) -> results.ReturningJob:
    """Return a job whose pause ends by itself."""
    return results.ReturningJob(
        job_id=job.id,
        action=job.action,
        lane=job.lane,
        status=job.status,
        pause_reason=job.pause_reason,
        resume_after=iso(job.resume_after or job.updated_at),
    )


def durations(found: Iterable[Record], since: Millis, until: Millis) -> results.DurationReport:
    """Return what became of jobs that ended between two moments."""
    hours = (until - since) / HOUR
    actions = tuple(_action_stats(record, hours) for record in found)
    return results.DurationReport(since=iso(since), until=iso(until), actions=actions)


# Private


def _queued(place: int, one: Waiting) -> results.QueuedJob:
    job = one.job
    return results.QueuedJob(
        place=place,
        job_id=job.id,
        action=job.action,
        mesh_id=job.mesh_id,
        status=job.status,
        priority=job.priority,
        rank=one.rank,
        ready_since=iso(job.ready_since),
        blocked_by=one.blocked_by,
        pause_reason=job.pause_reason if job.status is JobStatus.PAUSED else None,
    )


def _action_stats(record: Record, hours: float) -> results.ActionStats:
    count = sum(record.ended.values())
    completed = record.ended.get(JobStatus.COMPLETED, 0)
    failed = record.ended.get(JobStatus.FAILED, 0)
    judged = completed + failed
    return results.ActionStats(
        action=record.action,
        count=count,
        completed=completed,
        failed=failed,
        cancelled=record.ended.get(JobStatus.CANCELLED, 0),
        success_rate=round(completed / judged, 4) if judged else None,
        failure_rate=round(failed / judged, 4) if judged else None,
        per_hour=round(count / hours, 3),
        items=record.items,
        failed_items=record.failed_items,
        items_per_hour=round(record.items / hours, 3),
        duration_seconds=_spread(record.runs),
        wait_seconds=_spread(record.waits),
    )


def _spread(spread: Spread) -> results.DurationStats | None:
    if not spread.count:
        return None
    return results.DurationStats(
        mean=round(spread.total / spread.count / 1000, 3),
        p50=round(spread.quantile(0.5) / 1000, 3),
        p95=round(spread.quantile(0.95) / 1000, 3),
        max=spread.longest / 1000,
    )


def _fields(job: Job, position: int | None) -> dict[str, Any]:
    return {
        "job_id": job.id,
        "action": job.action,
        "status": job.status,
        "priority": job.priority,
        "lane": job.lane,
        "position": position,
        "mesh_id": job.mesh_id,
        "counts": counts(job),
        "attempt": job.attempt,
        "pause_reason": job.pause_reason,
        "ready": bool(job.ready),
        "resume_after": moment(job.resume_after),
        "preempted_by": job.preempted_by,
        "error": job.error,
        "created_by": job.created_by,
        "created_at": iso(job.created_at),
        "updated_at": iso(job.updated_at),
        "started_at": moment(job.started_at),
        "finished_at": moment(job.finished_at),
        "created_name": job.created_name,
        "origin": job.origin,
        "wanted": job.wanted,
        "key": job.idempotency_key,
        "target": job.target,
        "deadline": moment(job.deadline),
        "expires_at": moment(job.expires_at),
        "end_reason": job.end_reason,
        "stuck_since": moment(job.stuck_since),
    }


def _entry(row: HistoryRow) -> results.HistoryEntry:
    return results.HistoryEntry(
        at=iso(row.at),
        event=row.event,
        # As databases of earlier versions have it.
        reason=REQUEST if row.reason == "wish" else row.reason,
        attempt=row.attempt,
        detail=row.detail,
    )
