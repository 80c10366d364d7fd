"""What of the bot's account keeps a supervisor from starting; no server is asked."""

from __future__ import annotations

import asyncio

from meshvisor.features.access.supervisor.directory.credentials_file import CredentialsFile
from meshvisor.features.access.supervisor.directory.database_config import load_database_config
from meshvisor.features.access.supervisor.directory.trial import read_file
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.features.watch_party.supervisor.login.errors import no_account
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.config.problems import Examination


def look(found: Examination) -> None:
    """Refuse a platform that wants an account where none is; on a terminal a start asks for it."""
    home, settings = found.home, found.settings
    if settings is None or not found.database_is_readable:
        return
    platform = settings.of(PlatformSettings)
    if platform.url and platform.login == "required" and _lacks_account(home, settings):
        found.check(lambda: _refuse(platform.url))


# Private


def _refuse(url: str) -> None:
    raise no_account(url)


def _lacks_account(home: Home, settings: Settings) -> bool:
    """Whether there is none; one that cannot be read, or may be on a server, is there."""
    try:
        if load_database_config(home, settings) is not None:
            return False
        account = CredentialsFile(home.credentials_file).read()
    except MeshvisorError:
        # The reader of these has given it.
        return False
    if account is None and home.database.exists():
        account = asyncio.run(read_file(home.database)).account
    return account is None
