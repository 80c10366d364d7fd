"""Rows as people and programs see them: the results of the control socket.

Owns the translation; moments become ISO 8601 with offset here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.model.job import HIGHEST_PRIORITY, LOWEST_PRIORITY, JobStatus
from meshvisor.features.jobs.results import (
    ActionInfo,
    ActionStats,
    DurationReport,
    DurationStats,
    HistoryEntry,
    HoldInfo,
    InterruptedJob,
    ItemInfo,
    JobCounts,
    JobErrorInfo,
    JobInfo,
    JobReport,
    JobStats,
    LaneQueue,
    QueuedJob,
    ReturningJob,
)
from meshvisor.features.jobs.supervisor.ledger.durations import HOUR, Record, Spread
from meshvisor.features.jobs.supervisor.ledger.errors import ErrorRow
from meshvisor.features.jobs.supervisor.ledger.history import HistoryRow
from meshvisor.features.jobs.supervisor.ledger.holds import Hold, Holds
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis, iso
from meshvisor.features.jobs.supervisor.ledger.operations import REQUEST
from meshvisor.features.jobs.supervisor.ledger.reading import ItemRow, Queue, Waiting


def moment(at: Millis | None) -> str | None:
    """Return a moment with offset; None is None."""
    return None if at is None else iso(at)


def counts(job: Job) -> JobCounts:
    """Return what became of its items."""
    return JobCounts(pending=job.pending, done=job.done, failed=job.failed, existing=job.existing)


def info(job: Job, position: int | None = None) -> JobInfo:
    """Return a job as `jobs list` and `jobs watch` show it."""
    return JobInfo(**_fields(job, position))


def report(job: Job, position: int | None, history: Iterable[HistoryRow]) -> JobReport:
    """Return a job and its history."""
    return JobReport(
        **_fields(job, position),
        data=job.content,
        options=job.own_options,
        history=tuple(map(_entry, history)),
        place=job.place or None,
        is_direct=bool(job.is_direct),
    )


def item(row: ItemRow) -> ItemInfo:
    """Return an item as `jobs items` shows it."""
    return ItemInfo(
        position=row.position,
        key=row.key,
        state=row.state,
        result=None if row.result is None else json.loads(row.result),
        error=row.error,
        attempt=row.attempt,
        updated_at=moment(row.updated_at),
    )


def interrupted(job: Job, *, asked: bool) -> InterruptedJob:
    """Return an interrupted job, and whether its creator was asked about it or has answered."""
    return InterruptedJob(
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


def hold(found: Hold) -> HoldInfo:
    """Return what is on hold."""
    return HoldInfo(
        scope=found.kind,
        name=found.name,
        set_at=iso(found.set_at),
        until=moment(found.until),
        by=found.by,
    )


def action(spec: ActionSpec) -> ActionInfo:
    """Return an action as `jobs actions` shows it."""
    return ActionInfo(**spec.as_json())


def stats(
    counts: Iterable[tuple[str, str, int, int]], finished: Mapping[str, int], held: Holds
) -> JobStats:
    """Return numbers in the shape of seed 000.

    Args:
        counts: lane, status, priority and number of jobs that are not finished.
        finished: status to number of the others.
        held: what is on hold.
    """
    empty = range(HIGHEST_PRIORITY, LOWEST_PRIORITY + 1)
    by_priority: dict[str, dict[int, int]] = {
        status: dict.fromkeys(empty, 0)
        for status in (JobStatus.QUEUED, JobStatus.ACTIVE, JobStatus.PAUSED, JobStatus.INTERRUPTED)
    }
    by_lane: dict[str, dict[str, int]] = {}
    for lane, status, priority, number in counts:
        by_priority[status][priority] += number
        lanes = by_lane.setdefault(lane, {})
        lanes[status] = lanes.get(status, 0) + number
    sums = {status: sum(numbers.values()) for status, numbers in by_priority.items()}
    return JobStats(
        queued=sums["queued"],
        active=sums["active"],
        paused=sums["paused"],
        total=sums["queued"] + sums["active"] + sums["paused"],
        queuedByPriority=by_priority["queued"],
        activeByPriority=by_priority["active"],
        pausedByPriority=by_priority["paused"],
        interrupted=sums["interrupted"],
        completed=finished.get("completed", 0),
        failed=finished.get("failed", 0),
        cancelled=finished.get("cancelled", 0),
        by_lane=by_lane,
        holds=tuple(map(hold, held.all)),
    )


def error(row: ErrorRow) -> JobErrorInfo:
    """Return an attempt that went wrong."""
    return JobErrorInfo(**{**row._asdict(), "at": iso(row.at)})


def queue(found: Queue, concurrency: int) -> LaneQueue:
    """Return what waits in a lane."""
    return LaneQueue(
        lane=found.lane,
        concurrency=concurrency,
        active=tuple(job.id for job in found.active),
        has_more_urgent=found.has_more_urgent,
        jobs=tuple(_queued(place, one) for place, one in enumerate(found.waiting, 1)),
    )


def returning(job: Job) -> ReturningJob:
    """Return a job whose pause ends by itself."""
    return ReturningJob(
        job_id=job.id,
        action=job.action,
        lane=job.lane,
        status=job.status,
        pause_reason=job.pause_reason,
        resume_after=iso(job.resume_after or job.updated_at),
    )


def durations(found: Iterable[Record], since: Millis, until: Millis) -> DurationReport:
    """Return what became of jobs that ended between two moments."""
    hours = (until - since) / HOUR
    actions = tuple(_action_stats(record, hours) for record in found)
    return DurationReport(since=iso(since), until=iso(until), actions=actions)


# Private


def _queued(place: int, one: Waiting) -> QueuedJob:
    job = one.job
    return QueuedJob(
        place=place,
        job_id=job.id,
        action=job.action,
        mesh_id=job.mesh_id,
        status=job.status,
        priority=job.priority,
        rank=one.rank,
        ready_since=iso(job.ready_since),
        blocked_by=one.blocked_by,
    )


def _action_stats(record: Record, hours: float) -> ActionStats:
    count = sum(record.ended.values())
    completed = record.ended.get(JobStatus.COMPLETED, 0)
    failed = record.ended.get(JobStatus.FAILED, 0)
    judged = completed + failed
    return ActionStats(
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


def _spread(spread: Spread) -> DurationStats | None:
    if not spread.count:
        return None
    return DurationStats(
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


def _entry(row: HistoryRow) -> HistoryEntry:
    return HistoryEntry(
        at=iso(row.at),
        event=row.event,
        # As databases of earlier versions have it.
        reason=REQUEST if row.reason == "wish" else row.reason,
        attempt=row.attempt,
        detail=row.detail,
    )
