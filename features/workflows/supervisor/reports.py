"""Taking in what the engine tells: events, counters, and entries of the audit log, each once.

Owns that they are one transaction with the note up to where it was taken in.  The engine tells an
entry until it hears that number.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.events import REPORTED
from meshvisor.features.workflows.supervisor.definitions import QUERIES
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.store.store import Store

LONGEST_REASON: Final = 200
"""Characters of a failure under which it is counted."""
MOST_REASONS: Final = 200
"""Different ones of a workflow; what comes then is counted together."""

_NUMBERED: Final = re.compile(r"\b(job|execution|alert|question) \d+")


class Report(msgspec.Struct, frozen=True):
    """One entry."""

    number: int
    at: int
    kind: str
    """Of an event (`events.REPORTED`)."""
    workflow: str
    workflow_id: int
    data: Mapping[str, Any]
    actor: str | None = None
    correlation_id: str | None = None
    causation_id: int | None = None
    depth: int = 0


class Reports:
    """The engine's reports."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, entries: Sequence[Mapping[str, Any]]) -> int:
        """Take entries in; return up to which number all are.

        Raises:
            MeshvisorError: they cannot be written; they are sent again.
        """
        reports = [msgspec.convert(one, Report) for one in entries]
        return await self._store.write(lambda db: _take(db, reports))


def _take(db: sqlite3.Connection, reports: Sequence[Report]) -> int:
    (known,) = db.execute(QUERIES["reports"]).fetchone()
    # A database of the engine that was removed begins to count anew.
    new = [one for one in reports if one.number > known and one.kind in REPORTED]
    for one in new:
        _count(db, one)
    log.append(db, [_event(one) for one in new])
    last = max((one.number for one in reports), default=known)
    if last > known:
        db.execute(QUERIES["save_reports"], (last,))
    return max(int(last), int(known))


def _event(report: Report) -> NewEvent:
    return NewEvent(
        report.at,
        report.kind,
        report.workflow,
        actor=report.actor,
        data=report.data,
        correlation_id=report.correlation_id,
        causation_id=report.causation_id,
        depth=report.depth,
    )


def _count(db: sqlite3.Connection, report: Report) -> None:
    name = report.kind.partition(".")[2]
    started = int(name == "started")
    ended = {one: int(name == one) for one in ("completed", "failed", "cancelled")}
    if not started and not any(ended.values()):
        return
    if started:
        db.execute(QUERIES["count_start"], {"id": report.workflow_id, "at": report.at})
    # Of those that a user has ended it says nothing how long they took.
    is_timed = not started and name != "cancelled"
    ms = int(report.data.get("duration_ms", 0)) if is_timed else 0
    values = {"id": report.workflow_id, "ms": ms, **ended}
    if not started:
        db.execute(QUERIES["count_end"], values)
    day = datetime.fromtimestamp(report.at / 1000, UTC).date().isoformat()
    db.execute(QUERIES["count_day"], {**values, "day": day, "started": started})
    if name == "failed":
        db.execute(
            QUERIES["count_failure"],
            {
                "id": report.workflow_id,
                "reason": _reason(db, report),
                "at": report.at,
                "execution": report.data.get("execution", 0),
            },
        )


def _reason(db: sqlite3.Connection, report: Report) -> str:
    """Return under what a failure is counted: `job … has failed`, for example, for every job.

    The blank of its wording stays filled in, so that pages recognize the sentence.
    """
    error = str(report.data.get("error") or say.NO_REASON())
    reason = _NUMBERED.sub(r"\1 …", error)[:LONGEST_REASON]
    values = {"id": report.workflow_id, "reason": reason}
    count, is_known = db.execute(QUERIES["reasons"], values).fetchone()
    return reason if is_known or count < MOST_REASONS else say.OTHER_REASONS()
