"""Who may use which command.

Owns the tables that the supervisor pushes (`refresh_admins`, `refresh_permissions`).  Does not
own them durably: the directory does, in the supervisor.  Asked by the dispatcher before each
command, and by `help`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshvisor.worker.mesh.commands.registry import Command
from meshvisor.worker.mesh.transport import User


@dataclass(slots=True)
class CommandAccess:
    """The newest admins and permissions.

    Without any pushed there are no admins and each command keeps its own default.  No chat message
    is ever judged by that: the supervisor pushes both tables before it permits the first connect,
    and a channel keeps the order of its messages.
    """

    admins: frozenset[str] = frozenset()
    """User ids."""
    requires_admin: Mapping[str, bool] = field(default_factory=dict)
    """`Command.key` to whether it needs an admin; commands that are missing keep their default."""

    def is_admin(self, user: User) -> bool:
        """Say whether this user is an admin, and the network vouches that it is they."""
        return user.authenticated and user.id in self.admins

    def allows(self, command: Command, user: User) -> bool:
        """Say whether this user may use the command."""
        if command.always_requires_admin or self.requires_admin.get(command.key, command.admin):
            return self.is_admin(user)
        return True
