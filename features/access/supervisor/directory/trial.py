"""Trying a database before it is relied on, and taking along what another one holds.

Owns what is tried and what is copied.  Does not own the databases.  Called by `meshvisor init`.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from meshvisor.features.access.settings import DatabaseSettings
from meshvisor.features.access.supervisor.directory.backend import Backend
from meshvisor.features.access.supervisor.directory.database_config import MongoConfig
from meshvisor.features.access.supervisor.directory.model import Snapshot
from meshvisor.features.access.supervisor.directory.sqlite import SqliteBackend
from meshvisor.shared.store.store import Store

IMPOSSIBLE_COMMAND: Final = "meshvisor init"
"""A name that no command can have, for its blank: deleting what is decided about it changes nothing
and needs the right to change something."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a database has shown."""

    snapshot: Snapshot
    """What it holds."""
    version: str | None
    """Of the server; None: it does not say."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How much was copied."""

    admins: int
    permissions: int


async def examine(config: MongoConfig, settings: DatabaseSettings) -> Trial:
    """Connect to a MongoDB, read everything, and see whether it may be changed; changes nothing.

    Raises:
        SettingsError: the driver does not want the URI and the options together.
        DirectoryUnreachableError: it does not answer within `settings.timeout` seconds.
        DirectoryRefusedError: it does not let us in, read or change.
    """
    from meshvisor.features.access.supervisor.directory.mongodb import MongoBackend

    backend = MongoBackend(config, settings)
    try:
        snapshot = await backend.load()
        await backend.delete_permission(IMPOSSIBLE_COMMAND)
    finally:
        await backend.close()
    return Trial(snapshot, await _version(config, settings))


async def read_file(path: Path) -> Snapshot:
    """Return what the SQLite database at `path`, which exists, holds.

    Raises:
        MeshvisorError: it cannot be read.
    """
    store = await asyncio.to_thread(Store.open, path)
    try:
        return await SqliteBackend(store, poll_interval=1).load()
    finally:
        await asyncio.to_thread(store.close)


async def copy_decisions(
    source: Snapshot, config: MongoConfig, settings: DatabaseSettings
) -> Copied:
    """Copy admins and permissions to a MongoDB; the same again changes nothing.

    Accounts are not copied: a supervisor keeps `config/credentials.json` and its database the same.

    Raises:
        DirectoryUnreachableError: it went away, perhaps with some of it done.
        DirectoryRefusedError: it may not be changed.
    """
    from meshvisor.features.access.supervisor.directory.mongodb import MongoBackend

    backend: Backend = MongoBackend(config, settings)
    try:
        for admin in source.admins:
            await backend.put_admin(admin)
        for permission in source.permissions:
            await backend.put_permission(permission)
    finally:
        await backend.close()
    return Copied(len(source.admins), len(source.permissions))


# Private


async def _version(config: MongoConfig, settings: DatabaseSettings) -> str | None:
    # Nice to know, and no more: what is needed has been tried already.
    from pymongo.errors import PyMongoError

    from meshvisor.features.access.supervisor.directory.mongodb_client import make_client

    client = make_client(config, settings.timeout)
    try:
        with contextlib.suppress(TimeoutError, PyMongoError):
            async with asyncio.timeout(settings.timeout):
                version = (await client.server_info()).get("version")
                return str(version) if version else None
    finally:
        await client.close()
    return None
