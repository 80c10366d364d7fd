"""The directory of a home with everything behind it, opened as one.

Owns which database is used.  Called by the supervisor, and by the command line while no
supervisor runs.
"""

from __future__ import annotations

import msgspec

from meshvisor.features.access.settings import DatabaseSettings
from meshvisor.features.access.supervisor.accounts import Accounts
from meshvisor.features.access.supervisor.directory.account_keeper import AccountKeeper
from meshvisor.features.access.supervisor.directory.backend import Backend
from meshvisor.features.access.supervisor.directory.cache import DirectoryCache
from meshvisor.features.access.supervisor.directory.credentials_file import CredentialsFile
from meshvisor.features.access.supervisor.directory.database_config import load_database_config
from meshvisor.features.access.supervisor.directory.directory import Directory, DirectoryParts
from meshvisor.features.access.supervisor.directory.sqlite import SqliteBackend
from meshvisor.shared.clock import Clock
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog


class OpenDirectory(msgspec.Struct, frozen=True):
    """A directory and what it stands on."""

    directory: Directory
    audit: AuditLog
    store: Store
    accounts: Accounts


def directory_on(
    store: Store, audit: AuditLog, home: Home, settings: Settings, clock: Clock
) -> OpenDirectory:
    """Open the directory of a home on its store; inside a running event loop.

    Nothing is asked of a server yet: `Directory.start` does that.

    Raises:
        MeshvisorError: the settings name a database that cannot be reached.
    """
    server = load_database_config(home, settings)
    backend: Backend | None = None
    cache: DirectoryCache | None = None
    if server is not None:
        # Not before it is needed: the driver costs 100 ms and 10 MB.
        from meshvisor.features.access.supervisor.directory.mongodb import MongoBackend

        backend = MongoBackend(server, settings.of(DatabaseSettings))
        cache = DirectoryCache(home.directory_cache, backend.place)
    if backend is None:
        backend = SqliteBackend(store, settings.of(DatabaseSettings).poll_interval)
    keeper = AccountKeeper(CredentialsFile(home.credentials_file), backend, clock)
    directory = Directory(DirectoryParts(backend, keeper, cache, clock))
    return OpenDirectory(directory, audit, store, Accounts(settings))
