"""Sessions: opened by who signs in, ended by people and by time.

Of each secret only the digest is kept.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from meshvisor.features.operators import events as kinds
from meshvisor.features.operators.supervisor.passkeys import PasskeyUse, use_passkey
from meshvisor.features.operators.supervisor.records import (
    QUERIES,
    Records,
    end_sessions,
    iso,
    role_of,
)
from meshvisor.features.operators.wordings import NO_SESSION
from meshvisor.shared.errors import UnknownError
from meshvisor.shared.late import late
from meshvisor.supervisor.audit.log import Actor

if TYPE_CHECKING:
    from meshvisor.features.operators import results
else:
    results = late("meshvisor.features.operators.results")


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that an operator opens."""

    operator: str
    digest: str
    """Of its secret."""
    idle: float
    """Seconds without a request after which it ends."""
    longest: float
    """Seconds after which it ends in any case."""
    address: str
    """From where."""
    agent: str
    """What the browser calls itself."""
    passkey: PasskeyUse | None = None
    """By what they sign in; None: by password or link."""


class Sessions:
    """Who is signed in, and who could not."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def open_session(self, opening: NewSession, actor: Actor) -> results.SessionOpened:
        """Keep the session of an operator who has signed in.

        Raises:
            UnknownError: there is no such operator, or the passkey is not valid any more.
        """
        now = self._records.now()
        expires_at = now + round(opening.longest * 1000)
        values = {
            "digest": opening.digest,
            "operator": opening.operator,
            "now": now,
            "expires_at": expires_at,
            "idle": round(opening.idle * 1000),
            "address": opening.address,
            "agent": opening.agent,
        }

        def work(db: sqlite3.Connection) -> results.SessionOpened:
            role_of(db, opening.operator)
            if opening.passkey is not None:
                use_passkey(db, opening.operator, opening.passkey, now)
            db.execute(QUERIES["remove_old_sessions"], {"now": now})
            (number,) = db.execute(QUERIES["add_session"], values).fetchone()
            return results.SessionOpened(id=number, expires_at=iso(expires_at))

        way = "" if opening.passkey is None else "by passkey"
        place = f"from {opening.address}" if opening.address else ""
        detail = " ".join(filter(None, (way, place)))
        return await self._records.change(
            work, actor, "operators.sign_in", opening.operator, kinds.SIGNED_IN, detail
        )

    async def see_session(self, session: int) -> None:
        """Note that a session is in use; one that has ended stays so."""
        values = {"id": session, "now": self._records.now()}
        await self._records.note("see_session", values)

    async def list_sessions(self, operator: str | None) -> results.SessionList:
        """Return open sessions, the newest first."""
        rows = await self._records.rows(
            "sessions", {"operator": operator, "now": self._records.now()}
        )
        return results.SessionList(sessions=tuple(map(_session, rows)))

    async def end_sessions(
        self, operator: str, session: int | None, actor: Actor
    ) -> results.SessionsEnded:
        """End one session of an operator, or all.

        Raises:
            UnknownError: there is no such operator or session.
        """

        def work(db: sqlite3.Connection) -> results.SessionsEnded:
            role_of(db, operator)
            ended = end_sessions(db, operator, session)
            if session is not None and not ended:
                raise UnknownError(NO_SESSION.said(name=operator, session=session))
            return results.SessionsEnded(ended=ended)

        which = "all sessions" if session is None else f"session {session}"
        return await self._records.change(
            work, actor, "operators.sign_out", operator, kinds.SIGNED_OUT, which
        )

    async def note_refusal(self, name: str, address: str, tries: int, actor: Actor) -> None:
        """Note a refused attempt to sign in."""
        detail = f"{tries} tries from {address}" if tries > 1 else f"from {address}"
        await self._records.change(
            lambda _db: None, actor, "operators.refused", name, kinds.REFUSED, detail
        )


# Private


def _session(row: Any) -> results.Session:
    number, operator, created_at, seen_at, expires_at, address, agent = row
    return results.Session(
        id=number,
        operator=operator,
        created_at=iso(created_at),
        seen_at=iso(seen_at),
        expires_at=iso(expires_at),
        address=address,
        agent=agent,
    )
