"""What the directory holds, in the shapes of the control socket; pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.features.access.supervisor.directory.access import AccessTable
from meshvisor.features.access.supervisor.directory.directory import Change, Directory
from meshvisor.features.access.supervisor.directory.model import (
    Account,
    Admin,
    Permission,
    Snapshot,
)
from meshvisor.shared.late import late
from meshvisor.shared.model.realm import DEFAULT

if TYPE_CHECKING:
    from meshvisor.features.access import results
else:
    results = late("meshvisor.features.access.results")

MASK: Final = "********"
"""Of every length: how long a secret is helps to guess it."""


def admin_entry(admin: Admin) -> results.AdminEntry:
    """Return one admin."""
    return results.AdminEntry(
        user_id=admin.user_id,
        realm=admin.realm,
        added_by=admin.added_by,
        added_at=admin.added_at and _iso(admin.added_at),
        is_active=admin.is_active,
    )


def permissions(
    snapshot: Snapshot, access: AccessTable, commands: Mapping[str, bool], realm: str | None = None
) -> results.PermissionList:
    """Return the permissions, and which commands every user may use.

    Args:
        snapshot: of the directory.
        access: the same as tables of the realm.
        commands: of all workers, and whether each needs an admin by default; empty: unknown.
        realm: whose permissions are listed, with those that hold there, too; None: all.
    """
    listed = [p for p in snapshot.permissions if realm is None or p.realm in (DEFAULT, realm)]
    names = {name.casefold(): name for name in commands}
    for permission in listed:
        names.setdefault(permission.command.casefold(), permission.command)
    needs = dict.fromkeys(ADMIN_COMMANDS, True)
    for key, name in names.items():
        if key not in ADMIN_COMMANDS:
            needs[name] = access.requires_admin.get(key, commands.get(name, False))
    return results.PermissionList(
        admins=len(access.admins),
        permissions=tuple(_permission_entry(p, commands) for p in listed),
        admin_commands=tuple(sorted(name for name, admin in needs.items() if admin)),
        user_commands=tuple(sorted(name for name, admin in needs.items() if not admin)),
    )


def refreshed(directory: Directory, change: Change) -> results.RefreshReport:
    """Return what a refresh has found."""
    changed = {
        "admins": change.admins,
        "permissions": change.permissions,
        "credentials": change.account,
    }
    return results.RefreshReport(
        backend=directory.backend.kind,
        changed=tuple(name for name, is_other in changed.items() if is_other),
        admins=directory.admins,
        permissions=len(directory.snapshot.permissions),
        problems=tuple(directory.problems),
    )


def credentials(account: Account, problem: str | None) -> results.CredentialsReport:
    """Return an account without its secrets."""
    return results.CredentialsReport(
        email=account.email,
        user_id=account.user_id,
        peer_id=account.peer_id,
        device_id=account.device_id,
        ssaid=_masked(SecretStr(account.ssaid)),
        parse_id=account.parse_id,
        parse_token=_masked(account.parse_token),
        auth_token=_masked(account.auth_token),
        updated_at=_iso(account.updated_at),
        problem=problem,
    )


def _permission_entry(
    permission: Permission, commands: Mapping[str, bool]
) -> results.PermissionEntry:
    known = {name.casefold() for name in commands}
    return results.PermissionEntry(
        command=permission.command,
        realm=permission.realm,
        level="admin" if permission.requires_admin else "user",
        updated_at=permission.updated_at and _iso(permission.updated_at),
        updated_by=permission.updated_by,
        description=permission.description,
        known=permission.command.casefold() in known if commands else None,
        broken=permission.is_broken,
    )


def _masked(secret: SecretStr) -> str:
    return MASK if secret.get_secret_value() else ""


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
