"""What of database and account keeps a supervisor from starting; no server is asked."""

from __future__ import annotations

import asyncio

from meshvisor.features.access.settings import DatabaseSettings, PlatformSettings
from meshvisor.features.access.supervisor.directory.credentials_file import (
    CorruptFileError,
    CredentialsFile,
    no_account,
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
    has_account = found.check(lambda: _check_account(home, bool(server)))
    if has_account and settings is not None and found.database_is_readable and not server:
        found.check(lambda: _check_login(home, settings.of(PlatformSettings)))


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


def _check_login(home: Home, platform: PlatformSettings) -> None:
    """Refuse a platform that wants an account where none is; on a terminal a start asks for it."""
    if not platform.url or platform.login != "required":
        return
    account = CredentialsFile(home.credentials_file).read()
    if account is None and home.database.exists():
        account = asyncio.run(read_file(home.database)).account
    if account is None:
        raise no_account(platform.url)


def _check_account(home: Home, has_server: bool) -> None:
    try:
        CredentialsFile(home.credentials_file).read()
    except CorruptFileError:
        # Where the directory has the account, a start puts such a file aside.
        if has_server or not home.database.exists():
            raise
        if asyncio.run(read_file(home.database)).account is None:
            raise
