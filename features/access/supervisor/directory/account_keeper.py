"""The bot's account, kept alike in `config/credentials.json` and in the directory.

Owns reading both copies, carrying out what `sync` decides, and reporting what stands in the way.
Neither copy is ever lost: a file that cannot be understood is kept aside before it is replaced, a
document that cannot be understood is left as it is.  Called by
`features.access.supervisor.directory.directory`.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from meshvisor.features.access.supervisor.directory.backend import Along, Backend
from meshvisor.features.access.supervisor.directory.credentials_file import (
    CorruptFileError,
    CredentialsFile,
    LooseModeError,
    Signature,
)
from meshvisor.features.access.supervisor.directory.documents import CREDENTIALS
from meshvisor.features.access.supervisor.directory.model import (
    Account,
    Snapshot,
    from_epoch,
    to_millisecond,
)
from meshvisor.features.access.supervisor.directory.sync import Decision, decide
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError, MissingError
from meshvisor.shared.files import Replacement

MILLISECOND: Final = timedelta(milliseconds=1)

LAST_MOMENT: Final = to_millisecond(datetime.max.replace(tzinfo=UTC))

log = logging.getLogger(__name__)


class AccountKeeper:
    """The account of one home."""

    def __init__(self, file: CredentialsFile, backend: Backend, clock: Clock) -> None:
        self._file = file
        self._backend = backend
        self._clock = clock
        self._account: Account | None = None
        self._seen: Signature | None = None
        self._suspect: Signature | None = None
        self._settling = asyncio.Lock()
        self.problem: str | None = None
        """What keeps the copies apart, in one sentence; None: nothing."""

    @property
    def account(self) -> Account | None:
        """The account that counts; None: there is none."""
        return self._account

    @property
    def file_changed(self) -> bool:
        """Whether the file was edited since it was last read or written.

        Asks the disk; ask in a thread.
        """
        return self._file.signature() != self._seen

    async def settle(self, snapshot: Snapshot | None, *, first: bool = False) -> None:
        """Compare both copies and make them alike.

        Args:
            snapshot: what the directory holds; None: unknown, so only the file is read.
            first: whether the supervisor starts; a file that cannot be used then stops it
                unless the directory has the account as well.

        Raises:
            MeshvisorError: only with `first`.
        """
        async with self._settling:
            if first:
                self._file.remove_leftovers()
            try:
                await self._settle(snapshot, first=first)
            except MeshvisorError as error:
                if first:
                    raise
                self._report(str(error))
            except OSError as error:
                self._report(f"{self._file.path} cannot be written: {error.strerror or error}")

    def read_file(self) -> Account | None:
        """Return the file's copy.

        Raises:
            MeshvisorError: it cannot be used.
        """
        return self._file.read()

    async def save(
        self,
        account: Account,
        away: MeshvisorError | None = None,
        along: Along | None = None,
    ) -> Account:
        """Keep a new account, such as a login's, in both places, and return it.

        Its moment is later than that of both copies, whatever the clock says.  Where the directory
        takes something along it is first: who is killed in between finds the newer copy there, with
        what tells of it, and the file follows at the next start.

        Args:
            account: the new one.
            away: why the directory is not even asked; None: it is.
            along: written with the directory's copy; see `Backend.takes_along`.

        Raises:
            MeshvisorError: the file cannot be written and nothing has changed; or the directory
                cannot take it.  Then the file has it, and the directory gets it when it is back.
        """
        async with self._settling:
            moment = from_epoch(self._clock.wall())
            if self._account is not None:
                moment = max(moment, _after(self._account.updated_at))
            account = replace(account, updated_at=moment)
            if away is None and self._backend.takes_along:
                await self._save_together(account, along)
                return account
            try:
                await asyncio.to_thread(self._write_file, account)
            except OSError as error:
                raise self._unwritable(error) from error
            self._account, self.problem = account, None
            if away is not None:
                raise away
            await self._backend.put_account(account, along)
            return account

    # Private

    async def _save_together(self, account: Account, along: Along | None) -> None:
        try:
            new_file = await asyncio.to_thread(self._file.prepare, account)
        except OSError as error:
            raise self._unwritable(error) from error
        refusal: MeshvisorError | None = None
        try:
            await self._backend.put_account(account, along)
        except MeshvisorError as error:
            refusal = error
        except BaseException:
            new_file.drop()
            raise
        self._account, self.problem = account, None
        try:
            await asyncio.to_thread(self._put_file, new_file)
        except OSError as error:
            # There was room for it a moment ago.  The next look writes it from the directory.
            self._report(str(self._unwritable(error)))
        if refusal is not None:
            raise refusal

    def _unwritable(self, error: OSError) -> MeshvisorError:
        return MeshvisorError(f"{self._file.path} cannot be written: {error.strerror or error}")

    async def _settle(self, snapshot: Snapshot | None, *, first: bool) -> None:
        signature = await asyncio.to_thread(self._file.signature)
        in_directory = snapshot.account if snapshot else None
        try:
            # In a thread, as all that is done to the file: its disk may stand still.
            in_file = await asyncio.to_thread(self._file.read)
        except CorruptFileError as error:
            if not first and signature != self._suspect:
                # Editors empty a file for a moment before they write it anew.
                self._suspect = signature
                return
            if in_directory is None:
                self._seen = signature
                raise
            # Used even if the next step fails.
            in_file, self._account = None, in_directory
            aside = self._file.keep_aside("corrupt", self._clock.wall())
            self._log(f"{error}; it is kept as {aside.name} and written anew from the directory")
        except LooseModeError:
            self._seen = signature
            raise
        except MissingError:
            # Tried again at every look, until it can be read or is gone.
            self._seen = None
            raise
        self._seen, self._suspect = signature, None
        if snapshot is None and in_file is None:
            # What the directory holds is unknown.  It has the account, most likely, and fills
            # the file as soon as it is back; until then the last known one is used.
            return
        decision = decide(in_file, in_directory)
        self._account = decision.account
        self._report(self._conflict() if decision.is_conflict else None)
        await self._write(decision, snapshot)

    async def _write(self, decision: Decision, snapshot: Snapshot | None) -> None:
        account = decision.account
        if account is None or snapshot is None:
            return
        if decision.write_file:
            await asyncio.to_thread(self._write_file, account)
            log.info(
                "%s is brought up to date from the directory",
                self._file.path,
                extra={"event": "credentials.synced"},
            )
        flawed = any(flaw.collection == CREDENTIALS for flaw in snapshot.flaws)
        if decision.write_directory and flawed:
            self._report(
                f"the directory's {CREDENTIALS} document cannot be used and is left as it is; "
                f"{self._file.path} is used: correct or remove the document"
            )
        elif decision.write_directory:
            try:
                await self._backend.put_account(account)
            except MeshvisorError as error:
                # No harm is done: the file has it, and the next look tries again.
                self._report(str(error))
                return
            log.info(
                "the directory's credentials are brought up to date from %s",
                self._file.path,
                extra={"event": "credentials.synced"},
            )

    def _write_file(self, account: Account) -> None:
        self._put_file(self._file.prepare(account))

    def _put_file(self, new_file: Replacement) -> None:
        new_file.put()
        self._seen = self._file.signature()

    def _conflict(self) -> str:
        return (
            f"{self._file.path} and the directory hold different credentials of the same moment; "
            "the directory's are used and neither is touched: meshvisor credentials keep "
            "file|directory"
        )

    def _report(self, problem: str | None) -> None:
        if problem is not None and problem != self.problem:
            self._log(problem)
        self.problem = problem

    def _log(self, problem: str) -> None:
        log.error("%s", problem, extra={"event": "credentials.problem"})


def _after(moment: datetime) -> datetime:
    """Return the next moment; the last one of all times is its own."""
    return min(moment, LAST_MOMENT - MILLISECOND) + MILLISECOND
