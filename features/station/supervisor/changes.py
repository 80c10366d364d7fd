"""One transaction for a change: the rows, the audit entry and the events of it.

Owns that all of them are there or none.  Called by the services of the station.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from meshvisor.shared.clock import Clock
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import Actor, AuditLog, Done

T = TypeVar("T")


class Change:
    """A transaction under way that changes something.

    Attributes:
        now: epoch milliseconds.
        actor: who.
    """

    def __init__(
        self, db: sqlite3.Connection, audit: AuditLog | None, actor: Actor, now: int
    ) -> None:
        self._db = db
        self._audit = audit
        """None: it has no actor, it happened by itself."""
        self.actor = actor
        self.now = now
        self.done: list[Done] = []

    def tell(
        self,
        kind: EventKind,
        subject: str,
        data: Mapping[str, Any],
        mesh_id: str | None = None,
    ) -> None:
        """Append an event of it."""
        event = NewEvent(self.now, kind.name, subject, mesh_id, self.actor.id, data)
        log.append(self._db, [event.under(self.actor.cause)])

    def note(self, action: str, subject: str, detail: str = "") -> None:
        """Keep an audit entry of it."""
        if self._audit is not None:
            self._keep(self._audit.done_with(self.actor, action, subject, None, detail))

    def note_and_tell(self, action: str, subject: str, kind: EventKind, detail: str) -> None:
        """Keep an audit entry, and append an event that says the same."""
        assert self._audit is not None
        self._keep(self._audit.done(self.actor, action, subject, kind, detail))

    def _keep(self, done: Done) -> None:
        done.write(self._db)
        self.done.append(done)


class Changes:
    """Reads and changes one database.

    Args:
        store: of the home.
        audit: of what people change.
        clock: for moments.
    """

    def __init__(self, store: Store, audit: AuditLog, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def now(self) -> int:
        """Return the moment in epoch milliseconds."""
        return round(self._clock.wall() * 1000)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `work` reads."""
        return await self._store.read(work)

    async def make(self, actor: Actor, work: Callable[[sqlite3.Connection, Change], T]) -> T:
        """Have `work` change something, in one transaction; return its value.

        Raises:
            MeshvisorError: it cannot be; nothing of it was done.
        """

        def write(db: sqlite3.Connection) -> tuple[T, list[Done]]:
            change = Change(db, self._audit, actor, self.now())
            return work(db, change), change.done

        value, entries = await self._store.write(write)
        for done in entries:
            await self._audit.keep(done, is_written=True)
        return value

    async def write(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """Have `work` change something that needs no audit entry."""
        return await self._store.write(work, durable=durable)
