"""What follows from how runs of schedules have ended: functions on a connection.

Owns the copy in the history, that a failure and the recovery from it are one event each, and that
others run after a success.  Called with the events of their jobs, in the transaction that moves the
cursor on behind them: what follows from an end does so exactly once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from meshvisor.features.jobs import events as job_events
from meshvisor.features.jobs.supervisor.ledger.tracebacks import last_traceback
from meshvisor.features.schedules import events as kinds
from meshvisor.features.schedules.supervisor.ledger import QUERIES, note_trouble
from meshvisor.shared.events import log
from meshvisor.shared.events.event import Event, NewEvent
from meshvisor.shared.events.kind import EventKind

_OUTCOME_AT: Final = len("job.")


def note_ends(db: sqlite3.Connection, events: Iterable[Event]) -> set[str]:
    """Note how jobs have ended; return the names of their schedules."""
    ended: set[str] = set()
    for event in events:
        for name, planned in db.execute(QUERIES["end_fire"], _values(db, event)).fetchall():
            ended.add(name)
            if event.kind == job_events.FAILED.name:
                _failed(db, event, name, planned)
            elif event.kind == job_events.COMPLETED.name:
                _succeeded(db, event, name, planned)
    return ended


# Private


def _values(db: sqlite3.Connection, event: Event) -> dict[str, Any]:
    data, job_id = event.content, int(event.subject or 0)
    started_at, error = data.get("started_at"), data.get("error")
    return {
        "job_id": job_id,
        "outcome": event.kind[_OUTCOME_AT:],
        "at": event.at,
        "attempt": data.get("attempt"),
        "duration_ms": None if started_at is None else max(0, event.at - started_at),
        "error": error,
        "traceback": last_traceback(db, job_id) if error else None,
    }


def _failed(db: sqlite3.Connection, event: Event, name: str, planned: int) -> None:
    data = event.content
    kept = ("action", "attempt", "error", "reason")
    fields = {"planned_at": planned, "job_id": int(event.subject or 0)}
    _tell(db, kinds.FAILED, event, name, {**fields, **{key: data.get(key) for key in kept}})
    note_trouble(db, name, "failed", event.at)


def _succeeded(db: sqlite3.Connection, event: Event, name: str, planned: int) -> None:
    trouble = db.execute(QUERIES["trouble"], (name,)).fetchone()
    if trouble is not None:
        what, since = trouble
        data = {"planned_at": planned, "job_id": int(event.subject or 0)}
        _tell(db, kinds.RECOVERED, event, name, {**data, "after": what, "since": since})
        db.execute(QUERIES["clear_trouble"], (name,))
    values = {"earlier": name, "at": event.at}
    for (schedule,) in db.execute(QUERIES["note_success"], values).fetchall():
        db.execute(QUERIES["all_succeeded"], {"schedule": schedule, "at": event.at})


def _tell(
    db: sqlite3.Connection, kind: EventKind, event: Event, name: str, data: dict[str, Any]
) -> None:
    fields = NewEvent(event.at, kind.name, name, event.mesh_id, None, data)
    log.append(db, [fields.after(event)])
