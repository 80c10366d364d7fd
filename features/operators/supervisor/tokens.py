"""Tokens of programs.

Of each only the digest is kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from meshvisor.features.operators import events as kinds
from meshvisor.features.operators.supervisor.records import QUERIES, Records, iso
from meshvisor.features.operators.wordings import NO_TOKEN, TOKEN_THERE
from meshvisor.shared.errors import ConflictError, UnknownError
from meshvisor.shared.late import late
from meshvisor.supervisor.audit.log import Actor

if TYPE_CHECKING:
    from meshvisor.features.operators import results
else:
    results = late("meshvisor.features.operators.results")


class Tokens:
    """What programs use the console with."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def list_tokens(self) -> results.TokenList:
        """Return all tokens by name."""
        return results.TokenList(tokens=tuple(map(_token, await self._records.rows("tokens", ()))))

    async def add_token(
        self,
        name: str,
        secret: str,
        scopes: Sequence[str],
        expires_at: datetime | None,
        actor: Actor,
    ) -> results.Token:
        """Keep a new token.

        Args:
            name: of it.
            secret: its digest.
            scopes: what it may do.
            expires_at: when it ends; None: never.
            actor: who makes it.

        Raises:
            ConflictError: there is one of this name already.
        """
        values = {
            "name": name,
            "digest": secret,
            "scopes": json.dumps(sorted(set(scopes))),
            "now": self._records.now(),
            "by": actor.id,
            "expires_at": None if expires_at is None else round(expires_at.timestamp() * 1000),
        }

        def work(db: sqlite3.Connection) -> results.Token:
            if db.execute(QUERIES["token"], (name,)).fetchone():
                raise ConflictError(TOKEN_THERE.said(name=name))
            db.execute(QUERIES["add_token"], values)
            return _token(db.execute(QUERIES["token"], (name,)).fetchone())

        return await self._records.change(
            work, actor, "token.add", name, kinds.TOKEN_ADDED, ", ".join(scopes)
        )

    async def revoke_token(self, name: str, actor: Actor) -> results.TokenRevoked:
        """Revoke a token.

        Raises:
            UnknownError: there is none of this name.
        """

        def work(db: sqlite3.Connection) -> results.TokenRevoked:
            if not db.execute(QUERIES["remove_token"], (name,)).rowcount:
                raise UnknownError(NO_TOKEN.said(name=name))
            return results.TokenRevoked(name=name, revoked=True)

        return await self._records.change(work, actor, "token.revoke", name, kinds.TOKEN_REVOKED)


# Private


def _token(row: Any) -> results.Token:
    name, scopes, created_at, created_by, expires_at = row
    return results.Token(
        name=name,
        scopes=tuple(json.loads(scopes)),
        created_at=iso(created_at),
        created_by=created_by,
        expires_at=None if expires_at is None else iso(expires_at),
    )
