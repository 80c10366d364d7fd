"""Users: that they were seen, where they are, who is online; functions on a connection.

Owns their rows and the events of them.  Does not own zones (`prepared_zones`).  Called by the
services of the station and by `intake`, inside a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from meshvisor.features.station import events as kinds
from meshvisor.features.station.model.crossing import Crossing
from meshvisor.features.station.model.user import Position, Seen
from meshvisor.features.station.settings import StationSettings
from meshvisor.features.station.supervisor.prepared_zones import (
    EventContext,
    PreparedZones,
    UserPosition,
)
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("users.sql"))

TRIM_EVERY: Final = 64
"""Positions of a user after which the oldest are removed: not with each, which would cost more than
to keep them."""

MOST_IDLE: Final = 200
"""Users who go offline in one transaction."""


class Moved(NamedTuple):
    """What became of a position."""

    is_newest: bool
    crossed: Sequence[tuple[str, Crossing]]
    """Zones that were entered and left, in this order."""


def see(
    db: sqlite3.Connection, seen: Seen, settings: StationSettings, context: EventContext
) -> None:
    """Note that a user did something in a mesh, and tell it where that is news."""
    _note_activity(db, seen.user_id, seen, settings, context)


def place(
    db: sqlite3.Connection,
    position: Position,
    zones: PreparedZones,
    settings: StationSettings,
    context: EventContext,
) -> Moved:
    """Note where a user is, which is something that the user does.

    A position that is older than the last one of its user is kept and changes nothing else.

    Args:
        db: inside a transaction in which `zones` have looked.
        position: where, and when; moments later than now count for now.
        zones: who may be entered and left.
        settings: what is kept.
        context: what the events have in common.
    """
    at = min(position.at, context.now)
    user_id = position.user_id
    seen = Seen(user_id, position.mesh_id or "", at, position.user_name)
    before, count = _note_activity(db, user_id, seen, settings, context)
    values = {**position._asdict(), "at": at}
    del values["user_name"]
    db.execute(QUERIES["add_position"], values)
    if before is not None and at < before:
        return Moved(False, ())
    db.execute(QUERIES["move"], values)
    if count % TRIM_EVERY == TRIM_EVERY - 1:
        db.execute(QUERIES["trim_positions"], {"user_id": user_id, "keep": settings.positions})
    there = UserPosition(user_id, at, position.latitude, position.longitude, position.mesh_id)
    return Moved(True, zones.move(db, there, context))


def register(db: sqlite3.Connection, user_id: str, context: EventContext) -> bool:
    """Count a user who is known among the station's own; say whether that is news."""
    values = {"user_id": user_id, "now": context.now, "by": context.actor or "station"}
    if not db.execute(QUERIES["register"], values).rowcount:
        return False
    tell(db, kinds.USER_REGISTERED, user_id, context)
    return True


def rest(
    db: sqlite3.Connection, before: int, seen: Mapping[str, Seen], context: EventContext
) -> list[str]:
    """Have users offline who were not seen since a moment; return who is, `MOST_IDLE` at most.

    Args:
        db: inside a transaction.
        before: epoch milliseconds.
        seen: what is known beyond the rows, by user.
        context: what the events have in common.
    """
    values = {"before": before, "most": MOST_IDLE}
    offline = []
    for (user_id,) in db.execute(QUERIES["idle"], values).fetchall():
        later = seen.get(user_id)
        if later is not None and later.at >= before:
            _see(db, later, online=True)
            continue
        db.execute(QUERIES["go_offline"], (user_id,))
        tell(db, kinds.USER_OFFLINE, user_id, context)
        offline.append(user_id)
    return offline


def first_idle(db: sqlite3.Connection) -> int | None:
    """Return when the online user was seen who was seen longest ago; None: none is online."""
    (moment,) = db.execute(QUERIES["next_idle"]).fetchone()
    return None if moment is None else int(moment)


def groups_of(db: sqlite3.Connection, user_id: str) -> tuple[str, ...]:
    """Return the groups of a user, by name."""
    return tuple(name for (name,) in db.execute(QUERIES["groups_of"], (user_id,)))


def tell(
    db: sqlite3.Connection, kind: EventKind, user_id: str, context: EventContext, **more: Any
) -> None:
    """Append an event of a user."""
    row = db.execute(QUERIES["told"], (user_id,)).fetchone()
    name, last_seen_at, mesh_id = row or ("", None, None)
    data: dict[str, Any] = {"user_name": name, "groups": groups_of(db, user_id), **more}
    if kind is kinds.USER_OFFLINE:
        data["last_seen_at"] = last_seen_at
    event = NewEvent(context.now, kind.name, user_id, mesh_id, context.actor, data)
    log.append(db, [event.under(context.cause)])


def forget(db: sqlite3.Connection, user_id: str) -> int:
    """Remove all that is known of a user; return how many positions that were."""
    for name in ("forget_sightings", "forget_standings", "forget_memberships", "forget"):
        db.execute(QUERIES[name], (user_id,))
    return db.execute(QUERIES["forget_positions"], (user_id,)).rowcount


def count_old(db: sqlite3.Connection, before: int) -> int:
    """Return how many users are not registered and were not seen since a moment."""
    (count,) = db.execute(QUERIES["count_old_users"], {"before": before}).fetchone()
    return int(count)


def count_old_positions(db: sqlite3.Connection, before: int) -> int:
    """Return how many positions are older than a moment."""
    (count,) = db.execute(QUERIES["count_old_positions"], {"before": before}).fetchone()
    return int(count)


def remove_old_positions(db: sqlite3.Connection, before: int, most: int) -> int:
    """Remove positions that are older than a moment; return how many."""
    values = {"before": before, "most": most}
    return db.execute(QUERIES["remove_old_positions"], values).rowcount


def forget_old(db: sqlite3.Connection, before: int, most: int) -> int:
    """Forget users who are not registered and were not seen since a moment; return how many."""
    values = {"before": before, "most": most}
    found: Iterable[tuple[str]] = db.execute(QUERIES["old_users"], values).fetchall()
    return sum(1 for (user_id,) in found if forget(db, user_id) >= 0)


# Private


def _note_activity(
    db: sqlite3.Connection,
    user_id: str,
    seen: Seen,
    settings: StationSettings,
    context: EventContext,
) -> tuple[int | None, int]:
    """Note that a user did something; return when the last position was, and how many there are."""
    row = db.execute(QUERIES["state"], (user_id,)).fetchone()
    if row is None:
        db.execute(QUERIES["add"], {"user_id": user_id, "name": seen.user_name})
        row = (0, None, None, 0)
    was_online, registered_at, position_at, count = row
    is_recent = seen.at >= context.now - round(settings.offline_after * 1000)
    _see(db, seen, online=bool(was_online) or is_recent)
    if settings.register_seen and registered_at is None:
        register(db, user_id, context)
    if is_recent and not was_online:
        tell(db, kinds.USER_ONLINE, user_id, context)
    return position_at, count


def _see(db: sqlite3.Connection, seen: Seen, *, online: bool) -> None:
    values = {
        "user_id": seen.user_id,
        "mesh_id": seen.mesh_id or None,
        "at": seen.at,
        "name": seen.user_name,
        "online": online,
    }
    db.execute(QUERIES["see"], values)
    if seen.mesh_id:
        db.execute(QUERIES["see_in"], values)
