"""Who uses the console, and with which role; there is always an owner.

Does not own who may ask for what: the console checks scopes before it asks.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from meshvisor.features.operators import events as kinds
from meshvisor.features.operators.supervisor.records import (
    QUERIES,
    Records,
    end_sessions,
    iso,
    role_of,
)
from meshvisor.features.operators.wordings import ONLY_OWNER
from meshvisor.shared.errors import UsageError
from meshvisor.shared.late import late
from meshvisor.shared.scopes import OWNER
from meshvisor.supervisor.audit.log import Actor

if TYPE_CHECKING:
    from meshvisor.features.operators import results
else:
    results = late("meshvisor.features.operators.results")


class Operators:
    """Operators, with a running supervisor or without."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def list_operators(self) -> results.OperatorList:
        """Return all operators by name."""
        rows = await self._records.rows("operators", {"now": self._records.now()})
        return results.OperatorList(operators=tuple(map(_operator, rows)))

    async def change_role(self, name: str, role: str, actor: Actor) -> results.OperatorOutcome:
        """Give an operator another role; links for a new password end.

        Raises:
            UnknownError: there is no such operator.
            UsageError: there would be no owner then.
        """

        def work(db: sqlite3.Connection) -> results.OperatorOutcome:
            before = role_of(db, name)
            if before == OWNER and role != OWNER:
                _check_owner_is_left(db, name)
            db.execute(QUERIES["set_role"], {"name": name, "role": role})
            # Who has made one may have been allowed to reset the old role only.
            db.execute(QUERIES["remove_links_of"], (name,))
            return results.OperatorOutcome(name=name, role=role)

        return await self._records.change(work, actor, "operators.role", name, kinds.CHANGED, role)

    async def change_password(
        self, name: str, password_hash: str, keep_session: int | None, actor: Actor
    ) -> results.OperatorOutcome:
        """Give an operator another password, and end their sessions but one.

        Raises:
            UnknownError: there is no such operator.
        """

        def work(db: sqlite3.Connection) -> results.OperatorOutcome:
            role = role_of(db, name)
            values = {"name": name, "password_hash": password_hash, "now": self._records.now()}
            db.execute(QUERIES["set_password"], values)
            db.execute(QUERIES["remove_links_of"], (name,))
            ended = end_sessions(db, name, keep=keep_session)
            return results.OperatorOutcome(name=name, role=role, ended_sessions=ended)

        return await self._records.change(
            work, actor, "operators.password", name, kinds.CHANGED, "another password"
        )

    async def remove(self, name: str, actor: Actor) -> results.OperatorOutcome:
        """Remove an operator, and end their sessions.

        Raises:
            UnknownError: there is no such operator.
            UsageError: there would be no owner then.
        """

        def work(db: sqlite3.Connection) -> results.OperatorOutcome:
            if role_of(db, name) == OWNER:
                _check_owner_is_left(db, name)
            ended = end_sessions(db, name)
            db.execute(QUERIES["remove_links_of"], (name,))
            db.execute(QUERIES["remove"], (name,))
            return results.OperatorOutcome(name=name, role=None, ended_sessions=ended)

        return await self._records.change(work, actor, "operators.remove", name, kinds.REMOVED)


# Private


def _check_owner_is_left(db: sqlite3.Connection, name: str) -> None:
    (others,) = db.execute(QUERIES["other_owners"], (name,)).fetchone()
    if not others:
        raise UsageError(ONLY_OWNER.said(name=name))


def _operator(row: Any) -> results.Operator:
    name, role, has_password, created_at, created_by, sessions, seen_at = row
    return results.Operator(
        name=name,
        role=role,
        has_password=bool(has_password),
        created_at=iso(created_at),
        created_by=created_by,
        sessions=sessions,
        seen_at=None if seen_at is None else iso(seen_at),
    )
