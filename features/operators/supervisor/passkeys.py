"""Passkeys of operators (WebAuthn): what signs them in beside their password.

Owns which there are and how often each was used.  Of each only the public key is kept; what a
browser has signed is verified by the console, which asks for changes here.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from meshvisor.features.operators import events as kinds
from meshvisor.features.operators.supervisor.records import QUERIES, Records, iso, role_of
from meshvisor.features.operators.wordings import (
    KNOWN_PASSKEY,
    MOST_PASSKEYS,
    NO_PASSKEY,
    OLD_PASSKEY,
)
from meshvisor.shared.errors import ConflictError, UnknownError, UsageError
from meshvisor.shared.late import late
from meshvisor.supervisor.audit.log import Actor

if TYPE_CHECKING:
    from meshvisor.features.operators import results
else:
    results = late("meshvisor.features.operators.results")

MOST: Final = 20
"""Passkeys of one operator."""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that was verified."""

    operator: str
    name: str
    """What they call it."""
    host: str
    """The name of the console for which it is good."""
    credential: str
    """Its id, base64url."""
    public_key: str
    """COSE, base64url."""
    uses: int
    """How often it says that it was used; many always say 0."""


@dataclass(frozen=True, slots=True)
class PasskeyUse:
    """A passkey by which an operator signs in."""

    id: int
    uses: int
    """As in `NewPasskey`, this time included."""


class Passkeys:
    """Passkeys, with a running supervisor or without."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def list_passkeys(self, operator: str | None) -> results.PasskeyList:
        """Return them by operator, the oldest first."""
        rows = await self._records.rows("passkeys", {"operator": operator})
        return results.PasskeyList(passkeys=tuple(map(_passkey, rows)))

    async def add(self, new: NewPasskey, actor: Actor) -> results.Passkey:
        """Keep a new one.

        Raises:
            UnknownError: there is no such operator.
            ConflictError: it is known already.
            UsageError: they have too many.
        """
        values = {
            "operator": new.operator,
            "name": new.name,
            "host": new.host,
            "credential": new.credential,
            "public_key": new.public_key,
            "uses": new.uses,
            "now": self._records.now(),
        }

        def work(db: sqlite3.Connection) -> results.Passkey:
            role_of(db, new.operator)
            rows = db.execute(QUERIES["passkeys"], {"operator": new.operator}).fetchall()
            if len(rows) >= MOST:
                raise UsageError(MOST_PASSKEYS.said(name=new.operator, most=MOST))
            try:
                return _passkey(db.execute(QUERIES["add_passkey"], values).fetchone())
            except sqlite3.IntegrityError:
                raise ConflictError(KNOWN_PASSKEY.said()) from None

        detail = f"{new.name}, for {new.host}"
        return await self._records.change(
            work, actor, "operators.passkey_add", new.operator, kinds.PASSKEY_ADDED, detail
        )

    async def remove(
        self, operator: str, passkey: int | None, actor: Actor
    ) -> results.PasskeysRemoved:
        """Remove one passkey of an operator, or all.

        Raises:
            UnknownError: there is no such operator or passkey.
        """

        def work(db: sqlite3.Connection) -> results.PasskeysRemoved:
            role_of(db, operator)
            removed = remove_passkeys(db, operator, passkey)
            if passkey is not None and not removed:
                raise UnknownError(NO_PASSKEY.said(name=operator, passkey=passkey))
            return results.PasskeysRemoved(removed=removed)

        which = "all passkeys" if passkey is None else f"passkey {passkey}"
        return await self._records.change(
            work, actor, "operators.passkey_remove", operator, kinds.PASSKEY_REMOVED, which
        )


def remove_passkeys(db: sqlite3.Connection, operator: str, passkey: int | None = None) -> int:
    """Remove one passkey of an operator, or all; return how many."""
    values = {"operator": operator, "passkey": passkey}
    return db.execute(QUERIES["remove_passkeys"], values).rowcount


def use_passkey(db: sqlite3.Connection, operator: str, use: PasskeyUse, now: int) -> None:
    """Note that an operator signs in by a passkey.

    Raises:
        UnknownError: it was removed meanwhile, or a copy of it was used since.
    """
    values = {"operator": operator, "id": use.id, "uses": use.uses, "now": now}
    if not db.execute(QUERIES["use_passkey"], values).rowcount:
        raise UnknownError(OLD_PASSKEY.said())


# Private


def _passkey(row: Any) -> results.Passkey:
    number, operator, name, host, created_at, used_at = row
    return results.Passkey(
        id=number,
        operator=operator,
        name=name,
        host=host,
        created_at=iso(created_at),
        used_at=None if used_at is None else iso(used_at),
    )
