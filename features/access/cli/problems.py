"""What of database and account keeps a supervisor from starting; no server is asked."""

from __future__ import annotations

import asyncio

from meshvisor.features.access.settings import DatabaseSettings
from meshvisor.features.access.supervisor.directory.credentials_file import (
    CorruptFileError,
    CredentialsFile,
)
from meshvisor.features.access.supervisor.directory.database_config import (
    MongoConfig,
    load_database_config,
)
from meshvisor.features.access.supervisor.directory.trial import read_file
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.config.problems import Examination


def look(found: Examination) -> None:
    """Read the database's options and the account as a start does."""
    home, settings = found.home, found.settings
    server: list[MongoConfig] = []
    if settings is not None:
        found.check(lambda: server.extend(_server(home, settings)))
    found.check(lambda: _check_account(home, bool(server)))


# Private


def _server(home: Home, settings: Settings) -> list[MongoConfig]:
    """Return the server that is named, once the driver takes all of its options together."""
    config = load_database_config(home, settings)
    if config is None:
        return []
    asyncio.run(_try_options(config, settings.of(DatabaseSettings).timeout))
    return [config]


async def _try_options(config: MongoConfig, timeout: float) -> None:
    from meshvisor.features.access.supervisor.directory.mongodb_client import make_client  # 100 ms

    await make_client(config, timeout).close()


def _check_account(home: Home, has_server: bool) -> None:
    try:
        CredentialsFile(home.credentials_file).read()
    except CorruptFileError:
        # Where the directory has the account, a start puts such a file aside.
        if has_server or not home.database.exists():
            raise
        if asyncio.run(read_file(home.database)).account is None:
            raise
