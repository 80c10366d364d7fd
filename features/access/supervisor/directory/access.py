"""Who may use which command, as it is sent to workers.

Owns the way from what the directory holds to the tables of `refresh_admins` and
`refresh_permissions`.  Does not own what a command needs by default: its worker knows that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.features.access.supervisor.directory.documents import PERMISSIONS
from meshvisor.features.access.supervisor.directory.model import Flaw, Permission, Snapshot
from meshvisor.shared.model.realm import DEFAULT


class AccessTable(msgspec.Struct, frozen=True):
    """The two tables of a realm."""

    admins: frozenset[str] = frozenset()
    """User ids."""
    requires_admin: Mapping[str, bool] = msgspec.field(default_factory=dict)
    """Command names in lower case."""

    @classmethod
    def of(cls, snapshot: Snapshot, own_id: str = "", realm: str = DEFAULT) -> AccessTable:
        """Return the tables of what the directory holds.

        The bot itself is no admin, whatever the documents say: it would count as one who can
        let others in, and cannot.

        Where two documents name one command in different case, the stricter one counts.  Those
        about hard-coded admin commands, which only another program can have written, count for
        nothing.

        Args:
            snapshot: what it holds.
            own_id: the bot's user id there; empty: unknown.
            realm: whose tables; a permission of the platform's holds there, too, unless it has its
                own.
        """
        table = decided(snapshot, DEFAULT)
        if realm != DEFAULT:
            table |= decided(snapshot, realm)
        admins = (a.user_id for a in snapshot.admins if a.is_active and a.realm == realm)
        return cls(frozenset(admins) - {own_id}, table)

    @classmethod
    def by_realm(cls, snapshot: Snapshot, own_id: str) -> dict[str, AccessTable]:
        """Return those of the platform's realm and of each about which something is written.

        Args:
            snapshot: what the directory holds.
            own_id: the bot's user id on the platform.
        """
        realms = {a.realm for a in snapshot.admins} | {p.realm for p in snapshot.permissions}
        others = {realm: cls.of(snapshot, realm=realm) for realm in realms - {DEFAULT}}
        return {DEFAULT: cls.of(snapshot, own_id), **others}


def decided(snapshot: Snapshot, realm: str) -> dict[str, bool]:
    """Return the permissions of one realm alone, as in `AccessTable.requires_admin`."""
    table: dict[str, bool] = {}
    for permission in snapshot.permissions:
        name = permission.command.casefold()
        if permission.realm == realm and name not in ADMIN_COMMANDS:
            table[name] = table.get(name, False) or permission.requires_admin
    return table


def without_hard_coded(snapshot: Snapshot) -> Snapshot:
    """Return what the directory holds without what it says about hard-coded admin commands.

    It decides nothing.  What would open one is a flaw, for its author believes that it does.
    """
    vain = [p for p in snapshot.permissions if p.command.casefold() in ADMIN_COMMANDS]
    if not vain:
        return snapshot
    return replace(
        snapshot,
        permissions=tuple(
            p for p in snapshot.permissions if p.command.casefold() not in ADMIN_COMMANDS
        ),
        flaws=(*snapshot.flaws, *(_opening(p) for p in vain if not p.requires_admin)),
    )


def _opening(permission: Permission) -> Flaw:
    why = f"the command {permission.command.casefold()} is for admins for ever; remove the document"
    return Flaw(PERMISSIONS, permission.id, why)
