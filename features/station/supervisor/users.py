"""Users, as people and programs ask for them and change them.

Owns the requests' side.  Does not own what workers report (`intake`) nor the rows (`people`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec.structs import asdict

from meshvisor.features.station import events as kinds
from meshvisor.features.station.model.user import Position, UserFilter
from meshvisor.features.station.settings import StationSettings
from meshvisor.features.station.supervisor import people
from meshvisor.features.station.supervisor.changes import Change, Changes
from meshvisor.features.station.supervisor.groups import find_group
from meshvisor.features.station.supervisor.people import QUERIES, groups_of
from meshvisor.features.station.supervisor.people_views import (
    position_info,
    report_fields,
    user_info,
    user_report,
)
from meshvisor.features.station.supervisor.prepared_zones import EventContext, PreparedZones
from meshvisor.features.station.supervisor.times import millis
from meshvisor.shared.errors import UnknownError, UsageError
from meshvisor.shared.late import late
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.audit.log import Actor

if TYPE_CHECKING:
    from meshvisor.features.station import results
else:
    results = late("meshvisor.features.station.results")

ALWAYS: Final = 2**62
"""Epoch milliseconds behind every moment."""


class GroupChange(NamedTuple):
    """In which groups a user is to be."""

    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    only: Sequence[str] | None = None
    """Exactly these, in place of both; None: as it is but for both."""


class UserService:
    """Users of one station.

    Args:
        changes: of its database.
        prepared: its zones.
        settings: what is kept, and who is online.
        moved: called when a user was moved by a request.
    """

    def __init__(
        self,
        changes: Changes,
        prepared: PreparedZones,
        settings: Settings,
        moved: Callable[[], None],
    ) -> None:
        self._changes = changes
        self._moved = moved
        self._prepared = prepared
        self._settings = settings.of(StationSettings)

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._settings = settings.of(StationSettings)

    async def list_users(self, wanted: UserFilter, after: str, limit: int) -> results.UserList:
        """Return users by id, behind an id."""
        values = {
            **asdict(wanted),
            "text": wanted.text.lower(),
            "after": after,
            "limit": limit + 1,
        }

        def work(db: sqlite3.Connection) -> results.UserList:
            rows = db.execute(QUERIES["list"], values).fetchall()
            users = tuple(user_info(db, row) for row in rows[:limit])
            count, online, registered = db.execute(QUERIES["count"]).fetchone()
            counts = results.UserCounts(users=count, online=online, registered=registered)
            return results.UserList(users=users, more=len(rows) > limit, counts=counts)

        return await self._changes.read(work)

    async def show(self, user_id: str) -> results.UserReport:
        """Return all about one.

        Raises:
            UnknownError: this user was neither seen nor registered.
        """
        return await self._changes.read(lambda db: user_report(db, _find(db, user_id)))

    async def positions(
        self, user_id: str, before: datetime | None, limit: int
    ) -> results.PositionList:
        """Return where a user was, newest first.

        Raises:
            UnknownError: this user was neither seen nor registered.
        """
        until = ALWAYS if before is None else millis(before)

        def work(db: sqlite3.Connection) -> results.PositionList:
            _find(db, user_id)
            values = {"user_id": user_id, "before": until, "limit": limit + 1}
            rows = db.execute(QUERIES["positions"], values).fetchall()
            found = [position_info(*row) for row in rows[:limit]]
            positions = tuple(one for one in found if one is not None)
            return results.PositionList(
                user_id=user_id, positions=positions, more=len(rows) > limit
            )

        return await self._changes.read(work)

    async def register(
        self,
        user_id: str,
        actor: Actor,
        *,
        name: str | None = None,
        note: str | None = None,
        groups: Sequence[str] = (),
    ) -> results.UserReport:
        """Count a user among the station's own; of one that is already, change what is given.

        Args:
            user_id: as the event log spells it.
            actor: who wants it.
            name: what the user is called; None: as it is.
            note: None: as it is.
            groups: beside those in which the user is.

        Raises:
            UnknownError: there is no group of a name.
        """

        def work(db: sqlite3.Connection, change: Change) -> results.UserReport:
            db.execute(QUERIES["add"], {"user_id": user_id, "name": ""})
            db.execute(QUERIES["describe"], {"user_id": user_id, "name": name, "note": note})
            added, _ = _regroup(db, user_id, GroupChange(add=groups))
            is_news = people.register(db, user_id, _context(change))
            _tell_regrouped(db, change, user_id, added, ())
            said = "registered" if is_news else "changed"
            change.note("user.register", user_id, f"{said}{_in_words(added, ())}")
            return user_report(db, _find(db, user_id))

        return await self._changes.make(actor, work)

    async def report(
        self,
        user_id: str,
        place: tuple[float, float],
        actor: Actor,
        *,
        accuracy_m: float | None = None,
        at: datetime | None = None,
        mesh_id: str | None = None,
    ) -> results.PositionOutcome:
        """Say where a user is; an unknown one is added.

        Args:
            user_id: as the event log spells it.
            place: latitude and longitude in degrees.
            actor: who says so.
            accuracy_m: metres; None: unknown.
            at: when that was; None: now.
            mesh_id: where it was heard; None: nowhere.
        """
        moment = self._changes.now() if at is None else millis(at)
        position = Position(user_id, moment, *place, accuracy_m, mesh_id, actor.id)

        def work(db: sqlite3.Connection, change: Change) -> results.PositionOutcome:
            self._prepared.look(db)
            done = people.place(db, position, self._prepared, self._settings, _context(change))
            zones = tuple(name for (name,) in db.execute(QUERIES["zones_of"], (user_id,)))
            return results.PositionOutcome(
                user_id=user_id,
                taken=done.is_newest,
                zones=zones,
                entered=tuple(name for name, one in done.crossed if one.is_entry),
                left=tuple(name for name, one in done.crossed if not one.is_entry),
            )

        try:
            outcome = await self._changes.make(actor, work)
        except BaseException:
            self._prepared.forget()
            raise
        self._moved()
        return outcome

    async def change_groups(
        self, user_id: str, change: GroupChange, actor: Actor
    ) -> results.UserGroups:
        """Have a user in other groups; what is so already changes nothing.

        Raises:
            UnknownError: there is no such user, or no group of a name.
            UsageError: nothing is to be changed, or it contradicts itself.
        """
        _check_change(change)

        def work(db: sqlite3.Connection, made: Change) -> results.UserGroups:
            _find(db, user_id)
            added, removed = _regroup(db, user_id, change)
            _tell_regrouped(db, made, user_id, added, removed)
            if added or removed:
                made.note("user.groups", user_id, _in_words(added, removed).removeprefix("; "))
            fields = report_fields(db, _find(db, user_id))
            return results.UserGroups(**fields, added=added, removed=removed)

        return await self._changes.make(actor, work)

    async def forget(self, user_id: str, actor: Actor) -> results.UserForgotten:
        """Remove all that the station knows of a user; events that tell of it are kept their time.

        Raises:
            UnknownError: this user was neither seen nor registered.
        """

        def work(db: sqlite3.Connection, change: Change) -> results.UserForgotten:
            _find(db, user_id)
            positions = people.forget(db, user_id)
            change.note("user.forget", user_id, f"with {positions} positions")
            return results.UserForgotten(user_id=user_id, positions=positions)

        return await self._changes.make(actor, work)


# Private


def _context(change: Change) -> EventContext:
    return EventContext(change.now, change.actor.id, change.actor.cause)


def _find(db: sqlite3.Connection, user_id: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = db.execute(QUERIES["find"], (user_id,)).fetchone()
    if row is None:
        raise UnknownError(
            f"nobody has seen a user {user_id!r}; 'meshvisor station users list' shows those who "
            f"were, and 'meshvisor station users register {user_id}' adds this one"
        )
    return row


def _check_change(change: GroupChange) -> None:
    if change.only is not None and (change.add or change.remove):
        raise UsageError("say which groups to add and to remove, or which ones exactly, not both")
    if change.only is None and not change.add and not change.remove:
        raise UsageError("say which groups to add, to remove, or to have exactly")
    if both := sorted({*change.add} & {*change.remove}):
        raise UsageError(f"the group {both[0]!r} cannot be added and removed at once")


def _regroup(
    db: sqlite3.Connection, user_id: str, change: GroupChange
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put a user into groups and take them out; return those that were news, by name."""
    before = set(groups_of(db, user_id))
    if change.only is not None:
        after = set(change.only)
    else:
        after = (before | {*change.add}) - {*change.remove}
    for name in {*change.add, *change.remove, *after}:
        find_group(db, name)
    added, removed = tuple(sorted(after - before)), tuple(sorted(before - after))
    for query, names in (("join", added), ("leave", removed)):
        db.executemany(QUERIES[query], [{"user_id": user_id, "group": name} for name in names])
    return added, removed


def _tell_regrouped(
    db: sqlite3.Connection,
    change: Change,
    user_id: str,
    added: Sequence[str],
    removed: Sequence[str],
) -> None:
    if added or removed:
        people.tell(
            db,
            kinds.USER_GROUP_CHANGED,
            user_id,
            _context(change),
            added=list(added),
            removed=list(removed),
        )


def _in_words(added: Sequence[str], removed: Sequence[str]) -> str:
    words = ""
    if added:
        words += f"; into {', '.join(added)}"
    if removed:
        words += f"; out of {', '.join(removed)}"
    return words
