"""One row of `jobs`, and what a new one is made of."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, NewType

import msgspec

from meshvisor.features.jobs.model.job import FINISHED, EndReason, JobStatus, PauseReason
from meshvisor.features.jobs.wordings import NO_JOB
from meshvisor.shared.errors import UnknownError
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

Origin = Literal["chat", "command line", "job", "schedule", "workflow"]

Millis = NewType("Millis", int)
"""A moment: milliseconds since 1970, UTC."""

DRAFT: Final = -1
"""`run` of a job whose items are still being written, or removed: it is not visible, and what a
crash leaves of it is removed."""


class UnknownJobError(UnknownError):
    """There is no job with this number."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        super().__init__(NO_JOB.said(job_id=job_id))


class Creator(msgspec.Struct, frozen=True):
    """Who wants a job, and where from."""

    id: str
    """A user's id, or the account on this machine."""
    name: str
    origin: Origin
    asked_in: str | None = None
    """The chat message that asked for it, which is kept beside the job (`chat_reports`)."""
    place: str | None = None
    """Where in the mesh it was asked for, as messages from there name it; None: in the mesh's own
    room, or not in this mesh."""
    is_direct: bool = False
    """Whether it was asked for in private, so that no other user may hear of it: in `place`, which
    is never None then unless that was in another mesh."""


class NewJob(msgspec.Struct, frozen=True):
    """A job that was checked and can be written."""

    action: str
    mesh_id: str
    priority: int
    lane: str
    rate_key: str
    data: Mapping[str, Any]
    creator: Creator
    key: str | None = None
    items: tuple[str, ...] = ()
    """Each once."""
    target: str | None = None
    """To what, or on whose behalf, it is done; None: nothing in particular."""
    deadline: int | None = None
    """Milliseconds from now within which it has to have ended; None: no limit."""
    wait_timeout: int | None = None
    """Milliseconds that it may wait at a stretch; None: no limit."""
    options: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """What was submitted in place of the action's own values."""

    def expires_at(self, now: Millis) -> Millis | None:
        """Return when it fails unless it has begun to run."""
        if self.deadline is None and self.wait_timeout is None:
            return None  # the usual case, decided quickly for each of very many
        limits = [limit for limit in (self.deadline, self.wait_timeout) if limit is not None]
        return Millis(now + min(limits))


class Job(NamedTuple):
    """A job as it is written; the columns of the table in their order.

    A tuple, because one is made of each row that is read, thousands of times a second.
    """

    id: int
    action: str
    mesh_id: str
    priority: int
    lane: str
    data: str
    rate_key: str
    created_by: str
    created_name: str
    origin: Origin
    idempotency_key: str | None
    status: JobStatus
    pause_reason: PauseReason | None
    ready: int
    ready_since: Millis
    rank: int
    resume_after: Millis | None
    preempted_by: int | None
    wanted: Literal["pause", "cancel"] | None
    attempt: int
    next_try: int
    run: int
    error: str | None
    pending: int
    done: int
    failed: int
    existing: int
    created_at: Millis
    updated_at: Millis
    started_at: Millis | None
    finished_at: Millis | None
    log_lines: int
    target: str | None = None
    options: str | None = None
    deadline: Millis | None = None
    wait_timeout: int | None = None
    expires_at: Millis | None = None
    ends_as: Literal["failed", "completed", "deleted"] | None = None
    end_reason: EndReason | None = None
    stuck_since: Millis | None = None
    added: int = 0
    place: str | None = None
    is_direct: int = 0

    @classmethod
    def of(cls, row: Sequence[Any]) -> Job:
        """Return the job in a row of `SELECT *`."""
        values = list(row)
        values[_STATUS] = _STATUSES[values[_STATUS]]
        if values[_PAUSE_REASON] is not None:
            values[_PAUSE_REASON] = PauseReason(values[_PAUSE_REASON])
        if values[_END_REASON] is not None:
            values[_END_REASON] = EndReason(values[_END_REASON])
        return cls._make(values)

    @classmethod
    def column(cls, name: str) -> int:
        """Return where a column stands in a row of `SELECT *`."""
        return cls._fields.index(name)

    @property
    def total(self) -> int:
        """Number of its items."""
        return self.pending + self.done + self.failed + self.existing

    @property
    def is_finished(self) -> bool:
        """Whether it is over."""
        return self.status in FINISHED

    @property
    def content(self) -> dict[str, Any]:
        """What its action is handed."""
        content: dict[str, Any] = json.loads(self.data)
        return content

    @property
    def own_options(self) -> dict[str, Any]:
        """What was submitted in place of its action's values; empty: nothing."""
        options: dict[str, Any] = json.loads(self.options) if self.options else {}
        return options


def iso(at: Millis) -> str:
    """Return a moment with offset."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")


_STATUS: Final = Job.column("status")
_PAUSE_REASON: Final = Job.column("pause_reason")
_END_REASON: Final = Job.column("end_reason")
_STATUSES: Final = {str(status): status for status in JobStatus}


def find(db: sqlite3.Connection, job_id: int) -> Job:
    """Return a job.

    Raises:
        UnknownJobError: there is none.
    """
    row = db.execute(QUERIES["job"], (job_id,)).fetchone()
    if row is None:
        raise UnknownJobError(job_id)
    return Job.of(row)


def find_leased(db: sqlite3.Connection, job_id: int, run: int) -> Job | None:
    """Return a job that still has this run; None: a report of that run comes too late."""
    row = db.execute(QUERIES["job_in_run"], (job_id, run)).fetchone()
    return None if row is None else Job.of(row)
