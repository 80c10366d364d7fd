"""What the console reads of operators, on its own connection to the database."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from meshvisor.console.database import Database
from meshvisor.features.operators.secrets import digest
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class SessionRow:
    """An open session."""

    id: int
    operator: str
    role: str
    seen_at: int
    idle: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class LinkRow:
    """What a link is for."""

    operator: str | None
    """None: its user chooses a name."""
    role: str
    is_new: bool
    """Whether it makes an operator; else it gives one a new password."""


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A passkey that an operator signs in by."""

    id: int
    operator: str
    public_key: str
    uses: int


def now() -> int:
    """Return epoch milliseconds."""
    return round(time.time() * 1000)


async def session(database: Database, secret: str) -> SessionRow | None:
    """Return the open session of a secret."""
    row = await _first(database, "session", {"digest": digest(secret), "now": now()})
    return None if row is None else SessionRow(*row)


async def token(database: Database, secret: str) -> tuple[str, tuple[str, ...], int | None] | None:
    """Return name, scopes and end (epoch milliseconds) of the token of a secret."""
    row = await _first(database, "token", {"digest": digest(secret), "now": now()})
    return None if row is None else (row[0], tuple(json.loads(row[1])), row[2])


async def password_hash(database: Database, name: str) -> str | None:
    """Return what is kept of an operator's password; None: there is no operator, or no password."""
    row = await _first(database, "password", (name,))
    return None if row is None else row[0]


async def role(database: Database, name: str) -> str | None:
    """Return the role of an operator; None: there is none of the name."""
    row = await _first(database, "role", (name,))
    return None if row is None else row[0]


async def is_any(database: Database) -> bool:
    """Return whether there is an operator."""
    return bool((await _first(database, "any", ()))[0])


async def link(database: Database, secret: str) -> LinkRow | None:
    """Return what the link of a secret is for; None: it was used, or its time is over."""
    row = await _first(database, "link", {"digest": digest(secret), "now": now()})
    return None if row is None else LinkRow(row[0], row[1], bool(row[2]))


async def passkey(database: Database, credential: str, host: str) -> PasskeyRow | None:
    """Return the passkey of an id that is good for a name of the console."""
    row = await _first(database, "passkey", {"credential": credential, "host": host})
    return None if row is None else PasskeyRow(*row)


async def credentials(database: Database, operator: str, host: str) -> list[str]:
    """Return the ids of an operator's passkeys for a name of the console."""
    values = {"operator": operator, "host": host}
    return await database.read(
        lambda db: [one for (one,) in db.execute(QUERIES["credentials"], values)]
    )


async def has_passkeys(database: Database, host: str) -> bool:
    """Return whether an operator has a passkey for a name of the console."""
    return bool((await _first(database, "has_passkeys", (host,)))[0])


async def _first(database: Database, query: str, values: Any) -> Any:
    return await database.read(lambda db: db.execute(QUERIES[query], values).fetchone())
