"""The platform whose rooms the bots are in, and whose account is the directory's.

Owns the choice by the settings, and by a local mesh server where one stands in for a platform.
Does not own the account (`features.access.supervisor.directory`), what logging in says (`login`)
nor listing meshes (`discovery`).
"""

from __future__ import annotations

import msgspec

from meshvisor.features.access.supervisor.directory.directory import Directory
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.features.watch_party.supervisor.login.errors import no_account
from meshvisor.features.watch_party.supervisor.login.login import Login
from meshvisor.features.watch_party.supervisor.login.options import LoginOptions
from meshvisor.shared.errors import MissingError
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.service_contract import QuietService


class Addresses(msgspec.Struct, frozen=True):
    """Where a mesh server on this machine listens."""

    url: str
    """Base of its REST API."""
    server: str
    """Its WebSocket address."""


class Platform(QuietService):
    """That of one home; implements `SignIn` for its account.

    Args:
        directory: holds the account.
        settings: the present ones.
    """

    def __init__(self, directory: Directory, settings: Settings) -> None:
        self._directory = directory
        self._settings = settings.of(PlatformSettings)
        self.is_local = False
        """Whether a mesh server on this machine stands in for a platform, listening yet or not."""
        self.local: Addresses | None = None
        """A mesh server on this machine that stands in for a platform; None: there is none, or not
        yet."""

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._settings = settings.of(PlatformSettings)

    @property
    def settings(self) -> PlatformSettings:
        """Where the account is one; without a platform, the local mesh server."""
        platform, local = self._settings, self.local
        if platform.url or platform.login_url or local is None:
            return platform
        return platform.model_copy(update={"url": local.url, "server": local.server})

    def check(self) -> None:
        """Make sure that the platform, if one is used, gets the account that it asks for.

        Raises:
            AskingError: there is none; an operator has to log in.
            MissingError: unknown, because the directory is away.
        """
        platform = self._settings
        asks = bool(platform.url) and platform.login == "required"
        if self.is_local or not asks or self._directory.account is not None:
            return
        if not self._directory.reachable:
            raise MissingError(
                f"{platform.url} needs an account, and the directory, which may hold it, is away: "
                f"{self._directory.problems[0]}"
            )
        raise no_account(platform.url)

    async def renew(self, account: Account) -> Account:
        """Return the account with a new session.

        Raises:
            MeshvisorError: the platform gives none, or there is no platform.
        """
        platform = self.settings
        if not (platform.url or platform.login_url):
            raise MissingError("there is no platform to log in to; set platform.url")
        return await Login(LoginOptions.of(platform)).renew(account)
