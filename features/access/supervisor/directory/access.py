"""Who may use which command, as workers are told.

Owns the way from what the directory holds to the tables of `refresh_admins` and
`refresh_permissions`.  Does not own what a command needs by default: its worker knows that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.features.access.supervisor.directory.documents import PERMISSIONS
from meshvisor.features.access.supervisor.directory.model import Flaw, Permission, Snapshot


@dataclass(frozen=True, slots=True)
class AccessTable:
    """The two tables."""

    admins: frozenset[str] = frozenset()
    """User ids."""
    requires_admin: Mapping[str, bool] = field(default_factory=dict)
    """Command names in lower case."""

    @classmethod
    def of(cls, snapshot: Snapshot, own_id: str = "") -> AccessTable:
        """Return the tables of what the directory holds.

        The bot itself is no admin, whatever somebody has written: it would count as one who can
        let others in, and cannot.

        Where two documents name one command in different case, the stricter one counts.  Those
        about hard-coded admin commands, which only somebody with another program can have
        written, count for nothing.

        Args:
            snapshot: what it holds.
            own_id: the bot's user id; empty: unknown.
        """
        table: dict[str, bool] = {}
        for permission in snapshot.permissions:
            name = permission.command.casefold()
            if name not in ADMIN_COMMANDS:
                table[name] = table.get(name, False) or permission.requires_admin
        admins = frozenset(admin.user_id for admin in snapshot.admins if admin.is_active)
        return cls(admins - {own_id}, table)


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
    return Flaw(PERMISSIONS, permission.command, why)
