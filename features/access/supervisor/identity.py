"""Who the bot is: the account that the directory holds, and where it is renewed.

Owns the choice, and the place where the feature puts itself in whose account it is.  Does not own
the account's copies (`features.access.supervisor.directory`), nor logging in.  Called by the
service.
"""

from __future__ import annotations

from typing import Protocol

from meshvisor.features.access.supervisor.directory.credentials_file import made_up
from meshvisor.features.access.supervisor.directory.directory import Directory
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.shared.errors import MissingError
from meshvisor.shared.paths import Home


class SignIn(Protocol):
    """Where the account of the directory is one."""

    def check(self) -> None:
        """Make sure that there is an account, if one is needed.

        Raises:
            AskingError: there is none; an operator has to log in.
            MissingError: unknown, because the directory is away.
        """
        ...

    async def renew(self, account: Account) -> Account:
        """Return the account with a new session.

        Raises:
            MeshvisorError: there is none to have.
        """
        ...


class _Nowhere:
    """An account that nothing asks for."""

    def check(self) -> None:
        """Find nothing wrong."""

    async def renew(self, account: Account) -> Account:
        """Refuse."""
        raise MissingError(
            f"nothing here can renew the session of {account.email or account.peer_id}: the "
            "transport that it belongs to is left out; start with it"
        )


class Identity:
    """The bot of one home.

    Args:
        home: whose.
        directory: holds the account.
    """

    def __init__(self, home: Home, directory: Directory) -> None:
        self._home = home
        self._directory = directory
        self._sign_in: SignIn = _Nowhere()

    def attach(self, sign_in: SignIn) -> None:
        """Say where the account is one; until then it is one nowhere."""
        self._sign_in = sign_in

    @property
    def account(self) -> Account:
        """The bot's account, or a made-up one where none is needed."""
        return self._directory.account or made_up(self._home)

    def check(self) -> None:
        """Make sure that there is an account, if one is needed; see `SignIn`."""
        self._sign_in.check()

    async def renew(self, account: Account) -> Account:
        """Return the account with a new session; see `SignIn`."""
        return await self._sign_in.renew(account)
