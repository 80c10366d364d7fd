"""What requests about admins, permissions and the account return: the JSON that `--json` prints
(docs/cli.md).

Owns the shapes, by the rules of `shared.control.results`.
"""

from __future__ import annotations

from meshvisor.shared.control.results import Result


class DirectoryStatus(Result):
    """Where credentials, admins and permissions come from."""

    backend: str
    """`sqlite` or `mongodb`."""
    reachable: bool
    admins: int = 0
    permissions: int = 0
    """Commands that have a permission."""
    problems: tuple[str, ...] = ()
    """What is wrong with it, each in one sentence."""


class AdminEntry(Result):
    """One admin."""

    user_id: str
    added_by: str | None
    """User id, behind its realm and a slash unless that is the platform's; None: from the command
    line."""
    added_at: str | None
    """None: unknown."""
    is_active: bool
    """False: was an admin, and is no more."""
    realm: str = ""
    """Where the user id means them; empty: the platform's."""


class AdminList(Result):
    """Answer to `admin_list`."""

    admins: tuple[AdminEntry, ...]
    more: bool = False
    """There is another page, `after` the last of these (`realm/user_id` in other realms than the
    platform's)."""


class AdminOutcome(Result):
    """Answer to `admin_add` and `admin_remove`."""

    user_id: str
    is_admin: bool
    changed: bool
    """False: it was so before."""
    realm: str = ""
    """Where; empty: on the platform."""


class PermissionEntry(Result):
    """The permission of a command."""

    command: str
    level: str
    """`admin` or `user`."""
    updated_at: str | None
    """None: unknown."""
    updated_by: str | None
    """User id; None: from the command line, or broken."""
    description: str
    known: bool | None
    """Whether a worker has such a command; None: unknown at present."""
    broken: bool = False
    """Its document cannot be used, which keeps the command for admins until it is corrected."""
    realm: str = ""
    """Where it holds; empty: everywhere but where a realm has its own."""


class PermissionList(Result):
    """Answer to `perm_list`."""

    admins: int
    permissions: tuple[PermissionEntry, ...]
    admin_commands: tuple[str, ...]
    """Commands that only admins may use, by decision, by default or for ever."""
    user_commands: tuple[str, ...]
    """Commands for all users; with `admin_commands` all that workers have."""


class PermissionOutcome(Result):
    """Answer to `perm_set` and `perm_unset`."""

    command: str
    level: str | None
    """`admin` or `user`; None: the command's default."""
    previous: str | None
    """As before; None: the command's default."""
    changed: bool
    known: bool | None
    """Whether a worker has such a command; None: unknown at present."""
    realm: str = ""
    """Where it holds; empty: everywhere but where a realm has its own."""


class RefreshReport(Result):
    """Answer to `refresh`."""

    backend: str
    changed: tuple[str, ...]
    """Of `admins`, `permissions` and `credentials`, those that are other than before."""
    admins: int
    permissions: int
    problems: tuple[str, ...] = ()


class CredentialsReport(Result):
    """Answer to `credentials_show` and `credentials_save`; of secrets only whether there are."""

    email: str
    user_id: str
    peer_id: str
    device_id: str
    ssaid: str
    """Masked."""
    parse_id: str
    parse_token: str
    """Masked."""
    auth_token: str
    """Masked."""
    updated_at: str
    problem: str | None = None
    """What keeps file and directory apart."""


class ReloginReport(Result):
    """Answer to `relogin`."""

    renewed: bool
    """Whether there was a session to renew, and it was."""
    workers: int
    """How many bots join their rooms again, one after another."""
