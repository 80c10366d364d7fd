"""A home with a directory in SQLite, opened as the supervisor opens it, and what others do to it.

Owns the home's files, the clock, and changes to the database by hand: what a user does with the
program `sqlite3`.  Everything else is the real thing.

    place = DirectoryHome(home)
    place.write_file(peerId="12345_phone")
    opened = await place.open()
    await place.close()
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import SecretStr

from meshvisor.features.access.settings import AccountSettings, DatabaseSettings
from meshvisor.features.access.supervisor.accounts import Network
from meshvisor.features.access.supervisor.administration.opening import (
    OpenDirectory,
    directory_on,
)
from meshvisor.features.access.supervisor.directory.directory import Change, Directory
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.playground.watch import Watch
from meshvisor.shared.clock import Clock
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings, default_settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import Actor, AuditLog
from tests.clock import ManualClock

TOKEN: Final = "s3cret-auth-token"
SESSION: Final = "s3cret-parse-token"
DEVICE_SECRET: Final = "s3cret-ssaid"

NOON: Final = datetime(2026, 3, 1, 11, 0, 0, 123_000, tzinfo=UTC)
"""An hour before the clock of a place begins."""

OPERATOR: Final = Actor("ann", "command line")

TABLES: Final = ("admin_users", "audit_log", "command_permissions", "credentials")


def account(auth_token: str = TOKEN, updated_at: datetime = NOON, **fields: Any) -> Account:
    """Return an account with every field filled."""
    values: dict[str, Any] = {
        "peer_id": "12345_phone",
        "email": "bot@example.com",
        "device_id": "phone",
        "ssaid": DEVICE_SECRET,
        "parse_id": "id123",
        "parse_token": SecretStr(SESSION),
        "user_id": "12345",
    }
    return Account(updated_at=updated_at, auth_token=SecretStr(auth_token), **{**values, **fields})


@dataclass
class SmallFleet:
    """Workers without processes: what they can do, and the messages to them.

    Implements `features.access.supervisor.administration.administration.Fleet`.
    """

    known: dict[str, bool] = field(
        default_factory=lambda: {"Greet": False, "ping": False, "purge": True, "setperm": True}
    )
    busy: bool = False
    """They are joining their rooms again."""
    rounds: list[str | None] = field(default_factory=list)
    """The last mesh of each round."""
    networks: dict[str, Network] = field(default_factory=lambda: {"lobby": Network()})
    """Where each mesh is."""

    def commands(self) -> Mapping[str, bool]:
        """Return what they can do."""
        return self.known

    def network_of(self, mesh_id: str) -> Network | None:
        """Return what a test says."""
        return self.networks.get(mesh_id)

    @property
    def reconnecting(self) -> bool:
        """Return what a test says."""
        return self.busy

    def reconnect_all(self, last: str | None) -> int | None:
        """Remember it."""
        if self.busy:
            return None
        self.rounds.append(last)
        return 3


def open_directory(home: Home, settings: Settings, clock: Clock) -> OpenDirectory:
    """Return the directory of a home on a store of its own."""
    store = Store.open(home.database)
    try:
        return directory_on(store, AuditLog(store, clock), home, settings, clock)
    except BaseException:
        store.close()
        raise


async def close_directory(opened: OpenDirectory) -> None:
    """Close it and its store."""
    await opened.directory.close()
    await asyncio.to_thread(opened.store.close)


class DirectoryHome:
    """One home; several of its directories may be open, as those of several supervisors."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.clock = ManualClock()
        self.accounts: dict[str, AccountSettings] = {}
        """Of the settings."""
        self._opened: list[OpenDirectory] = []
        for folder in (home.config, home.var):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def open(self) -> OpenDirectory:
        """Open and start the directory."""
        settings = default_settings().replaced(DatabaseSettings(poll_interval=0.05))
        settings = settings.model_copy(update={"accounts": self.accounts})
        opened = open_directory(self.home, settings, self.clock)
        self._opened.append(opened)
        await opened.directory.start()
        return opened

    async def close(self) -> None:
        """Close everything."""
        for opened in self._opened:
            await close_directory(opened)

    # ---- The file ----------------------------------------------------------------------------

    def write_file(self, *, mode: int = 0o600, **fields: Any) -> None:
        """Write `config/credentials.json` as an editor does; the moment is `NOON` unless given."""
        self.write_text(json.dumps({"updatedAt": NOON.isoformat(), **fields}), mode=mode)

    def write_text(self, text: str, *, mode: int = 0o600) -> None:
        """Write anything into it."""
        path = self.home.credentials_file
        other = path.with_name("edited")
        other.touch()
        other.chmod(mode)
        other.write_text(text)
        os.replace(other, path)

    def file(self) -> dict[str, Any]:
        """Return what it holds."""
        fields: dict[str, Any] = json.loads(self.home.credentials_file.read_text())
        return fields

    # ---- The database ------------------------------------------------------------------------

    def by_hand(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Execute a statement in a connection of its own."""
        with contextlib.closing(sqlite3.connect(self.home.database)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    def plan(self, query: str, **values: Any) -> list[str]:
        """Return how the database would find what a query asks for."""
        with contextlib.closing(sqlite3.connect(self.home.database)) as connection:
            rows = connection.execute(f"EXPLAIN QUERY PLAN {query}", values)
            return [detail for *_, detail in rows]

    @contextmanager
    def refusing(self, *tables: str) -> Iterator[None]:
        """Let the database take nothing into these tables."""
        kinds = ("INSERT", "UPDATE", "DELETE")
        for table in tables:
            for kind in kinds:
                self.by_hand(
                    f"CREATE TRIGGER no_{kind}_{table} BEFORE {kind} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'there is no room'); END"
                )
        yield
        for table in tables:
            for kind in kinds:
                self.by_hand(f"DROP TRIGGER no_{kind}_{table}")

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        """Let the database hold something that cannot be read."""
        self.by_hand("INSERT INTO admin_users VALUES ('x', CAST(x'ff' AS TEXT), NULL, 0, 1)")
        self.by_hand("UPDATE admin_users SET addedBy = userId WHERE _id = 'x'")
        yield
        self.by_hand("DELETE FROM admin_users WHERE _id = 'x'")


@asynccontextmanager
async def followed(directory: Directory) -> AsyncIterator[Watch]:
    """Follow what others change, as the supervisor does; conditions are looked at after each."""
    watch = Watch()

    def changed(_change: Change) -> None:
        watch.changed()

    directory.listen(changed)
    keeping = asyncio.create_task(directory.keep(), name="directory")
    try:
        yield watch
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])
        if not keeping.cancelled():
            keeping.result()
