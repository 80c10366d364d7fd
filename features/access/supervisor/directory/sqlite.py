"""The directory in SQLite: `var/meshvisor.db`, where there is no server.

Owns rows to values and back.  Does not own the database (`shared.store`).
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal, TypeVar

from pydantic import SecretStr

from meshvisor.features.access.supervisor.directory.backend import Along, DirectoryRefusedError
from meshvisor.features.access.supervisor.directory.model import (
    Account,
    Admin,
    Flaw,
    Permission,
    Snapshot,
    from_epoch,
)
from meshvisor.shared.beat import next_beat
from meshvisor.shared.model.realm import named_within
from meshvisor.shared.store.queries import load_queries
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.room_words import public

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

NO_PEER_ID: Final = Flaw("credentials", "bot_credentials", "peerId is empty; it must be a peer id")

T = TypeVar("T")

EPOCH: Final = from_epoch(0)

LONGEST_LOOK: Final = 1.0
"""Seconds between two looks for changes of others at most: a look takes microseconds."""

END_OF_TIME: Final = 253_402_300_799_999
"""The last millisecond that a datetime can hold."""


class SqliteBackend:
    """Implements `features.access.supervisor.directory.backend.Backend`.

    Args:
        store: the database; the caller closes it.
        poll_interval: seconds between two looks for changes of others; `LONGEST_LOOK` if longer.
    """

    kind: Final[Literal["sqlite", "mongodb"]] = "sqlite"
    takes_along: Final = True

    def __init__(self, store: Store, poll_interval: float) -> None:
        self._store = store
        self._poll_interval = min(poll_interval, LONGEST_LOOK)

    @property
    def place(self) -> str:
        """The file."""
        return str(self._store.path)

    async def load(self) -> Snapshot:
        """Return everything; the types of the tables keep most wrong shapes out."""
        return await self._read(_load)

    async def wait_for_change(self, seen: Snapshot) -> None:
        """Return when another version than the one of `seen` is there."""
        # Other processes change it, and only the file itself shows it.
        looked_at: int | None = None
        while True:
            # Asked first: a commit between the two is seen at the next look.  In a thread, since
            # it may have to open the file, and a disk may stand still.
            commits = await asyncio.to_thread(self._store.data_version)
            if commits != looked_at:
                if await self._read(_version) != seen.version:
                    return
                looked_at = commits
            await next_beat(self._poll_interval)

    async def put_account(self, account: Account, along: Along | None = None) -> None:
        """Keep the account instead of an older one."""
        await self._write(
            along,
            put_account={
                "email": account.email,
                "device_id": account.device_id,
                "ssaid": account.ssaid,
                "parse_id": account.parse_id,
                "parse_token": account.parse_token.get_secret_value(),
                "auth_token": account.auth_token.get_secret_value(),
                "user_id": account.user_id,
                "peer_id": account.peer_id,
                "updated_at": _to_ms(account.updated_at),
            },
        )

    async def put_admin(self, admin: Admin, along: Along | None = None) -> None:
        """Add or change an admin."""
        await self._write(
            along,
            put_admin={
                "id": admin.id,
                "added_by": admin.added_by,
                "added_at": _known_to_ms(admin.added_at),
                "is_active": int(admin.is_active),
            },
        )

    async def put_permission(
        self,
        permission: Permission,
        others: Collection[str] = (),
        along: Along | None = None,
    ) -> None:
        """Set what is decided about a command, and forget it under other spellings of its name."""
        await self._write(
            along,
            put_permission={
                "id": permission.id,
                "requires_admin": int(permission.requires_admin),
                "description": permission.description,
                "updated_at": _known_to_ms(permission.updated_at),
                "updated_by": permission.updated_by,
            },
            delete_permissions={"commands": json.dumps(list(others))},
        )

    async def delete_permission(
        self, command: str, others: Collection[str] = (), along: Along | None = None
    ) -> None:
        """Forget what is decided about a command under all of these names."""
        names = json.dumps([command, *others])
        await self._write(along, delete_permissions={"commands": names})

    async def close(self) -> None:
        """Nothing: the store belongs to the caller."""

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._store.read(work)
        except sqlite3.Error as error:
            # Other programs write here, too: what they leave must not end the fleet.  Not the
            # module's own words: of text that it cannot decode, it quotes all there is.
            code = getattr(error, "sqlite_errorcode", None)
            why = "text that is no UTF-8" if code is None else f"tables that do not fit: {error}"
            raise self._refused(f"holds {why}; correct it, or restore a backup") from None

    async def _write(
        self, along: Along | None, /, **statements: Mapping[str, str | int | None]
    ) -> None:
        """Execute statements, each by its name with its values, and what goes along with them."""

        def change(connection: sqlite3.Connection) -> None:
            for name, values in statements.items():
                connection.execute(QUERIES[name], values)
            if along is not None:
                along(connection)

        try:
            await self._store.write(change)
        except sqlite3.Error as error:
            # A table that another program has changed or dropped, a trigger of theirs that refuses.
            raise self._refused(f"does not take it ({error}); repair its tables") from None

    def _refused(self, text: str) -> DirectoryRefusedError:
        return DirectoryRefusedError(
            f"{self.place} {text}", in_room=public(f"the directory {text}")
        )


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute(QUERIES["version"]).fetchone()
    return int(version)


def _load(connection: sqlite3.Connection) -> Snapshot:
    row = connection.execute(QUERIES["account"]).fetchone()
    account = _account(*row) if row else None
    is_empty = account is not None and not account.peer_id
    return Snapshot(
        account=None if is_empty else account,
        flaws=(NO_PEER_ID,) if is_empty else (),
        admins=tuple(
            Admin(
                _named(realm, written), _known_from_ms(added_at), added_by, bool(is_active), realm
            )
            for written, realm, added_by, added_at, is_active in connection.execute(
                QUERIES["admins"]
            )
        ),
        permissions=tuple(
            Permission(
                _named(realm, written),
                bool(needs),
                _known_from_ms(updated_at),
                updated_by,
                description,
                realm=realm,
            )
            for written, realm, needs, description, updated_at, updated_by in connection.execute(
                QUERIES["permissions"]
            )
        ),
        version=_version(connection),
    )


def _named(realm: str, written: str) -> str:
    # The table derives the realm from what is written.
    return named_within(realm, written) or ""


def _account(*columns: str | int | None) -> Account:
    *texts, updated_at = columns
    email, device_id, ssaid, parse_id, parse_token, auth_token, user_id, peer_id = (
        str(text or "") for text in texts
    )
    return Account(
        peer_id=peer_id,
        updated_at=_from_ms(int(updated_at or 0)),
        email=email,
        device_id=device_id,
        ssaid=ssaid,
        parse_id=parse_id,
        parse_token=SecretStr(parse_token),
        auth_token=SecretStr(auth_token),
        user_id=user_id,
    )


def _to_ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def _known_to_ms(moment: datetime | None) -> int:
    # The tables want a number; no user was made an admin when time began.
    return 0 if moment is None else _to_ms(moment)


def _known_from_ms(milliseconds: int) -> datetime | None:
    return _from_ms(milliseconds) if milliseconds > 0 else None


def _from_ms(milliseconds: int) -> datetime:
    # A person who writes into the tables by hand may write any number.  Not by way of a float,
    # which loses milliseconds of far years: two copies of one account would never look alike.
    return EPOCH + timedelta(milliseconds=min(max(milliseconds, 0), END_OF_TIME))
