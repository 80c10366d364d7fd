"""The service of operators: what the command line and the console may request.

Owns the rules (there is always an owner, a link is used once), the audit entries and the results.
Each change, its audit entry and its event are one transaction.  Does not own who may ask for what:
the console checks scopes before it asks.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from meshvisor.features.operators import events as kinds
from meshvisor.features.operators import results
from meshvisor.features.operators.secrets import digest, new_secret
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import ConflictError, UnknownError, UsageError
from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.scopes import OWNER
from meshvisor.shared.store.queries import load_queries
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import Actor, AuditLog

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

FIRST_LINK: Final = 86400.0
"""Seconds that the link of the first operator can be used; each start makes a new one."""

SUPERVISOR: Final = Actor("supervisor", "supervisor")
"""Who makes that link."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that somebody opens."""

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


class OperatorService:
    """Operators, with a running supervisor or without.

    Args:
        store: where they are kept.
        audit: is told who has done what.
        clock: says when.
    """

    def __init__(self, store: Store, audit: AuditLog, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    # ---- Operators -------------------------------------------------------------------------------

    async def list_operators(self) -> results.OperatorList:
        """Return everybody by name."""
        rows = await self._rows("operators", {"now": self._now()})
        return results.OperatorList(operators=tuple(map(_operator, rows)))

    async def change_role(self, name: str, role: str, actor: Actor) -> results.OperatorOutcome:
        """Give somebody another role.

        Raises:
            UnknownError: there is no such operator.
            UsageError: nobody would be an owner then.
        """

        def work(db: sqlite3.Connection) -> results.OperatorOutcome:
            before = _role(db, name)
            if before == OWNER and role != OWNER:
                _check_owner_is_left(db, name)
            db.execute(QUERIES["set_role"], {"name": name, "role": role})
            return results.OperatorOutcome(name=name, role=role)

        return await self._change(work, actor, "operators.role", name, kinds.CHANGED, role)

    async def change_password(
        self, name: str, password_hash: str, keep_session: int | None, actor: Actor
    ) -> results.OperatorOutcome:
        """Give somebody another password, and end their sessions but one.

        Raises:
            UnknownError: there is no such operator.
        """

        def work(db: sqlite3.Connection) -> results.OperatorOutcome:
            role = _role(db, name)
            values = {"name": name, "password_hash": password_hash, "now": self._now()}
            db.execute(QUERIES["set_password"], values)
            db.execute(QUERIES["remove_links_of"], (name,))
            ended = _end_sessions(db, name, keep=keep_session)
            return results.OperatorOutcome(name=name, role=role, ended_sessions=ended)

        return await self._change(
            work, actor, "operators.password", name, kinds.CHANGED, "another password"
        )

    async def remove(self, name: str, actor: Actor) -> results.OperatorOutcome:
        """Remove somebody, and end their sessions.

        Raises:
            UnknownError: there is no such operator.
            UsageError: nobody would be an owner then.
        """

        def work(db: sqlite3.Connection) -> results.OperatorOutcome:
            if _role(db, name) == OWNER:
                _check_owner_is_left(db, name)
            ended = _end_sessions(db, name)
            db.execute(QUERIES["remove_links_of"], (name,))
            db.execute(QUERIES["remove"], (name,))
            return results.OperatorOutcome(name=name, role=None, ended_sessions=ended)

        return await self._change(work, actor, "operators.remove", name, kinds.REMOVED)

    # ---- Links -----------------------------------------------------------------------------------

    async def first_link(self) -> str | None:
        """Return the secret of a link that makes the first operator; None: there are operators."""
        ((count,),) = await self._rows("count", ())
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
        now = self._now()
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
            return results.LinkMade(operator=operator, role=role, expires_at=_iso(expires_at))

        subject = operator or role or ""
        detail = "a new password" if role is None else f"a new {role}"
        return await self._change(work, actor, "operators.link", subject, kinds.INVITED, detail)

    async def use_link(
        self, link: str, wanted: str | None, password_hash: str, actor: Actor
    ) -> results.LinkUsed:
        """Make the operator that a link is for, or change their password.

        Raises:
            UnknownError: there is no such link: it was used, or its time is over.
            ConflictError: there is an operator of the name already.
        """
        operator, role = await self._store.read(lambda db: self._link(db, link))
        name = operator or wanted
        if name is None:
            raise UsageError("choose a name")

        def work(db: sqlite3.Connection) -> results.LinkUsed:
            self._link(db, link)
            db.execute(QUERIES["remove_link"], (link,))
            if role is None:
                _role(db, name)
                values = {"name": name, "password_hash": password_hash, "now": self._now()}
                db.execute(QUERIES["set_password"], values)
                _end_sessions(db, name)
                return results.LinkUsed(name=name, role=_role(db, name))
            self._add(db, name, role, password_hash, actor)
            return results.LinkUsed(name=name, role=role)

        kind, detail = (kinds.CHANGED, "another password") if role is None else (kinds.ADDED, role)
        return await self._change(work, actor, "operators.use_link", name, kind, detail)

    # ---- Sessions --------------------------------------------------------------------------------

    async def open_session(self, opening: NewSession, actor: Actor) -> results.SessionOpened:
        """Keep the session of somebody who has signed in.

        Raises:
            UnknownError: there is no such operator.
        """
        now = self._now()
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
            _role(db, opening.operator)
            db.execute(QUERIES["remove_old_sessions"], {"now": now})
            (number,) = db.execute(QUERIES["add_session"], values).fetchone()
            return results.SessionOpened(id=number, expires_at=_iso(expires_at))

        detail = f"from {opening.address}" if opening.address else ""
        return await self._change(
            work, actor, "operators.sign_in", opening.operator, kinds.SIGNED_IN, detail
        )

    async def see_session(self, session: int) -> None:
        """Note that a session is in use; one that has ended stays so."""
        values = {"id": session, "now": self._now()}
        await self._store.write(
            lambda db: db.execute(QUERIES["see_session"], values).rowcount, durable=False
        )

    async def list_sessions(self, operator: str | None) -> results.SessionList:
        """Return open sessions, the newest first."""
        rows = await self._rows("sessions", {"operator": operator, "now": self._now()})
        return results.SessionList(sessions=tuple(map(_session, rows)))

    async def end_sessions(
        self, operator: str, session: int | None, actor: Actor
    ) -> results.SessionsEnded:
        """End one session of an operator, or all.

        Raises:
            UnknownError: there is no such operator or session.
        """

        def work(db: sqlite3.Connection) -> results.SessionsEnded:
            _role(db, operator)
            ended = _end_sessions(db, operator, session)
            if session is not None and not ended:
                raise UnknownError(f"{operator} has no session {session}; it has ended already")
            return results.SessionsEnded(ended=ended)

        which = "all sessions" if session is None else f"session {session}"
        return await self._change(
            work, actor, "operators.sign_out", operator, kinds.SIGNED_OUT, which
        )

    async def note_refusal(self, name: str, address: str, tries: int, actor: Actor) -> None:
        """Note that somebody could not sign in."""
        detail = f"{tries} tries from {address}" if tries > 1 else f"from {address}"
        await self._change(
            lambda _db: None, actor, "operators.refused", name, kinds.REFUSED, detail
        )

    # ---- Tokens ----------------------------------------------------------------------------------

    async def list_tokens(self) -> results.TokenList:
        """Return all tokens by name."""
        return results.TokenList(tokens=tuple(map(_token, await self._rows("tokens", ()))))

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
            "now": self._now(),
            "by": actor.id,
            "expires_at": None if expires_at is None else round(expires_at.timestamp() * 1000),
        }

        def work(db: sqlite3.Connection) -> results.Token:
            if db.execute(QUERIES["token"], (name,)).fetchone():
                raise ConflictError(
                    f"there is a token {name!r} already; revoke it first, or choose another name"
                )
            db.execute(QUERIES["add_token"], values)
            return _token(db.execute(QUERIES["token"], (name,)).fetchone())

        return await self._change(
            work, actor, "token.add", name, kinds.TOKEN_ADDED, ", ".join(scopes)
        )

    async def revoke_token(self, name: str, actor: Actor) -> results.TokenRevoked:
        """Let nobody in with a token any more.

        Raises:
            UnknownError: there is none of this name.
        """

        def work(db: sqlite3.Connection) -> results.TokenRevoked:
            if not db.execute(QUERIES["remove_token"], (name,)).rowcount:
                raise UnknownError(
                    f"there is no token {name!r}; 'meshvisor token list' shows those there are"
                )
            return results.TokenRevoked(name=name, revoked=True)

        return await self._change(work, actor, "token.revoke", name, kinds.TOKEN_REVOKED)

    # ---- Private ---------------------------------------------------------------------------------

    async def _change(
        self,
        work: Callable[[sqlite3.Connection], T],
        actor: Actor,
        action: str,
        subject: str,
        kind: EventKind,
        detail: str = "",
    ) -> T:
        done = self._audit.done(actor, action, subject, kind, detail)

        def change(db: sqlite3.Connection) -> T:
            value = work(db)
            done.write(db)
            return value

        value = await self._store.write(change)
        await self._audit.keep(done, is_written=True)
        return value

    async def _rows(self, query: str, values: Any) -> list[Any]:
        return await self._store.read(lambda db: db.execute(QUERIES[query], values).fetchall())

    def _link(self, db: sqlite3.Connection, link: str) -> tuple[str | None, str | None]:
        row = db.execute(QUERIES["link"], {"digest": link, "now": self._now()}).fetchone()
        if row is None:
            raise UnknownError(
                "this link was used, or its time is over; ask for a new one "
                "(meshvisor operators invite; the first is shown when the supervisor starts)"
            )
        operator, role = row
        return operator, role

    def _add(
        self, db: sqlite3.Connection, name: str, role: str, password_hash: str, actor: Actor
    ) -> None:
        if db.execute(QUERIES["operator"], (name,)).fetchone():
            raise ConflictError(f"there is an operator {name!r} already; choose another name")
        values = {"name": name, "role": role, "password_hash": password_hash}
        db.execute(QUERIES["add"], {**values, "now": self._now(), "by": actor.id})

    def _now(self) -> int:
        return round(self._clock.wall() * 1000)


# Private


def _role(db: sqlite3.Connection, name: str) -> str:
    row = db.execute(QUERIES["operator"], (name,)).fetchone()
    if row is None:
        raise UnknownError(
            f"there is no operator {name!r}; 'meshvisor operators list' shows those there are"
        )
    return str(row[0])


def _check_owner_is_left(db: sqlite3.Connection, name: str) -> None:
    (others,) = db.execute(QUERIES["other_owners"], (name,)).fetchone()
    if not others:
        raise UsageError(f"{name} is the only owner; make somebody else one first")


def _check_link_is_for(db: sqlite3.Connection, operator: str | None, role: str | None) -> None:
    if operator is None:
        return
    if role is None:
        _role(db, operator)
    elif db.execute(QUERIES["operator"], (operator,)).fetchone():
        raise ConflictError(
            f"there is an operator {operator!r} already; leave out the role for a new password"
        )


def _end_sessions(
    db: sqlite3.Connection, operator: str, session: int | None = None, keep: int | None = None
) -> int:
    values = {"operator": operator, "session": session, "keep": keep}
    return db.execute(QUERIES["end_sessions"], values).rowcount


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")


def _operator(row: Any) -> results.Operator:
    name, role, has_password, created_at, created_by, sessions, seen_at = row
    return results.Operator(
        name=name,
        role=role,
        has_password=bool(has_password),
        created_at=_iso(created_at),
        created_by=created_by,
        sessions=sessions,
        seen_at=None if seen_at is None else _iso(seen_at),
    )


def _session(row: Any) -> results.Session:
    number, operator, created_at, seen_at, expires_at, address, agent = row
    return results.Session(
        id=number,
        operator=operator,
        created_at=_iso(created_at),
        seen_at=_iso(seen_at),
        expires_at=_iso(expires_at),
        address=address,
        agent=agent,
    )


def _token(row: Any) -> results.Token:
    name, scopes, created_at, created_by, expires_at = row
    return results.Token(
        name=name,
        scopes=tuple(json.loads(scopes)),
        created_at=_iso(created_at),
        created_by=created_by,
        expires_at=None if expires_at is None else _iso(expires_at),
    )
