"""Groups of users.

Owns their rows.  Who is in them is changed at users (`users`), but for a group that is removed.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from meshvisor.features.station import events as kinds
from meshvisor.features.station.supervisor import people
from meshvisor.features.station.supervisor.changes import Change, Changes
from meshvisor.features.station.supervisor.prepared_zones import EventContext
from meshvisor.features.station.supervisor.revisions import check_revision
from meshvisor.features.station.supervisor.times import iso
from meshvisor.shared.errors import UnknownError, UsageError
from meshvisor.shared.late import late
from meshvisor.shared.store.queries import load_queries
from meshvisor.supervisor.audit.log import Actor

if TYPE_CHECKING:
    from meshvisor.features.station import results
else:
    results = late("meshvisor.features.station.results")

QUERIES: Final = load_queries(Path(__file__).with_name("groups.sql"))

MOST_REMOVED: Final = 5000
"""Users of a group that can be removed: each of them has an event in one transaction."""


class GroupService:
    """Groups of one station."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def list_groups(self, after: str, limit: int) -> results.GroupList:
        """Return groups by name, behind a name."""

        def work(db: sqlite3.Connection) -> results.GroupList:
            values = {"after": after, "limit": limit + 1}
            rows = db.execute(QUERIES["list"], values).fetchall()
            groups = tuple(_info(db, row) for row in rows[:limit])
            return results.GroupList(groups=groups, more=len(rows) > limit)

        return await self._changes.read(work)

    async def show(self, name: str) -> results.GroupInfo:
        """Return all about one.

        Raises:
            UnknownError: there is none of this name.
        """
        return await self._changes.read(lambda db: _info(db, find_group(db, name)))

    async def save(
        self, name: str, description: str, seen: int | None, actor: Actor
    ) -> results.GroupInfo:
        """Make a group, or change what it is for.

        Args:
            name: of the group.
            description: what it is for.
            seen: the revision that the caller has seen; 0: there is none; None: whatever it is now.
            actor: who wants it.

        Raises:
            ConflictError: it was changed meanwhile.
        """

        def work(db: sqlite3.Connection, change: Change) -> results.GroupInfo:
            row = db.execute(QUERIES["find"], (name,)).fetchone()
            revision = 0 if row is None else row[2]
            check_revision(f"the group {name!r}", seen, revision)
            if row is None or row[1] != description:
                values = {"name": name, "description": description, "revision": revision + 1}
                values |= {"now": change.now, "by": change.actor.id}
                db.execute(QUERIES["save"], values)
                detail = (
                    f"{'made' if row is None else 'changed'}: {description or 'no description'}"
                )
                change.note_and_tell("group.save", name, kinds.GROUP_CHANGED, detail)
            return _info(db, find_group(db, name))

        return await self._changes.make(actor, work)

    async def remove(self, name: str, seen: int | None, actor: Actor) -> results.GroupRemoved:
        """Remove a group; those who were in it are in other groups then, which is an event of each.

        Raises:
            UnknownError: there is none of this name.
            ConflictError: it was changed meanwhile.
            UsageError: too many are in it.
        """

        def work(db: sqlite3.Connection, change: Change) -> results.GroupRemoved:
            (_, _, revision, *_) = find_group(db, name)
            check_revision(f"the group {name!r}", seen, revision)
            members = [user for (user,) in db.execute(QUERIES["members"], (name,))]
            if len(members) > MOST_REMOVED:
                raise UsageError(
                    f"{len(members):,} users are in the group {name!r}, and at most "
                    f"{MOST_REMOVED:,} can be taken out at once; take others out first"
                )
            db.execute(QUERIES["remove"], (name,))
            context = EventContext(change.now, change.actor.id, change.actor.cause)
            for user_id in members:
                values = {"user_id": user_id, "group": name}
                db.execute(people.QUERIES["leave"], values)
                people.tell(
                    db, kinds.USER_GROUP_CHANGED, user_id, context, added=[], removed=[name]
                )
            detail = f"removed, with {len(members)} users in it"
            change.note_and_tell("group.remove", name, kinds.GROUP_CHANGED, detail)
            return results.GroupRemoved(name=name, members=len(members))

        return await self._changes.make(actor, work)


def find_group(db: sqlite3.Connection, name: str) -> tuple[Any, ...]:
    """Return the row of a group.

    Raises:
        UnknownError: there is none; the sentence names similar ones.
    """
    row: tuple[Any, ...] | None = db.execute(QUERIES["find"], (name,)).fetchone()
    if row is not None:
        return row
    from meshvisor.shared.near_names import LOOSE, NEAREST, did_you_mean, near_names

    known = [known for (known,) in db.execute(QUERIES["names"])]
    hint = did_you_mean(near_names(name, known, NEAREST, LOOSE))
    hint = hint or f"'meshvisor station groups add {name}' makes it"
    raise UnknownError(f"there is no group {name!r}; {hint}")


# Private


def _info(db: sqlite3.Connection, row: tuple[Any, ...]) -> results.GroupInfo:
    name, description, revision, updated_at, updated_by = row
    (members,) = db.execute(QUERIES["count_members"], (name,)).fetchone()
    return results.GroupInfo(
        name=name,
        description=description,
        members=members,
        revision=revision,
        updated_at=iso(updated_at),
        updated_by=updated_by,
    )
