"""The way of the services of operators to the database and the audit log.

Owns that each change, its audit entry and its event are one transaction, the named statements, and
what several services ask of operators and sessions.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from meshvisor.features.operators.wordings import NO_OPERATOR
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import UnknownError
from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.store.queries import load_queries
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import Actor, AuditLog

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

T = TypeVar("T")


class Records:
    """Reads and changes, with a running supervisor or without.

    Args:
        store: where all is kept.
        audit: notes who has done what.
        clock: says when.
    """

    def __init__(self, store: Store, audit: AuditLog, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    async def change(
        self,
        work: Callable[[sqlite3.Connection], T],
        actor: Actor,
        action: str,
        subject: str,
        kind: EventKind,
        detail: str = "",
    ) -> T:
        """Change something, and keep in the same transaction who has done it.

        Args:
            work: the change.
            actor: who makes it.
            action: as the audit log has it.
            subject: what is changed.
            kind: of the event that tells of it.
            detail: in words.
        """
        done = self._audit.done(actor, action, subject, kind, detail)

        def write(db: sqlite3.Connection) -> T:
            value = work(db)
            done.write(db)
            return value

        value = await self._store.write(write)
        await self._audit.keep(done, is_written=True)
        return value

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Change what concerns only the operator who does it."""
        return await self._store.write(work)

    async def note(self, query: str, values: Any) -> None:
        """Note what is no change to an operator; what a power cut takes is noted again."""
        await self._store.write(
            lambda db: db.execute(QUERIES[query], values).rowcount, durable=False
        )

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Look something up."""
        return await self._store.read(work)

    async def rows(self, query: str, values: Any) -> list[Any]:
        """Return what a statement finds."""
        return await self.read(lambda db: db.execute(QUERIES[query], values).fetchall())

    def now(self) -> int:
        """Return epoch milliseconds."""
        return round(self._clock.wall() * 1000)


def role_of(db: sqlite3.Connection, name: str) -> str:
    """Return the role of an operator.

    Raises:
        UnknownError: there is none of this name.
    """
    row = db.execute(QUERIES["operator"], (name,)).fetchone()
    if row is None:
        raise UnknownError(NO_OPERATOR.said(name=name))
    return str(row[0])


def end_sessions(
    db: sqlite3.Connection, operator: str, session: int | None = None, keep: int | None = None
) -> int:
    """End one session of an operator, or all, or all but one; return how many."""
    values = {"operator": operator, "session": session, "keep": keep}
    return db.execute(QUERIES["end_sessions"], values).rowcount


def iso(at: int) -> str:
    """Return a moment with offset."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
