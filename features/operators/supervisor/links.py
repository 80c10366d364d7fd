"""Links that let a person in once: a new operator, or one who needs a new password.

Of each only the digest is kept.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from meshvisor.features.operators import events as kinds
from meshvisor.features.operators.secrets import digest, new_secret
from meshvisor.features.operators.supervisor.passkeys import remove_passkeys
from meshvisor.features.operators.supervisor.records import (
    QUERIES,
    Records,
    end_sessions,
    iso,
    role_of,
)
from meshvisor.features.operators.wordings import CHOOSE_NAME, IS_OPERATOR, NAME_TAKEN, NO_LINK
from meshvisor.shared.errors import ConflictError, UnknownError, UsageError
from meshvisor.shared.late import late
from meshvisor.shared.scopes import OWNER
from meshvisor.supervisor.audit.log import Actor

if TYPE_CHECKING:
    from meshvisor.features.operators import results
else:
    results = late("meshvisor.features.operators.results")

FIRST_LINK: Final = 86400.0
"""Seconds that the link of the first operator can be used; each start makes a new one."""

SUPERVISOR: Final = Actor("supervisor", "supervisor")
"""Who makes that link."""


class Links:
    """Links that can be used once: they make an operator, or give one a new password."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def first_link(self) -> str | None:
        """Return the secret of a link that makes the first operator; None: there are operators."""
        ((count,),) = await self._records.rows("count", ())
        if count:
            return None
        secret = new_secret()
        await self.make_link(digest(secret), None, OWNER, FIRST_LINK, SUPERVISOR)
        return secret

    async def make_link(
        self, link: str, operator: str | None, role: str | None, lasts: float, actor: Actor
    ) -> results.LinkMade:
        """Keep a link.

        Args:
            link: digest of its secret.
            operator: who gets a new password, or what a new one is called; None: they choose.
            role: of a new operator; None: there is one.
            lasts: seconds that it can be used.
            actor: who makes it.

        Raises:
            UsageError: there is no such operator, or one already.
        """
        if operator is None and role is None:
            raise UsageError("say for which operator the link is, or which role a new one gets")
        now = self._records.now()
        expires_at = now + round(lasts * 1000)

        def work(db: sqlite3.Connection) -> results.LinkMade:
            _check_link_is_for(db, operator, role)
            db.execute(QUERIES["remove_old_links"], (now,))
            if actor == SUPERVISOR:
                db.execute(QUERIES["remove_first_links"], (actor.id,))
            values = {
                "digest": link,
                "operator": operator,
                "role": role,
                "now": now,
                "by": actor.id,
                "expires_at": expires_at,
            }
            db.execute(QUERIES["add_link"], values)
            return results.LinkMade(operator=operator, role=role, expires_at=iso(expires_at))

        subject = operator or role or ""
        detail = "a new password" if role is None else f"a new {role}"
        return await self._records.change(
            work, actor, "operators.link", subject, kinds.INVITED, detail
        )

    async def use_link(
        self, link: str, wanted: str | None, password_hash: str, actor: Actor
    ) -> results.LinkUsed:
        """Make the operator that a link is for, or change their password.

        Raises:
            UnknownError: there is no such link: it was used, or its time is over.
            ConflictError: there is an operator of the name already.
        """
        operator, role = await self._records.read(lambda db: self._link(db, link))
        name = operator or wanted
        if name is None:
            raise UsageError(CHOOSE_NAME.said())

        def work(db: sqlite3.Connection) -> results.LinkUsed:
            self._link(db, link)
            db.execute(QUERIES["remove_link"], (link,))
            if role is None:
                role_of(db, name)
                values = {"name": name, "password_hash": password_hash, "now": self._records.now()}
                db.execute(QUERIES["set_password"], values)
                end_sessions(db, name)
                # An operator who has lost the password may have lost those, too.
                remove_passkeys(db, name)
                return results.LinkUsed(name=name, role=role_of(db, name))
            self._add(db, name, role, password_hash, actor)
            return results.LinkUsed(name=name, role=role)

        kind, detail = (kinds.CHANGED, "another password") if role is None else (kinds.ADDED, role)
        return await self._records.change(work, actor, "operators.use_link", name, kind, detail)

    # Private

    def _link(self, db: sqlite3.Connection, link: str) -> tuple[str | None, str | None]:
        row = db.execute(QUERIES["link"], {"digest": link, "now": self._records.now()}).fetchone()
        if row is None:
            raise UnknownError(NO_LINK.said())
        operator, role = row
        return operator, role

    def _add(
        self, db: sqlite3.Connection, name: str, role: str, password_hash: str, actor: Actor
    ) -> None:
        if db.execute(QUERIES["operator"], (name,)).fetchone():
            raise ConflictError(NAME_TAKEN.said(name=name))
        values = {"name": name, "role": role, "password_hash": password_hash}
        db.execute(QUERIES["add"], {**values, "now": self._records.now(), "by": actor.id})


# Private


def _check_link_is_for(db: sqlite3.Connection, operator: str | None, role: str | None) -> None:
    if operator is None:
        return
    if role is None:
        role_of(db, operator)
    elif db.execute(QUERIES["operator"], (operator,)).fetchone():
        raise ConflictError(IS_OPERATOR.said(name=operator))
