"""Alerts: what a person has to know and take care of.

Owns their rows and states.  Each change, its audit entry and its event are one transaction.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec.structs import asdict

from meshvisor.features.station import events as kinds
from meshvisor.features.station.model.alert import UNRESOLVED, AlertFilter, AlertState, NewAlert
from meshvisor.features.station.model.severity import Severity
from meshvisor.features.station.supervisor.changes import Change, Changes
from meshvisor.features.station.supervisor.times import iso, iso_or_none
from meshvisor.shared.errors import ConflictError, UnknownError
from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.late import late
from meshvisor.shared.store.queries import load_queries
from meshvisor.supervisor.audit.log import Actor

if TYPE_CHECKING:
    from meshvisor.features.station import results
else:
    results = late("meshvisor.features.station.results")

QUERIES: Final = load_queries(Path(__file__).with_name("alerts.sql"))

MOST_ID: Final = 2**62
"""Greater than the number of any alert."""

MOST_SHOWN: Final = 80
"""Characters of a title in the audit log."""


class Which(NamedTuple):
    """An alert as it is named: by its number, or by a key that it has."""

    number: int | None = None
    dedup_key: str | None = None


class AlertService:
    """Alerts of one station."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def list_alerts(
        self, wanted: AlertFilter, before: int | None, limit: int
    ) -> results.AlertList:
        """Return alerts, newest first.

        Args:
            wanted: which ones.
            before: the last number of the page before; None: the first page.
            limit: how many at most.
        """

        def work(db: sqlite3.Connection) -> results.AlertList:
            found = [_info(row) for row in _rows(db, wanted, before, limit + 1)]
            return results.AlertList(
                alerts=tuple(found[:limit]), more=len(found) > limit, counts=_counts(db)
            )

        return await self._changes.read(work)

    async def show(self, number: int) -> results.AlertReport:
        """Return all about one.

        Raises:
            UnknownError: there is none of this number.
        """
        return await self._changes.read(lambda db: _report(db, number))

    async def create(self, new: NewAlert, actor: Actor) -> results.AlertOutcome:
        """Raise an alert; of one with the same key that is not resolved count that it was."""
        return await self._changes.make(actor, lambda db, change: raise_in(db, change, new))

    async def acknowledge(self, which: Which, note: str, actor: Actor) -> results.AlertReport:
        """Note that the actor takes care of an alert; once more changes nothing but adds a note.

        Raises:
            UnknownError: there is none of this number, or none of this key is left to be resolved.
            ConflictError: it is resolved.
        """

        def work(db: sqlite3.Connection, change: Change) -> results.AlertReport:
            number = _number(db, which)
            if _find(db, number)["state"] == AlertState.RESOLVED:
                raise ConflictError(
                    f"alert {number} is resolved, which is final; raise a new one if it is back"
                )
            return _carry_on(db, change, number, note, "acknowledge", kinds.ALERT_ACKNOWLEDGED)

        return await self._changes.make(actor, work)

    async def resolve(self, which: Which, note: str, actor: Actor) -> results.AlertReport:
        """Say that an alert is over; once more changes nothing but adds a note.

        Raises:
            UnknownError: as for `acknowledge`.
        """

        def work(db: sqlite3.Connection, change: Change) -> results.AlertReport:
            number = _number(db, which)
            return _carry_on(db, change, number, note, "resolve", kinds.ALERT_RESOLVED)

        return await self._changes.make(actor, work)

    async def note(self, number: int, text: str, actor: Actor) -> results.AlertReport:
        """Write something about an alert.

        Raises:
            UnknownError: there is none of this number.
        """

        def work(db: sqlite3.Connection, change: Change) -> results.AlertReport:
            _find(db, number)
            _add_note(db, change, number, text)
            change.note("alert.note", str(number), text[:MOST_SHOWN])
            return _report(db, number)

        return await self._changes.make(actor, work)


def raise_in(db: sqlite3.Connection, change: Change, new: NewAlert) -> results.AlertOutcome:
    """Raise an alert in a transaction; see `AlertService.create`."""
    if new.idempotency_key is not None:
        row = db.execute(QUERIES["of_request"], (new.idempotency_key,)).fetchone()
        if row is not None:
            return _outcome(db, row[0], "repeated")
    row = db.execute(QUERIES["of_key"], (new.dedup_key,)).fetchone()
    if row is not None:
        values = {"id": row[0], "now": change.now, "severity": new.severity.rank}
        db.execute(QUERIES["count_up"], values)
        _tell(db, change, row[0], kinds.ALERT_REPEATED)
        return _outcome(db, row[0], "counted")
    values = {**asdict(new), "severity": new.severity.rank}
    values |= {"now": change.now, "by": change.actor.id}
    (number,) = db.execute(QUERIES["add"], values).fetchone()
    change.note("alert.create", str(number), f"{new.severity}: {new.title}"[:MOST_SHOWN])
    _tell(db, change, number, kinds.ALERT_CREATED)
    return _outcome(db, number, "created")


def resolve_in(db: sqlite3.Connection, change: Change, dedup_key: str) -> None:
    """Resolve the alert of a key in a transaction, where there is one."""
    row = db.execute(QUERIES["of_key"], (dedup_key,)).fetchone()
    if row is not None:
        _carry_on(db, change, row[0], "", "resolve", kinds.ALERT_RESOLVED)


def count_outdated(db: sqlite3.Connection, before: int) -> int:
    """Return how many alerts were resolved before a moment."""
    (count,) = db.execute(QUERIES["count_outdated"], {"before": before}).fetchone()
    return int(count)


def remove_outdated(db: sqlite3.Connection, before: int, most: int) -> int:
    """Remove alerts that were resolved before a moment; return how many."""
    return db.execute(QUERIES["remove_outdated"], {"before": before, "most": most}).rowcount


# Private

_COLUMNS: Final = (
    "id",
    "state",
    "severity",
    "title",
    "message",
    "source",
    "dedup_key",
    "idempotency_key",
    "user_id",
    "zone",
    "mesh_id",
    "count",
    "created_at",
    "created_by",
    "updated_at",
    "acknowledged_at",
    "acknowledged_by",
    "resolved_at",
    "resolved_by",
)


def _rows(
    db: sqlite3.Connection, wanted: AlertFilter, before: int | None, limit: int
) -> list[dict[str, Any]]:
    is_unresolved = wanted.state == UNRESOLVED
    values = {
        **asdict(wanted),
        "severity": wanted.severity.rank,
        "state": None if is_unresolved else wanted.state,
        "unresolved": is_unresolved,
        "before": MOST_ID if before is None else before,
        "limit": limit,
    }
    return [dict(zip(_COLUMNS, row, strict=True)) for row in db.execute(QUERIES["list"], values)]


def _find(db: sqlite3.Connection, number: int) -> dict[str, Any]:
    row = db.execute(QUERIES["find"], (number,)).fetchone()
    if row is None:
        raise UnknownError(
            f"there is no alert {number}; 'meshvisor station alerts list' shows those there are"
        )
    return dict(zip(_COLUMNS, row, strict=True))


def _number(db: sqlite3.Connection, which: Which) -> int:
    if which.number is not None:
        return which.number
    row = db.execute(QUERIES["of_key"], (which.dedup_key,)).fetchone()
    if row is None:
        raise UnknownError(
            f"no alert with the key {which.dedup_key!r} is left to be resolved; 'meshvisor station "
            "alerts list' shows those that are"
        )
    return int(row[0])


def _carry_on(
    db: sqlite3.Connection, change: Change, number: int, note: str, step: str, kind: EventKind
) -> results.AlertReport:
    """Take an alert to its next state, and tell it where it was not there already."""
    _find(db, number)
    values = {"id": number, "now": change.now, "by": change.actor.id}
    if note:
        _add_note(db, change, number, note)
    is_news = db.execute(QUERIES[step], values).rowcount > 0
    if is_news or note:
        change.note(f"alert.{step}", str(number), note[:MOST_SHOWN])
    if is_news:
        _tell(db, change, number, kind)
    return _report(db, number)


def _add_note(db: sqlite3.Connection, change: Change, number: int, text: str) -> None:
    values = {"id": number, "now": change.now, "by": change.actor.id, "text": text}
    db.execute(QUERIES["add_note"], values)


def _tell(db: sqlite3.Connection, change: Change, number: int, kind: EventKind) -> None:
    alert = _find(db, number)
    names = ("title", "message", "source", "dedup_key", "user_id", "zone", "count")
    data = {name: alert[name] for name in names}
    severity = Severity.of_rank(alert["severity"])
    data = {"severity": str(severity), **data, "mesh": alert["mesh_id"]}
    change.tell(kind, str(number), data, alert["mesh_id"])


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: value for name, value in row.items() if name != "idempotency_key"},
        "severity": str(Severity.of_rank(row["severity"])),
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
        "acknowledged_at": iso_or_none(row["acknowledged_at"]),
        "resolved_at": iso_or_none(row["resolved_at"]),
    }


def _info(row: dict[str, Any]) -> results.AlertInfo:
    return results.AlertInfo(**_fields(row))


def _all_of(db: sqlite3.Connection, number: int) -> dict[str, Any]:
    rows = db.execute(QUERIES["notes"], (number,)).fetchall()
    notes = tuple(results.AlertNote(at=iso(at), actor=by, text=text) for at, by, text in rows[::-1])
    return {**_fields(_find(db, number)), "notes": notes}


def _report(db: sqlite3.Connection, number: int) -> results.AlertReport:
    return results.AlertReport(**_all_of(db, number))


def _outcome(db: sqlite3.Connection, number: int, outcome: str) -> results.AlertOutcome:
    return results.AlertOutcome(**_all_of(db, number), outcome=outcome)


def _counts(db: sqlite3.Connection) -> results.AlertCounts:
    states = dict.fromkeys(AlertState, 0)
    severities = dict.fromkeys(map(str, Severity), 0)
    for state, severity, count in db.execute(QUERIES["count"]):
        states[AlertState(state)] += count
        if state != AlertState.RESOLVED:
            severities[str(Severity.of_rank(severity))] += count
    return results.AlertCounts(
        open=states[AlertState.OPEN],
        acknowledged=states[AlertState.ACKNOWLEDGED],
        resolved=states[AlertState.RESOLVED],
        severities=severities,
    )
