"""Zones: parts of the globe that users enter and leave.

Owns what people make and change of them.  Does not own who is in which (`prepared_zones`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from meshvisor.features.station import events as kinds
from meshvisor.features.station.model.zone import Zone
from meshvisor.features.station.supervisor.changes import Change, Changes
from meshvisor.features.station.supervisor.people_views import position_info
from meshvisor.features.station.supervisor.prepared_zones import (
    QUERIES,
    EventContext,
    PreparedZones,
    UserPosition,
)
from meshvisor.features.station.supervisor.revisions import check_revision
from meshvisor.features.station.supervisor.times import iso, iso_or_none
from meshvisor.shared.errors import UnknownError, UsageError
from meshvisor.shared.late import late
from meshvisor.supervisor.audit.log import Actor

if TYPE_CHECKING:
    from meshvisor.features.station import results
else:
    results = late("meshvisor.features.station.results")

MOST_ZONES: Final = 1000
"""Zones of one station: all are kept prepared in memory, some kilobytes each."""

PLACED_WITHIN: Final = 86_400_000
"""Milliseconds: a new zone is entered at once by those whose position is not older."""

AT_A_TIME: Final = 200
"""Users whose place is looked at anew in one transaction."""


class ZoneService:
    """Zones of one station.

    Args:
        changes: of its database.
        prepared: those that users can be in; here it gets the users who are in a new one.
    """

    def __init__(self, changes: Changes, prepared: PreparedZones) -> None:
        self._changes = changes
        self._prepared = prepared

    async def list_zones(self, after: str, limit: int) -> results.ZoneList:
        """Return zones by name, behind a name."""

        def work(db: sqlite3.Connection) -> results.ZoneList:
            values = {"after": after, "limit": limit + 1}
            rows = db.execute(QUERIES["list"], values).fetchall()
            zones = tuple(_info(db, row) for row in rows[:limit])
            return results.ZoneList(zones=zones, more=len(rows) > limit)

        return await self._changes.read(work)

    async def show(self, name: str) -> results.ZoneInfo:
        """Return all about one.

        Raises:
            UnknownError: there is none of this name.
        """
        return await self._changes.read(lambda db: _info(db, find_zone(db, name)))

    async def save(
        self,
        definition: Mapping[str, Any],
        seen: int | None,
        actor: Actor,
        *,
        is_partial: bool = False,
    ) -> results.ZoneInfo:
        """Make a zone, or have it as it is said here; users who are in it then have entered it.

        Args:
            definition: fields of `Zone`.
            seen: the revision that the caller has seen; 0: there is none; None: whatever it is now.
            actor: who wants it.
            is_partial: whether what is left out stays as it is in a zone that there is.

        Raises:
            UsageError: it can be no zone; one sentence.
            UnknownError: there is none of this name, and the definition has no shape for a new one.
            ConflictError: it was changed meanwhile.
        """

        def work(db: sqlite3.Connection, change: Change) -> Zone:
            zone = checked(_merged(db, definition) if is_partial else definition)
            _save(zone, seen, db, change)
            return zone

        zone = await self._changes.make(actor, work)
        await self._look_again(zone, actor)
        return await self.show(zone.name)

    async def remove(self, name: str, seen: int | None, actor: Actor) -> results.ZoneRemoved:
        """Remove a zone; no exits are reported for the users in it.

        Raises:
            UnknownError: there is none of this name.
            ConflictError: it was changed meanwhile.
        """

        def work(db: sqlite3.Connection, change: Change) -> results.ZoneRemoved:
            (_, _, revision, *_) = find_zone(db, name)
            check_revision(f"the zone {name!r}", seen, revision)
            (users,) = db.execute(QUERIES["count_users"], (name,)).fetchone()
            db.execute(QUERIES["clear"], (name,))
            db.execute(QUERIES["remove"], (name,))
            db.execute(QUERIES["raise_version"])
            change.note_and_tell("zone.remove", name, kinds.ZONE_CHANGED, "removed")
            return results.ZoneRemoved(name=name, users=users)

        return await self._changes.make(actor, work)

    async def users(self, name: str, after: str, limit: int) -> results.ZoneUsers:
        """Return who is in a zone, comes or goes, by id.

        Raises:
            UnknownError: there is none of this name.
        """

        def work(db: sqlite3.Connection) -> results.ZoneUsers:
            find_zone(db, name)
            values = {"zone": name, "after": after, "limit": limit + 1}
            rows = db.execute(QUERIES["users"], values).fetchall()
            users = tuple(_user(row) for row in rows[:limit])
            return results.ZoneUsers(zone=name, users=users, more=len(rows) > limit)

        return await self._changes.read(work)

    async def _look_again(self, zone: Zone, actor: Actor) -> None:
        """Have those enter and leave a zone who are there, or not any more, since it was saved."""
        now = self._changes.now()
        context = EventContext(now, actor.id, actor.cause)
        after: str | None = ""
        while after is not None:
            after = await self._changes.write(partial(self._move_all, context, after))

    def _move_all(self, context: EventContext, after: str, db: sqlite3.Connection) -> str | None:
        """Look at the places of some users; return the last one, None: there are no more."""
        self._prepared.look(db)
        values = {"since": context.now - PLACED_WITHIN, "after": after, "most": AT_A_TIME}
        rows = db.execute(QUERIES["placed"], values).fetchall()
        for user_id, _, latitude, longitude, mesh_id in rows:
            # As of now: a user was not there before the zone was.
            self._prepared.move(
                db, UserPosition(user_id, context.now, latitude, longitude, mesh_id), context
            )
        return rows[-1][0] if len(rows) == AT_A_TIME else None


def checked(definition: Mapping[str, Any]) -> Zone:
    """Return the zone that a definition means.

    Raises:
        UsageError: it is none; one sentence.
    """
    try:
        return Zone.model_validate(definition)
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in details["loc"])
        said = details["msg"].removeprefix("Value error, ")
        where = f"{place}: " if place else ""
        raise UsageError(f"that is no zone: {where}{said[:1].lower()}{said[1:]}") from None


def find_zone(db: sqlite3.Connection, name: str) -> tuple[Any, ...]:
    """Return the row of a zone.

    Raises:
        UnknownError: there is none; the sentence names similar ones.
    """
    row: tuple[Any, ...] | None = db.execute(QUERIES["find"], (name,)).fetchone()
    if row is not None:
        return row
    from meshvisor.shared.near_names import LOOSE, NEAREST, did_you_mean, near_names

    known = [known for (known,) in db.execute(QUERIES["names"])]
    hint = did_you_mean(near_names(name, known, NEAREST, LOOSE))
    hint = hint or "'meshvisor station zones list' shows those there are"
    raise UnknownError(f"there is no zone {name!r}; {hint}")


# Private


def _merged(db: sqlite3.Connection, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition of a zone with some fields changed; a new shape replaces the old."""
    has_shape = bool({"circle", "polygon"} & changes.keys())
    if has_shape and db.execute(QUERIES["find"], (changes["name"],)).fetchone() is None:
        return dict(changes)
    (_, text, *_) = find_zone(db, changes["name"])
    kept = json.loads(text)
    if has_shape:
        kept = {name: one for name, one in kept.items() if name not in ("circle", "polygon")}
    return {**kept, **changes}


def _save(zone: Zone, seen: int | None, db: sqlite3.Connection, change: Change) -> None:
    row = db.execute(QUERIES["find"], (zone.name,)).fetchone()
    revision = 0 if row is None else row[2]
    check_revision(f"the zone {zone.name!r}", seen, revision)
    if row is None and db.execute(QUERIES["count"]).fetchone()[0] >= MOST_ZONES:
        raise UsageError(f"a station has at most {MOST_ZONES} zones; remove one first")
    text = zone.model_dump_json(exclude_defaults=True)
    if row is not None and row[1] == text:
        return
    values = {"name": zone.name, "definition": text, "revision": revision + 1}
    db.execute(QUERIES["save"], {**values, "now": change.now, "by": change.actor.id})
    db.execute(QUERIES["raise_version"])
    if not zone.enabled:
        db.execute(QUERIES["clear"], (zone.name,))
    detail = f"{'made' if row is None else 'changed'}: {_in_words(zone)}"
    change.note_and_tell("zone.save", zone.name, kinds.ZONE_CHANGED, detail)


def _in_words(zone: Zone) -> str:
    if zone.circle is not None:
        circle = zone.circle
        shape = f"{circle.radius_m:g} m around {circle.latitude:g}, {circle.longitude:g}"
    else:
        shape = f"a polygon of {len(zone.polygon or ())} points"
    return shape if zone.enabled else f"{shape}, disabled"


def _info(db: sqlite3.Connection, row: tuple[Any, ...]) -> results.ZoneInfo:
    name, text, revision, updated_at, updated_by = row
    zone = Zone.model_validate_json(text)
    circle = None if zone.circle is None else results.CircleInfo(**zone.circle.model_dump())
    (users,) = db.execute(QUERIES["count_users"], (name,)).fetchone()
    return results.ZoneInfo(
        name=name,
        description=zone.description,
        kind=zone.kind,
        circle=circle,
        polygon=zone.polygon,
        bounds=results.ZoneBounds(**zone.bounds._asdict()),
        hysteresis_m=zone.hysteresis_m,
        dwell_s=zone.dwell_s,
        enabled=zone.enabled,
        users=users,
        revision=revision,
        updated_at=iso(updated_at),
        updated_by=updated_by,
    )


def _user(row: tuple[Any, ...]) -> results.ZoneUser:
    user_id, name, state, since, entered_at, *position = row
    return results.ZoneUser(
        user_id=user_id,
        name=name,
        state=state,
        since=iso(since),
        entered_at=iso_or_none(entered_at),
        position=position_info(*position),
    )
