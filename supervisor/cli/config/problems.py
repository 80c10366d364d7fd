"""Everything in a home's files for which `meshvisor run` would refuse to start.

Owns the list.  What is looked at, and the sentences, are the start's own.  Called by
`meshvisor config check`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

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
from meshvisor.features.blocklist import file as blocklist_file
from meshvisor.features.blocklist.settings import BlocklistFileSetting
from meshvisor.shared import exposure
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.errors import MeshvisorError, MissingError
from meshvisor.shared.home_files import check_folder, unreadable
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.salvage import problem
from meshvisor.supervisor.app import check_closed, check_places


def problems_of(home: Home) -> tuple[Settings | None, list[MeshvisorError]]:
    """Return the settings, None where they are wrong, and what keeps a supervisor from starting.

    No server is asked.
    """
    problems: list[MeshvisorError] = []

    def check(step: Callable[[], object]) -> bool:
        try:
            step()
        except MeshvisorError as error:
            problems.append(error)
            return False
        return True

    held: list[Settings] = []
    server: list[MongoConfig] = []
    user = exposure.user_of(home)
    if not check(lambda: check_places(home)):
        return None, problems  # all else is in there
    check(lambda: check_closed(home))
    check(lambda: exposure.refuse(exposure.of_home(home, user)))
    check(lambda: check_folder(home.plugins))
    check(lambda: _check_state(home))
    if check(lambda: held.append(load_settings(home, os.environ))):
        check(lambda: exposure.refuse(exposure.of_settings(home, held[0], user)))
        check(lambda: _read_blocklist(home, held[0]))
        check(lambda: server.extend(_server(home, held[0])))
    is_readable = check(lambda: _check_database(home))
    if check(lambda: _check_account(home, bool(server))) and held and is_readable and not server:
        check(lambda: _check_login(home, held[0].of(PlatformSettings)))
    return (held[0] if held else None), problems


# Private


def _read_blocklist(home: Home, settings: Settings) -> None:
    path = home.below(settings.of(BlocklistFileSetting).blocklist_persist_path)
    try:
        blocklist_file.read(path, round(SystemClock().wall() * 1000))
    except OSError as error:
        raise unreadable(path, error) from None


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


def _check_state(home: Home) -> None:
    for path in (home.control_socket, home.lock_file):
        if path.is_dir():
            raise MissingError(
                f"{path} is a folder, and a file has to be there: remove it, and look at what "
                "makes it (a mount of a file that is missing does)"
            )


def _check_database(home: Home) -> None:
    try:
        found = problem(home.database)
    except OSError as error:
        raise unreadable(home.database, error) from None
    if found is not None:
        raise MissingError(
            f"{home.database} is damaged or no SQLite database ({found}); stop meshvisor, then "
            "restore a backup, or save what can be read of it: meshvisor salvage"
        )


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
