"""Jobs as rows that a test makes up."""

from __future__ import annotations

from typing import Any

from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis

NOW = Millis(1_764_158_400_000)
"""2026-11-26 12:00 UTC."""

JOB = Job(
    id=42,
    action="addplayer",
    mesh_id="lobby",
    priority=2,
    lane="game-api",
    data="{}",
    rate_key="game-api",
    created_by="953371",
    created_name="ann",
    origin="chat",
    idempotency_key=None,
    status=JobStatus.QUEUED,
    pause_reason=None,
    ready=1,
    ready_since=NOW,
    rank=2,
    resume_after=None,
    preempted_by=None,
    wanted=None,
    attempt=1,
    next_try=0,
    run=1,
    error=None,
    pending=500,
    done=0,
    failed=0,
    existing=0,
    created_at=NOW,
    updated_at=NOW,
    started_at=NOW,
    finished_at=None,
    log_lines=0,
)


def job(**changes: Any) -> Job:
    """Return job 42 with changes."""
    return JOB._replace(**changes)
