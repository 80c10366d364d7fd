"""Zones prepared for positions, and what a position makes of the standings of its user.

Owns the rows of standings, and that a position, the state of its zones and their events are one
transaction.  Does not own the rules (`model.crossing`) nor who hands in positions.  All of it runs
in the writer's thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from meshvisor.features.station import events as kinds
from meshvisor.features.station.model.crossing import Crossing, Standing, State, Step, moved, passed
from meshvisor.features.station.model.geometry import Grid
from meshvisor.features.station.model.zone import Zone
from meshvisor.features.station.settings import StationSettings
from meshvisor.shared.events import log
from meshvisor.shared.events.event import Cause, NewEvent
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("zones.sql"))

MOST_SETTLED: Final = 200
"""Standings that become something else in one transaction: some milliseconds of the writer."""


class UserPosition(NamedTuple):
    """Where a user was, as far as zones are concerned."""

    user_id: str
    at: int
    """Epoch milliseconds."""
    latitude: float
    longitude: float
    mesh_id: str | None = None


class EventContext(NamedTuple):
    """What the events of a transaction have in common."""

    now: int
    """Epoch milliseconds."""
    actor: str | None = None
    """Who has reported a position; None: a mesh has."""
    cause: Cause | None = None


class _Prepared(NamedTuple):
    zone: Zone
    hysteresis: float
    """Metres."""
    dwell: int
    """Milliseconds."""


class PreparedZones:
    """All enabled zones of a database, prepared anew when one of them has changed.

    Used by the writer's thread alone, but for `configure`.
    """

    def __init__(self, settings: StationSettings) -> None:
        self._settings = settings
        self._version = -1
        self._is_stale = False
        """Set by the loop, cleared by the writer before it looks: nothing in between is missed."""
        self._zones: dict[str, _Prepared] = {}
        self._names: list[str] = []
        self._grid = Grid(())

    def configure(self, settings: StationSettings) -> None:
        """Take over new settings."""
        self._settings = settings
        self.forget()

    def forget(self) -> None:
        """Prepare all anew: what was looked at may never have been committed."""
        self._is_stale = True

    def look(self, db: sqlite3.Connection) -> None:
        """Prepare what has changed since the last look; once in each transaction."""
        (version,) = db.execute(QUERIES["version"]).fetchone()
        if version == self._version and not self._is_stale:
            return
        self._is_stale = False
        before = {one.zone: one.zone for one in self._zones.values()}
        found = [Zone.model_validate_json(text) for (text,) in db.execute(QUERIES["all"])]
        # What has not changed keeps its shape, which is what takes time.
        zones = [before.get(zone, zone) for zone in found if zone.enabled]
        self._zones = {zone.name: self._prepared(zone) for zone in zones}
        self._names = [zone.name for zone in zones]
        self._grid = Grid([zone.bounds for zone in zones])
        self._version = version

    def move(
        self, db: sqlite3.Connection, place: UserPosition, context: EventContext
    ) -> list[tuple[str, Crossing]]:
        """Take in where a user is; return which zones it has entered and left, in this order.

        The caller sees to it that a user's places come in the order of their time, and calls
        `look` before.
        """
        standings = dict(_standings(db, place.user_id))
        names = {self._names[one] for one in self._grid.find(place.latitude, place.longitude)}
        crossed = []
        for name in sorted(names | standings.keys()):
            zone = self._zones.get(name)
            if zone is None:
                continue
            before = standings.get(name)
            margin = 0.0 if before is None else zone.hysteresis
            present = zone.zone.shape.covers(place.latitude, place.longitude, margin)
            step = moved(before, place.at, zone.dwell, present=present)
            crossed += [(name, one) for one in step.crossings]
            if step.standing != before:
                _save(db, place.user_id, name, step)
        if crossed:
            log.append(db, _events(db, place, crossed, context))
        return crossed

    def settle(self, db: sqlite3.Connection, now: int) -> int:
        """Have those in zones, or out, who were there for as long as it takes; return how many.

        Args:
            db: inside a transaction.
            now: epoch milliseconds; up to `MOST_SETTLED` of those due then.
        """
        due = db.execute(QUERIES["due"], {"now": now, "most": MOST_SETTLED}).fetchall()
        for user_id, name in due:
            values = {"user_id": user_id, "zone": name}
            state, *times = db.execute(QUERIES["standing"], values).fetchone()
            step = passed(Standing(State(state), *times))
            _save(db, user_id, name, step)
            place = _place_of(db, user_id)
            if place is not None:
                crossed = [(name, one) for one in step.crossings]
                log.append(db, _events(db, place, crossed, EventContext(now)))
        return len(due)

    def _prepared(self, zone: Zone) -> _Prepared:
        own, usual = zone.hysteresis_m, self._settings.hysteresis
        dwell = self._settings.dwell if zone.dwell_s is None else zone.dwell_s
        return _Prepared(zone, usual if own is None else own, round(dwell * 1000))


def next_due(db: sqlite3.Connection) -> int | None:
    """Return when a standing becomes something else by time; None: none does."""
    (moment,) = db.execute(QUERIES["next_due"]).fetchone()
    return None if moment is None else int(moment)


# Private


def _standings(db: sqlite3.Connection, user_id: str) -> Iterator[tuple[str, Standing]]:
    for name, state, *times in db.execute(QUERIES["standings"], (user_id,)).fetchall():
        yield name, Standing(State(state), *times)


def _save(db: sqlite3.Connection, user_id: str, zone: str, step: Step) -> None:
    values: dict[str, Any] = {"user_id": user_id, "zone": zone}
    if step.standing is None:
        db.execute(QUERIES["remove_standing"], values)
    else:
        db.execute(QUERIES["save_standing"], {**values, **step.standing._asdict()})


def _place_of(db: sqlite3.Connection, user_id: str) -> UserPosition | None:
    row = db.execute(QUERIES["place"], (user_id,)).fetchone()
    return None if row is None else UserPosition(user_id, *row)


def _events(
    db: sqlite3.Connection,
    place: UserPosition,
    crossed: Iterable[tuple[str, Crossing]],
    context: EventContext,
) -> Iterator[NewEvent]:
    (user_name,) = db.execute(QUERIES["called"], (place.user_id,)).fetchone() or ("",)
    for name, crossing in crossed:
        kind = kinds.ZONE_ENTERED if crossing.is_entry else kinds.ZONE_LEFT
        data = {
            "zone": name,
            "user_name": user_name,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "at": place.at,
            "dwell_s": crossing.dwell / 1000,
        }
        event = NewEvent(context.now, kind.name, place.user_id, place.mesh_id, context.actor, data)
        yield event.under(context.cause)
