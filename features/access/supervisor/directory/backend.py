"""Where the directory is kept: one Protocol, with an implementation for SQLite and for MongoDB.

Owns the interface and its errors; `tests/features/access/supervisor/directory/test_backends.py`
holds every implementation to the same behaviour.  Called by
`features.access.supervisor.directory.directory`.

Each method raises a `MeshvisorError` when the database cannot do what it is asked for, within a
deadline of its own, and nothing else: the caller goes on with what it knows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from typing import Literal, Protocol

from meshvisor.features.access.supervisor.directory.model import (
    Account,
    Admin,
    Permission,
    Snapshot,
)
from meshvisor.shared.errors import MissingError


class DirectoryUnreachableError(MissingError):
    """The database does not answer (in time); its operator mends that."""

    room_sentence = "the directory is away; try again later"


class DirectoryUncertainError(DirectoryUnreachableError):
    """It was lost in the moment of a change; whether that has arrived is unknown."""

    room_sentence = "the directory was lost in this moment; look again later"


class DirectoryRefusedError(MissingError):
    """The database answers and refuses: a wrong password, or a user who may not do this."""

    room_sentence = "the directory does not take it; the operator of the bot can see why"


Along = Callable[[sqlite3.Connection], None]
"""What is written into the home's database together with a change: its audit entry and its event.
What it raises undoes the change."""


class Backend(Protocol):
    """A database with the three collections of the directory.

    Every change of a document is one statement, so that two supervisors on one database cannot
    leave one half done: the later change wins.  Where `takes_along`, a call is one transaction.
    """

    @property
    def kind(self) -> Literal["sqlite", "mongodb"]:
        """What `meshvisor status` calls it."""
        ...

    @property
    def takes_along(self) -> bool:
        """Whether a change and its `along` are one transaction; otherwise `along` is not called,
        and is the caller's to write behind the change.
        """
        ...

    @property
    def place(self) -> str:
        """Where it is, for messages and to recognise it again; without user and password."""
        ...

    async def load(self) -> Snapshot:
        """Return everything; documents of a wrong shape are its `flaws`."""
        ...

    async def wait_for_change(self, seen: Snapshot) -> None:
        """Return when the database may hold something else than `seen`.

        Looks as often as `database.poll_interval` says, or is notified by a change stream.
        """
        ...

    async def put_account(self, account: Account, along: Along | None = None) -> None:
        """Keep the account instead of an older one."""
        ...

    async def put_admin(self, admin: Admin, along: Along | None = None) -> None:
        """Add an admin, or change one: `is_active` False makes one an ordinary user again."""
        ...

    async def put_permission(
        self,
        permission: Permission,
        others: Collection[str] = (),
        along: Along | None = None,
    ) -> None:
        """Set what is decided about a command, and forget it under other spellings of its id."""
        ...

    async def delete_permission(
        self, command: str, others: Collection[str] = (), along: Along | None = None
    ) -> None:
        """Forget what is decided about a command under all of these ids; idempotent."""
        ...

    async def close(self) -> None:
        """Let go of the database; idempotent."""
        ...
