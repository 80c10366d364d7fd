"""The bot's account and its session on the mesh platform: shown, replaced, renewed.

Owns the rules, the audit entries and the results.  Does not own the two copies of the account
(`features.access.supervisor.directory`), nor how a platform logs in (`supervisor.platform`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Literal

from meshvisor.features.access.events import BY_ACTION
from meshvisor.features.access.supervisor.administration import listing
from meshvisor.features.access.supervisor.administration.administration import Fleet
from meshvisor.features.access.supervisor.administration.opening import OpenDirectory
from meshvisor.features.access.supervisor.directory.credentials_file import read_fields
from meshvisor.features.access.supervisor.directory.documents import DocumentError
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.features.access.supervisor.directory.sync import is_other_account
from meshvisor.features.access.wordings import NO_ACCOUNT
from meshvisor.shared.errors import MeshvisorError, MissingError, UsageError
from meshvisor.shared.late import late
from meshvisor.supervisor.audit.log import Actor, Done

if TYPE_CHECKING:
    from meshvisor.features.access import results
else:
    results = late("meshvisor.features.access.results")

Renew = Callable[[Account], Awaitable[Account]]
"""Returns the account with a new session; raises a `MeshvisorError` when there is none to have."""


def parse_account(fields: Mapping[str, str | int]) -> Account:
    """Return an account from the fields of `config/credentials.json`.

    Raises:
        UsageError: it is none.
    """
    try:
        return read_fields(fields)
    except DocumentError as error:
        raise UsageError(f"these are no credentials: {error}") from None


class Session:
    """What may be done with the account."""

    def __init__(self, opened: OpenDirectory, fleet: Fleet, renew: Renew) -> None:
        self._directory = opened.directory
        self._audit = opened.audit
        self._fleet = fleet
        self._renew = renew

    def show(self) -> results.CredentialsReport:
        """Return the account without its secrets.

        Raises:
            MissingError: there is none.
        """
        account = self._directory.account
        if account is None:
            raise MissingError(NO_ACCOUNT.said())
        return listing.credentials(account, self._directory.account_problem)

    async def save(self, account: Account, actor: Actor) -> results.CredentialsReport:
        """Use a new account; workers connect with it from now on.

        Raises:
            MeshvisorError: the directory cannot take it; the file has it, and it is used.
        """
        saved = await self._save(account, actor, "credentials.save")
        return listing.credentials(saved, self._directory.account_problem)

    async def keep(
        self, copy_of: Literal["file", "directory"], actor: Actor
    ) -> results.CredentialsReport:
        """Settle a conflict: use one copy and replace the other.

        Raises:
            UsageError: there is no such copy.
            MeshvisorError: as `save`.
        """
        account = self._directory.copy_of_account(copy_of)
        if account is None:
            raise UsageError(f"there are no credentials in the {copy_of}")
        saved = await self._save(account, actor, f"credentials.keep {copy_of}")
        return listing.credentials(saved, self._directory.account_problem)

    async def relogin(self, actor: Actor, last: str | None = None) -> results.ReloginReport:
        """Renew the session, if there is one, and have all bots join again one after another.

        Args:
            actor: who asks.
            last: the mesh whose bot comes last, because a user waits for an answer there.

        Raises:
            MeshvisorError: the platform refuses or cannot be reached; the old session is kept
                and no bot has left a room.
            UsageError: they are at it already.
        """
        account = self._directory.account
        renewed = account is not None and bool(account.parse_token.get_secret_value())
        kind = BY_ACTION["relogin"]
        done = self._audit.done(actor, "relogin", "session", kind, "all bots join again")
        is_written = False
        try:
            if self._fleet.reconnecting:
                # Some have joined with the present session already and would keep it.
                raise _busy()
            if account is not None and renewed:
                is_written = await self._use(await self._renew(account), done)
            workers = self._fleet.reconnect_all(last)
            if workers is None:
                raise _busy()
        except MeshvisorError as error:
            await self._audit.add(actor, "relogin", "session", outcome=str(error))
            raise
        await self._audit.keep(done, is_written=is_written)
        return results.ReloginReport(renewed=renewed, workers=workers)

    # Private

    async def _use(self, renewed: Account, done: Done) -> bool:
        """Use a renewed session; return whether that it was done is written, too."""
        try:
            await self._directory.save_account(renewed, done.write)
        except MeshvisorError:
            used = self._directory.account
            if used is None or is_other_account(used, renewed):
                raise
            # The file has it and the directory gets it later: no reason to stay with a session
            # that the platform may have ended meanwhile.  Status says what is wrong.
            return False
        return self._directory.backend.takes_along

    async def _save(self, account: Account, actor: Actor, action: str) -> Account:
        done = self._audit.done(actor, action, account.peer_id, BY_ACTION[action])
        try:
            saved = await self._directory.save_account(account, done.write)
        except MeshvisorError as error:
            await self._audit.add(actor, action, account.peer_id, outcome=str(error))
            raise
        await self._audit.keep(done, is_written=self._directory.backend.takes_along)
        return saved


def _busy() -> UsageError:
    return UsageError("the bots are joining their rooms again already; wait until they have")
