"""The audit log in `var/meshvisor.db`, whatever database the directory is kept in.

Owns adding and listing entries.  Nothing is ever changed or removed.  Every entry is also a line
in the supervisor's own log, so that a full disk leaves a trace of what it could not take.
"""

from __future__ import annotations

import asyncio
import logging
import pwd
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.events import log as event_log
from meshvisor.shared.events.event import Cause, NewEvent
from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.store.late import Database
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

COMMAND_LINE: Final = "command line"

NOTED_WITHIN: Final = 2.0
"""Seconds that the answer to what was done waits for its entry, which is written when it can be."""

log = logging.getLogger(__name__)


class Actor(msgspec.Struct, frozen=True):
    """The user, account or program that makes a change."""

    name: str
    """For people: a user's id and name, or the account on this machine."""
    origin: str
    """A mesh id, `command line`, or `control socket` (`supervisor.control.peer`)."""
    user_id: str | None = None
    """The owner of what they make or add: a user in the mesh, or the user on whose behalf a program
    asks; None: an account of this machine."""
    cause: Cause | None = None
    """What it follows from that they act; the events of it are in that chain.  None: nothing."""

    def __str__(self) -> str:
        return f"{self.name} ({self.origin})"

    @property
    def id(self) -> str:
        """Who it is to programs, as in the event log."""
        return self.user_id or self.name


class Entry(msgspec.Struct, frozen=True):
    """One thing that an actor has done or tried to do."""

    at: int
    """Epoch milliseconds."""
    actor: str
    origin: str
    action: str
    """Such as `admin.add`."""
    subject: str
    """What was changed: a user id, a command."""
    outcome: str
    """`done`, or why not."""
    detail: str = ""
    """What it was before and is now, in words."""


class Done(msgspec.Struct, frozen=True):
    """Something that an actor has done: its audit entry and its event, which belong together."""

    actor: Actor
    entry: Entry
    event: NewEvent | None
    """None: the change is only in the audit log."""

    def write(self, db: sqlite3.Connection) -> None:
        """Write both, in the transaction of what was done; see `AuditLog.keep`."""
        _add(db, self.entry, self.event)


def local_actor(uid: int) -> Actor:
    """Return who uses the command line on this machine."""
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"uid {uid}"
    return Actor(name, COMMAND_LINE)


class AuditLog:
    """Entries of one home."""

    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def done(
        self, actor: Actor, action: str, subject: str, kind: EventKind, detail: str = ""
    ) -> Done:
        """Return what is to be written of something that is about to be done."""
        at = round(self._clock.wall() * 1000)
        data = {"origin": actor.origin, "detail": detail}
        event = NewEvent(at, kind.name, subject, actor=actor.id, data=data).under(actor.cause)
        return self.done_with(actor, action, subject, event, detail)

    def done_with(
        self, actor: Actor, action: str, subject: str, event: NewEvent | None, detail: str = ""
    ) -> Done:
        """Do the same with an event of another kind, or without any."""
        at = round(self._clock.wall() * 1000)
        entry = Entry(at, actor.name, actor.origin, action, subject, "done", detail)
        return Done(actor, entry, event)

    async def keep(self, done: Done, *, is_written: bool = False) -> None:
        """Keep that something was done, with its event in one transaction.

        Args:
            done: what; one that cannot be kept is reported, for it was done all the same.
            is_written: whether it is written already, in the transaction of what was done.
        """
        if is_written:
            _say(done.actor, done.entry)
        else:
            await self._add(done.actor, done.entry, done.event)

    async def add(
        self, actor: Actor, action: str, subject: str, *, outcome: str = "done", detail: str = ""
    ) -> None:
        """Keep an entry.  One that cannot be kept is reported; the action itself goes on."""
        at = round(self._clock.wall() * 1000)
        entry = Entry(at, actor.name, actor.origin, action, subject, outcome, detail)
        await self._add(actor, entry, None)

    async def note(self, actor: Actor, action: str, subject: str, detail: str = "") -> None:
        """Keep an entry of what was done already, and do not wait for a disk that stands still."""
        with suppress(TimeoutError):
            async with asyncio.timeout(NOTED_WITHIN):
                await self.add(actor, action, subject, detail=detail)

    async def _add(self, actor: Actor, entry: Entry, event: NewEvent | None) -> None:
        _say(actor, entry)
        try:
            await self._store.write(lambda database: _add(database, entry, event))
        except (MeshvisorError, sqlite3.Error) as error:
            log.error(
                "the entry before this one is missing in the audit log: %s",
                error,
                extra={"event": "audit.failed"},
            )

    async def newest(self, limit: int) -> list[Entry]:
        """Return up to `limit` entries, newest first."""
        return await self._store.read(lambda database: _newest(database, limit))


def _say(actor: Actor, entry: Entry) -> None:
    log.info(
        "%s: %s %s: %s%s",
        actor,
        entry.action,
        entry.subject,
        entry.outcome,
        f" ({entry.detail})" if entry.detail else "",
        extra={"event": "audit"},
    )


def _add(database: sqlite3.Connection, entry: Entry, event: NewEvent | None) -> None:
    database.execute(QUERIES["add"], msgspec.structs.asdict(entry))
    if event is not None:
        event_log.append(database, [event])


def _newest(database: sqlite3.Connection, limit: int) -> list[Entry]:
    return [Entry(*row) for row in database.execute(QUERIES["newest"], {"limit": limit})]
