"""What may be done with admins, permissions and credentials.

Owns the rules, the audit entries and the results, which are the JSON of `--json`.  Does not own the
data (`features.access.supervisor.directory`), who may ask (the chat's admins: `chat`; the socket's
peer: `supervisor.control`), nor the words of chat answers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, NoReturn, Protocol, TypeVar

from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.features.access.events import BY_ACTION
from meshvisor.features.access.supervisor.accounts import Network
from meshvisor.features.access.supervisor.administration import listing
from meshvisor.features.access.supervisor.administration.descriptions import (
    Descriptions,
    Help,
    Scoped,
    no_help,
)
from meshvisor.features.access.supervisor.administration.opening import OpenDirectory
from meshvisor.features.access.supervisor.directory.access import decided
from meshvisor.features.access.supervisor.directory.backend import Along
from meshvisor.features.access.supervisor.directory.documents import PERMISSIONS
from meshvisor.features.access.supervisor.directory.model import Admin, Flaw, Permission, from_epoch
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.late import late
from meshvisor.shared.model.realm import DEFAULT, within
from meshvisor.shared.model.user_id import check_user_id
from meshvisor.supervisor.audit.log import Actor

if TYPE_CHECKING:
    from meshvisor.features.access import results
else:
    results = late("meshvisor.features.access.results")

Level = Literal["admin", "user"]

LONGEST_SHOWN: Final = 64
"""Characters of a wrong id that an answer or the audit log repeats."""

PAGE: Final = 150
"""Admins in one answer; with the longest user ids of the widest characters they fit a frame."""

T = TypeVar("T")


class Fleet(Protocol):
    """The workers, as far as administration has to do with them."""

    def commands(self) -> Mapping[str, bool]:
        """Return the chat commands of all workers, and whether each needs an admin by default."""
        ...

    def network_of(self, mesh_id: str) -> Network | None:
        """Return where a mesh is; None: there is no such mesh."""
        ...

    @property
    def reconnecting(self) -> bool:
        """Whether bots are joining again."""
        ...

    def reconnect_all(self, last: str | None) -> int | None:
        """Have all bots join again; see `FleetRooms.reconnect_all`."""
        ...


class NoFleet:
    """Where no supervisor runs."""

    def commands(self) -> Mapping[str, bool]:
        """Return nothing: unknown."""
        return {}

    def network_of(self, _mesh_id: str) -> Network | None:
        """Return None: there are no meshes."""
        return None

    @property
    def reconnecting(self) -> bool:
        """Return False."""
        return False

    def reconnect_all(self, last: str | None) -> int | None:
        """Return 0: there is no bot to reconnect."""
        return 0


class Administration:
    """Changes and lists; every change is in the audit log, whether it succeeds or not."""

    def __init__(
        self, opened: OpenDirectory, clock: Clock, fleet: Fleet, help_of: Help = no_help
    ) -> None:
        self.directory = opened.directory
        self.clock = clock
        self._accounts = opened.accounts
        self._audit = opened.audit
        self._fleet = fleet
        self._descriptions = Descriptions(opened.store, help_of)
        self._deciding = asyncio.Lock()
        """Held from the look at what holds to its change: of two admins who remove each other in
        the same moment, one must find out that the other one is gone."""

    # ---- Admins ------------------------------------------------------------------------------

    def list_admins(self, after: str = "") -> results.AdminList:
        """Return those who are or were admins, of all realms, as last known; `PAGE` at most.

        Args:
            after: the last one of the page before, as of `Admin.id`; empty: the first page.
        """
        rest = [admin for admin in self.directory.snapshot.admins if admin.id > after]
        page = tuple(map(listing.admin_entry, rest[:PAGE]))
        return results.AdminList(admins=page, more=len(rest) > PAGE)

    async def add_admin(
        self, user_id: str, actor: Actor, realm: str = DEFAULT
    ) -> results.AdminOutcome:
        """Make a user an admin in every mesh of a realm; idempotent.

        Raises:
            UsageError: it is the bot itself, or no user id, or there is no such realm.
            MeshvisorError: the directory cannot take it; nothing has changed.
        """
        who = within(realm, user_id)
        why_not = self._why_no_admin(user_id, realm)
        if why_not is not None:
            await self.refuse(actor, "admin.add", who, why_not)
        async with self._deciding:
            await self._look_again(is_so=self.directory.is_admin(user_id, realm))
            changed = not self.directory.is_admin(user_id, realm)
            if changed:
                now = from_epoch(self.clock.wall())
                admin = Admin(user_id, now, actor.user_id, realm=realm)
                put = partial(self.directory.put_admin, admin)
                await self._change(put, actor, "admin.add", who)
        return results.AdminOutcome(user_id=user_id, realm=realm, is_admin=True, changed=changed)

    async def remove_admin(
        self, user_id: str, actor: Actor, realm: str = DEFAULT, *, keep_one: bool = False
    ) -> results.AdminOutcome:
        """Make an admin an ordinary user again; idempotent.

        Args:
            user_id: of the admin.
            actor: who asks.
            realm: where they are one.
            keep_one: refuse to remove the last one, who would not find a way back in a chat.

        Raises:
            UsageError: see `keep_one`.
            MeshvisorError: the directory cannot take it; nothing has changed.
        """
        async with self._deciding:
            who = within(realm, user_id)
            await self._look_again(is_so=self._admin(who) is None)
            known = self._admin(who)
            if known is None:
                return results.AdminOutcome(
                    user_id=user_id, realm=realm, is_admin=False, changed=False
                )
            if keep_one and self.directory.access_in(realm).admins == {user_id}:
                in_room = f"{user_id} is the last admin; make another user one first"
                where = f" --realm {realm}" if realm else ""
                why = f"{in_room}, or use the command line: meshvisor admin remove {user_id}{where}"
                await self.refuse(actor, "admin.remove", who, why, in_room)
            put = partial(self.directory.put_admin, replace(known, is_active=False))
            await self._change(put, actor, "admin.remove", who)
        return results.AdminOutcome(user_id=user_id, realm=realm, is_admin=False, changed=True)

    # ---- Permissions -------------------------------------------------------------------------

    def list_permissions(self, realm: str | None = None) -> results.PermissionList:
        """Return what is decided about commands and who may use which, as last known.

        Args:
            realm: where; None: what is decided anywhere, and who may use which on the platform.
        """
        access = self.directory.access_in(realm or DEFAULT)
        snapshot, commands = self.directory.snapshot, self._fleet.commands()
        return listing.permissions(snapshot, access, commands, realm)

    async def set_permission(
        self,
        command: str,
        level: Level,
        actor: Actor,
        realm: str = DEFAULT,
        *,
        force: bool = False,
    ) -> results.PermissionOutcome:
        """Decide who may use a command; idempotent.

        Args:
            command: in any case.
            level: who.
            actor: who asks.
            realm: where it holds; that of the platform: everywhere but where another one does.
            force: also for a command that no worker has and about which nothing is decided, such
                as one of a plug-in to come.

        Raises:
            UsageError: it is one of those that only admins may ever use, or no worker has it, or a
                document that cannot be used names it under another `_id`.
            MeshvisorError: the directory cannot take it; nothing has changed.
        """
        name, known = await self._resolve(command, actor, "perm.set", realm)
        it = Scoped(name, realm)
        # What the directory decides about already is no slip of the pen.
        if known is False and not force and self._level(it) is None:
            in_room = f"no bot has a command {name}{self._near(name)}"
            why = (
                f"{in_room}; to decide about it all the same: "
                f"meshvisor perm set {name} {level} --force"
            )
            await self.refuse(actor, "perm.set", it.id, why, in_room)
        async with self._deciding:
            await self._look_again(is_so=self._level(it) == level or self._is_flawed(it))
            previous = self._level(it)
            # A document of the wrong shape may do the same; it is still mended.
            changed = previous != level or self._is_flawed(it)
            if changed:
                decide = partial(self._decide, it, level, actor)
                detail = f"{previous or 'default'} -> {level}"
                await self._change(decide, actor, "perm.set", it.id, detail)
        return results.PermissionOutcome(
            command=name,
            realm=realm,
            level=level,
            previous=previous,
            changed=changed,
            known=known,
        )

    async def unset_permission(
        self, command: str, actor: Actor, realm: str = DEFAULT
    ) -> results.PermissionOutcome:
        """Leave a command to its default again; idempotent.

        Raises:
            UsageError: as `set_permission`.
            MeshvisorError: the directory cannot take it; nothing has changed.
        """
        name, known = await self._resolve(command, actor, "perm.unset", realm)
        it = Scoped(name, realm)
        async with self._deciding:
            await self._look_again(is_so=self._level(it) is None or self._is_flawed(it))
            previous = self._level(it)
            if previous is not None:
                detail = f"{previous} -> default"
                leave = partial(self._leave, it)
                await self._change(leave, actor, "perm.unset", it.id, detail)
        return results.PermissionOutcome(
            command=name,
            realm=realm,
            level=None,
            previous=previous,
            changed=previous is not None,
            known=known,
        )

    # ---- Everything --------------------------------------------------------------------------

    async def refresh(self, actor: Actor) -> results.RefreshReport:
        """Read everything anew and tell the workers what has changed.

        Raises:
            MeshvisorError: the database cannot be read; what was known holds.
        """
        directory = self.directory
        look = directory.refresh() if directory.reachable else directory.try_shortly()
        change = await self._attempt(look, actor, "refresh", "directory")
        done = self._audit.done(actor, "refresh", "directory", BY_ACTION["refresh"])
        await self._audit.keep(done)
        return listing.refreshed(self.directory, change)

    async def note(self, actor: Actor, action: str, subject: str, outcome: str) -> None:
        """Record a denied attempt."""
        await self._audit.add(actor, action, subject[:LONGEST_SHOWN], outcome=outcome)

    async def refuse(
        self, actor: Actor, action: str, subject: str, why: str, in_room: str | None = None
    ) -> NoReturn:
        """Refuse a request, and record the attempt.

        Args:
            actor: who asks.
            action: what for, as in the audit log.
            subject: what it is about.
            why: the reason.
            in_room: the reason for a room; None: the same.

        Raises:
            UsageError: always.
        """
        await self.note(actor, action, subject, why)
        raise UsageError(why, in_room=in_room)

    # ---- Private -----------------------------------------------------------------------------

    async def _look_again(self, *, is_so: bool) -> None:
        """Before it is said that something is so already, learn what others have just changed."""
        if is_so and self.directory.reachable:
            # A database that is lost in this moment leaves what was known last.
            with contextlib.suppress(MeshvisorError):
                await self.directory.refresh()

    async def _change(
        self,
        change: Callable[[Along], Awaitable[None]],
        actor: Actor,
        action: str,
        subject: str,
        detail: str = "",
    ) -> None:
        """Change the directory, together with the audit entry and the event where it takes them."""
        done = self._audit.done(actor, action, subject, BY_ACTION[action], detail)
        await self._attempt(change(done.write), actor, action, subject, detail)
        await self._audit.keep(done, is_written=self.directory.backend.takes_along)

    async def _attempt(
        self, work: Awaitable[T], actor: Actor, action: str, subject: str, detail: str = ""
    ) -> T:
        try:
            return await work
        except MeshvisorError as error:
            await self._audit.add(actor, action, subject, outcome=str(error), detail=detail)
            raise

    def _why_no_admin(self, user_id: str, realm: str) -> str | None:
        """Return why a user cannot be an admin, in a sentence; None: the user can."""
        account = self.directory.account
        if realm == DEFAULT and account is not None and user_id == account.user_id:
            return f"{user_id} is the bot itself, which cannot be an admin"
        try:
            self._accounts.check_realm(realm)
            checked = check_user_id(user_id, realm)
        except (UsageError, ValueError) as error:
            return str(error)
        # Such as the odd id of a mentioned user, which a directory could not read again.
        return (
            None
            if checked == user_id
            else f"{user_id[:LONGEST_SHOWN]!r} is no user id: write {checked}"
        )

    def _admin(self, who: str) -> Admin | None:
        """Return an admin, even if it is the bot, which may be removed and counts for nothing."""
        found = (a for a in self.directory.snapshot.admins if a.id == who and a.is_active)
        return next(found, None)

    async def _resolve(
        self, command: str, actor: Actor, action: str, realm: str
    ) -> tuple[str, bool | None]:
        """Return a command as it is written, and whether a worker has it; None: unknown."""
        key = command.casefold()
        try:
            self._accounts.check_realm(realm)
        except UsageError as error:
            await self.refuse(actor, action, within(realm, key), str(error))
        if key in ADMIN_COMMANDS:
            why = (
                f"the command {key} is for admins only and stays so, as do all of "
                f"{', '.join(sorted(ADMIN_COMMANDS))}; choose another one"
            )
            await self.refuse(actor, action, key, why)
        commands = self._fleet.commands()
        for name in (*commands, *(p.command for p in self.directory.snapshot.permissions)):
            if name.casefold() == key:
                return name, (name in commands) if commands else None
        return command, False if commands else None

    def _near(self, name: str) -> str:
        from meshvisor.shared.near_names import did_you_mean, near_names

        names = [n for n in self._fleet.commands() if n.casefold() not in ADMIN_COMMANDS]
        meant = did_you_mean(near_names(name, names))
        return f" ({meant})" if meant else ""

    def _level(self, it: Scoped) -> Level | None:
        needs = decided(self.directory.snapshot, it.realm).get(it.command.casefold())
        return None if needs is None else "admin" if needs else "user"

    def _is_flawed(self, it: Scoped) -> bool:
        return any(
            flaw.id.casefold() == it.id.casefold() or flaw.keeps_closed(it.id)
            for flaw in self._flaws()
        )

    def _flaws(self) -> list[Flaw]:
        return [flaw for flaw in self.directory.snapshot.flaws if flaw.collection == PERMISSIONS]

    def _description(self, it: Scoped) -> str:
        key = it.id.casefold()
        found = (p for p in self.directory.snapshot.permissions if p.id.casefold() == key)
        return next((p.description for p in found), "")

    async def _decide(self, it: Scoped, level: Level, actor: Actor, along: Along) -> None:
        text = await self._descriptions.of_new(it, self._description(it))
        now = from_epoch(self.clock.wall())
        permission = Permission(
            it.command, level == "admin", now, actor.user_id, text, realm=it.realm
        )
        others = await self._spellings(it.id) - {it.id}
        await self.directory.put_permission(permission, sorted(others), along)

    async def _leave(self, it: Scoped, along: Along) -> None:
        await self._descriptions.keep(it, self._description(it))
        others = await self._spellings(it.id) - {it.id}
        await self.directory.delete_permission(it.id, sorted(others), along)

    async def _spellings(self, name: str) -> set[str]:
        """Return the ids of all documents about a command, of which one at most is to stay.

        Raises:
            MeshvisorError: one of them cannot be replaced, or the directory is away.
        """
        if not self.directory.reachable:
            # What is known from before an outage does not tell what is wrong with the documents.
            await self.directory.try_shortly()
        self._check_documents(name)
        key = name.casefold()
        written = {p.id for p in self.directory.snapshot.permissions}
        # Of names that differ only in case, one is a permission and the others are flaws.
        written |= {flaw.own or flaw.id for flaw in self._flaws()}
        return {each for each in written if each.casefold() == key}

    def _check_documents(self, name: str) -> None:
        """Refuse to decide in vain: a document under another `_id` would have the last word."""
        for flaw in self._flaws():
            if flaw.keeps_closed(name):
                raise UsageError(
                    f"the document with the _id {flaw.id[:LONGEST_SHOWN]!r} in {PERMISSIONS} names "
                    f"the command {name} in another shape and keeps it for admins; correct or "
                    "remove it"
                )
