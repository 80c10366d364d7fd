"""The directory as the supervisor uses it: known at any moment, whatever its database does.

Owns the last known state, keeping it up to date, and changing it.  Does not own the database
(`backend`), the credentials' two copies (`account_keeper`), who may change what and the answers
to people (`features.access.supervisor.administration`), nor notifying the workers (its listeners
do).

A database that is away costs nothing but changes: what was known last holds, status says so,
and it is looked for again with growing pauses.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

import msgspec

from meshvisor.features.access.supervisor.directory.access import AccessTable, without_hard_coded
from meshvisor.features.access.supervisor.directory.account_keeper import AccountKeeper
from meshvisor.features.access.supervisor.directory.backend import (
    Along,
    Backend,
    DirectoryUncertainError,
    DirectoryUnreachableError,
)
from meshvisor.features.access.supervisor.directory.cache import DirectoryCache
from meshvisor.features.access.supervisor.directory.model import (
    Account,
    Admin,
    Flaw,
    Permission,
    Snapshot,
    from_epoch,
)
from meshvisor.features.access.supervisor.directory.sync import is_other_account
from meshvisor.shared.clock import Clock
from meshvisor.shared.control.request import is_actor
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.model.realm import DEFAULT

FIRST_PAUSE: Final = 0.5
"""Seconds after a database was lost until it is looked for again; doubled each time."""

LONGEST_PAUSE: Final = 10.0
"""Seconds; who has started the database again does not want to wait for longer."""

SHORT_TRY: Final = 1.0
"""Seconds that a change waits for a database that is known to be away: enough for one that is back
by now, and little enough for a user in a chat.  The look itself goes on as long as it takes."""

MOST_PROBLEMS: Final = 100
"""Documents that are named at a time; ten thousand broken ones would not fit into one answer."""

LONGEST_NAME: Final = 40
"""Characters of a command's name in the log; in a database it may be as long as a book."""

log = logging.getLogger(__name__)


class Change(msgspec.Struct, frozen=True):
    """What is other than before."""

    admins: bool
    permissions: bool
    account: bool

    def __bool__(self) -> bool:
        return self.admins or self.permissions or self.account


class DirectoryParts(msgspec.Struct, frozen=True):
    """What a directory works with."""

    backend: Backend
    accounts: AccountKeeper
    cache: DirectoryCache | None
    """None: the database is a file of this machine and cannot be away."""
    clock: Clock


class Directory:
    """The directory of one home; make it inside a running event loop."""

    def __init__(self, parts: DirectoryParts) -> None:
        self._backend = parts.backend
        self._accounts = parts.accounts
        self._cache = parts.cache
        self._clock = parts.clock
        self._snapshot = Snapshot()
        self._access: dict[str, AccessTable] = {DEFAULT: AccessTable()}
        """By realm."""
        self._account: Account | None = None
        self._lost_by: MeshvisorError | None = None
        """Why the database did not answer the last time; None: it did."""
        self._loaded = False
        self._flaws: frozenset[Flaw] = frozenset()
        self._cached: tuple[Sequence[Admin], Sequence[Permission]] | None = None
        self._changes_made = 0
        self._changing = asyncio.Lock()
        self._looking: asyncio.Task[Change] | None = None
        """The look at a database that was away, begun for a caller that wants to change it."""
        self._changed_here = asyncio.Event()
        self._listeners: list[Callable[[Change], None]] = []

    # ---- Life --------------------------------------------------------------------------------

    async def start(self) -> None:
        """Learn what is there, from the database or from what was known last.

        Raises:
            MeshvisorError: neither is to be had, or the credentials cannot be used.
        """
        try:
            await self._load(first=True)
        except MeshvisorError as error:
            if self._loaded:
                raise  # the database answers: it is the credentials' file that is wrong
            await self._start_without(error)

    async def keep(self) -> None:
        """Follow the database for ever: what others change in it, its end and its return."""
        pause = FIRST_PAUSE
        while True:
            try:
                if self._lost_by is not None:
                    await self.refresh()
                since = self._clock.monotonic()
                await self._wait_for_change()
                await self.refresh()
                pause = FIRST_PAUSE
            except MeshvisorError as error:
                if self.reachable and self._clock.monotonic() - since > LONGEST_PAUSE:
                    pause = FIRST_PAUSE  # it was back for a while: this is another outage
                self._lost(error)
                # Many supervisors on one database must not all come back in the same moment.
                await asyncio.sleep(pause * random.uniform(0.5, 1))
                pause = min(2 * pause, LONGEST_PAUSE)

    async def close(self) -> None:
        """Let go of the database; idempotent."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait((self._looking,))
        await self._backend.close()

    def listen(self, changed: Callable[[Change], None]) -> None:
        """Have `changed` called after every change; it must be quick."""
        self._listeners.append(changed)

    # ---- What is known -----------------------------------------------------------------------

    @property
    def backend(self) -> Backend:
        """The database."""
        return self._backend

    @property
    def reachable(self) -> bool:
        """Whether the database has answered the last time that it was asked."""
        return self._lost_by is None

    @property
    def problems(self) -> Sequence[str]:
        """Everything that is wrong at present, each in one sentence."""
        found = [str(self._lost_by or ""), self._accounts.problem]
        flaws = self._snapshot.flaws
        found += map(str, flaws[:MOST_PROBLEMS])
        if len(flaws) > MOST_PROBLEMS:
            found.append(f"{len(flaws) - MOST_PROBLEMS} more documents cannot be used: see the log")
        return [text for text in found if text]

    @property
    def snapshot(self) -> Snapshot:
        """What the database held when it was last seen."""
        return self._snapshot

    @property
    def access(self) -> AccessTable:
        """Who may use which command on the platform."""
        return self._access[DEFAULT]

    def access_in(self, realm: str) -> AccessTable:
        """Return who may use which command in a realm."""
        known = self._access.get(realm)
        return known or AccessTable(requires_admin=self.access.requires_admin)

    @property
    def admins(self) -> int:
        """How many admins there are, in all realms."""
        return sum(len(table.admins) for table in self._access.values())

    def is_admin(self, user_id: str, realm: str = DEFAULT) -> bool:
        """Say whether a user is an admin of a realm."""
        return user_id in self.access_in(realm).admins

    def is_owner(self, user_id: str, realm: str = DEFAULT) -> bool:
        """Say whether a user is an owner: an admin whom the operator has appointed, and no other
        admin.
        """
        return self.is_admin(user_id, realm) and any(
            admin.user_id == user_id and admin.realm == realm and _by_operator(admin)
            for admin in self._snapshot.admins
        )

    @property
    def account(self) -> Account | None:
        """The bot's account; None: it has none."""
        return self._account

    @property
    def account_problem(self) -> str | None:
        """What keeps the two copies of the account apart; None: nothing."""
        return self._accounts.problem

    def copy_of_account(self, place: Literal["file", "directory"]) -> Account | None:
        """Return one of the two copies of the account; None: there is none.

        Raises:
            MeshvisorError: it cannot be read.
        """
        return self._accounts.read_file() if place == "file" else self._snapshot.account

    # ---- Changes -----------------------------------------------------------------------------

    async def refresh(self) -> Change:
        """Read everything anew; returns what is other than before.

        Raises:
            MeshvisorError: the database cannot be read; what was known still holds.
        """
        try:
            return await self._load()
        except MeshvisorError as error:
            self._lost(error)
            raise

    async def try_shortly(self) -> Change:
        """Read everything anew from a database that is known to be away, without waiting for it.

        One look at a time, however many ask: a caller that comes during a look is refused at once.
        Otherwise a dozen changes would wait for the same server one after another, and each of them
        be answered minutes later.

        Raises:
            MeshvisorError: it is away still.
        """
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self.refresh(), name="look at the directory")
            # Its error has to be retrieved, also when no caller waits for it any more.
            self._looking.add_done_callback(lambda task: task.cancelled() or task.exception())
            await asyncio.wait((self._looking,), timeout=SHORT_TRY)
            if self._looking.done():
                return self._looking.result()
        raise self._away()

    async def check_file(self) -> None:
        """Take over credentials that were edited; does nothing while they were not."""
        await self.take_file(await asyncio.to_thread(self.file_changed))

    def file_changed(self) -> bool:
        """Say whether credentials were edited since they were read; ask in a thread."""
        return self._accounts.file_changed

    async def take_file(self, has_changed: bool) -> None:
        """Take over credentials that were edited, if they were."""
        if has_changed:
            known = self._snapshot if self.reachable else None
            await self._accounts.settle(known)
            self._take(self._snapshot)

    async def save_account(self, account: Account, along: Along | None = None) -> Account:
        """Keep a new account in the file and in the database, and return it.

        Args:
            account: the new one.
            along: see `put_admin`.

        Raises:
            MeshvisorError: the file cannot be written and nothing has changed; or the database
                cannot take it, but the file has it, and it is used.
        """
        async with self._changing:
            if not self.reachable:
                with contextlib.suppress(MeshvisorError):
                    await self.try_shortly()
            away = None if self.reachable else self._away()
            try:
                with self._losing():
                    saved = await self._accounts.save(account, away, along)
                self._snapshot = replace(self._snapshot, account=saved)
            finally:
                # Now and not before: what is read meanwhile may not have it yet.
                self._changes_made += 1
                self._take_own(self._snapshot)
            return saved

    async def put_admin(self, admin: Admin, along: Along | None = None) -> None:
        """Add or change an admin.

        Args:
            admin: as it is from now on.
            along: written in the same transaction where `Backend.takes_along`; else it is ignored.

        Raises:
            MeshvisorError: the database cannot take it; nothing has changed here.
        """

        # Not before the change is written: others may have changed something until then.
        def result() -> Snapshot:
            others = (a for a in self._snapshot.admins if a.id != admin.id)
            admins = sorted((*others, admin), key=lambda a: a.id)
            return replace(self._snapshot, admins=tuple(admins))

        await self._change(lambda: self._backend.put_admin(admin, along), result)

    async def put_permission(
        self,
        permission: Permission,
        others: Collection[str] = (),
        along: Along | None = None,
    ) -> None:
        """Decide about a command, and forget it under other spellings; as `put_admin`."""

        def result() -> Snapshot:
            rest = self._permissions_but({permission.id, *others})
            permissions = sorted((*rest, permission), key=lambda p: p.id)
            return replace(self._snapshot, permissions=tuple(permissions))

        await self._change(lambda: self._backend.put_permission(permission, others, along), result)

    async def delete_permission(
        self, command: str, others: Collection[str] = (), along: Along | None = None
    ) -> None:
        """Forget what is decided about a command under all of these ids; as `put_admin`."""

        def result() -> Snapshot:
            rest = self._permissions_but({command, *others})
            return replace(self._snapshot, permissions=tuple(rest))

        await self._change(lambda: self._backend.delete_permission(command, others, along), result)

    # ---- Private -----------------------------------------------------------------------------

    def _permissions_but(self, ids: Collection[str]) -> list[Permission]:
        return [p for p in self._snapshot.permissions if p.id not in ids]

    async def _change(
        self, write: Callable[[], Awaitable[None]], result: Callable[[], Snapshot]
    ) -> None:
        # One after another: the last one to reach the database is the last one to be known here.
        async with self._changing:
            if not self.reachable:
                # A server that hangs would carry out later what was refused now, so it is asked
                # for something harmless first.
                await self.try_shortly()
            with self._losing():
                await write()
            self._changes_made += 1
            self._take_own(result())

    @contextlib.contextmanager
    def _losing(self) -> Iterator[None]:
        """Have it said at once, and looked after, that the database was lost in a change."""
        try:
            yield
        except DirectoryUnreachableError as error:
            self._lost(error)
            # Reading may go on to work: without this, it would go unnoticed that all is well.
            self._changed_here.set()
            raise

    def _away(self) -> MeshvisorError:
        """Return the error of a caller that does not wait for a database that is away."""
        why = self._lost_by
        if why is None or isinstance(why, DirectoryUncertainError):
            # What is unknown about an earlier change is certain of this one: it was not tried.
            why = DirectoryUnreachableError(f"{self._backend.place} does not answer; try again")
        return DirectoryUnreachableError(str(why), in_room=why.in_room)

    async def _wait_for_change(self) -> None:
        """Return when the database may hold something else than what is known here."""
        self._changed_here.clear()
        here = asyncio.create_task(self._changed_here.wait(), name="own change")
        there = asyncio.create_task(
            self._backend.wait_for_change(self._snapshot), name="change in the database"
        )
        try:
            await asyncio.wait((here, there), return_when=asyncio.FIRST_COMPLETED)
        finally:
            here.cancel()
            there.cancel()
            await asyncio.wait((here, there))
        if not there.cancelled():
            there.result()

    async def _load(self, *, first: bool = False) -> Change:
        while True:
            before = self._changes_made
            snapshot = await self._backend.load()
            self._back()
            await self._accounts.settle(snapshot, first=first)
            if before == self._changes_made:
                break
            # Read before a change of ours was written, perhaps: it would be undone in here.
        change = self._take(snapshot)
        await self._remember(snapshot)
        return change

    def _back(self) -> None:
        self._loaded = True
        if self._lost_by is not None:
            self._lost_by = None
            log.info(
                "the directory is back: %s", self._backend.place, extra={"event": "directory.back"}
            )

    async def _remember(self, snapshot: Snapshot) -> None:
        if self._cache is None or self._cached == (snapshot.admins, snapshot.permissions):
            return
        self._cached = (snapshot.admins, snapshot.permissions)
        now = from_epoch(self._clock.wall())
        await asyncio.to_thread(self._cache.save, snapshot, now)

    def _take_own(self, snapshot: Snapshot) -> None:
        # The database need not hold exactly this: others may have changed something right after
        # us, even back to what is looked for at the moment.  So it is read anew.
        self._take(replace(snapshot, version=None))
        self._changed_here.set()

    def _take(self, snapshot: Snapshot) -> Change:
        snapshot = without_hard_coded(snapshot)
        self._report_flaws(snapshot)
        account = self._accounts.account
        access = AccessTable.by_realm(snapshot, account.user_id if account is not None else "")
        change = Change(
            admins=_admins(access) != _admins(self._access),
            permissions=_permissions(access) != _permissions(self._access),
            account=_differs(account, self._account),
        )
        self._snapshot, self._access, self._account = snapshot, access, account
        if change:
            for listener in self._listeners:
                listener(change)
        return change

    def _report_flaws(self, snapshot: Snapshot) -> None:
        flaws = frozenset(snapshot.flaws)
        for flaw in flaws - self._flaws:
            log.error("%s; %s", flaw, _consequence(flaw), extra={"event": "directory.flaw"})
        self._flaws = flaws

    async def _start_without(self, error: MeshvisorError) -> None:
        cached = self._cache.load() if self._cache is not None else None
        if cached is None:
            raise error
        snapshot, saved_at = cached
        self._lost(error)
        log.warning(
            "starting with the admins and permissions of %s",
            saved_at.isoformat(timespec="seconds"),
            extra={"event": "directory.cached"},
        )
        await self._accounts.settle(None, first=True)
        self._take(snapshot)

    def _lost(self, error: MeshvisorError) -> None:
        if self._lost_by is None:
            log.error(
                "the directory is away, what was known last holds: %s",
                error,
                extra={"event": "directory.lost"},
            )
        self._lost_by = error


def _admins(access: Mapping[str, AccessTable]) -> dict[str, frozenset[str]]:
    return {realm: table.admins for realm, table in access.items() if table.admins}


def _permissions(access: Mapping[str, AccessTable]) -> dict[str, Mapping[str, bool]]:
    everywhere = access[DEFAULT].requires_admin
    own = {realm: table.requires_admin for realm, table in access.items()}
    return {DEFAULT: everywhere} | {r: table for r, table in own.items() if table != everywhere}


def _by_operator(admin: Admin) -> bool:
    # From the command line, or by a user whom a program of the operator's vouches for.
    return admin.added_by is None or is_actor(admin.added_by)


def _differs(new: Account | None, old: Account | None) -> bool:
    """Say whether workers need to hear of an account."""
    if new is None or old is None:
        return new is not old
    return is_other_account(new, old)


def _consequence(flaw: Flaw) -> str:
    if not flaw.closes:
        return "it is not used until it is corrected"
    names = " and ".join(f"{name!r:.{LONGEST_NAME}}" for name in flaw.closes)
    return f"until it is corrected, {names} can be used by admins only"
