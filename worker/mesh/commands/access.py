"""Who may use which command.

Owns the tables that the supervisor pushes (`refresh_admins`, `refresh_permissions`).  Does not
own them durably: the directory does, in the supervisor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Access:
    """The newest admins and permissions; without any pushed, everybody may use everything."""

    admins: frozenset[str] = frozenset()
    """User ids."""
    requires_admin: Mapping[str, bool] = field(default_factory=dict)
    """Command name to whether it needs an admin."""

    def is_admin(self, user_id: str) -> bool:
        """Say whether this user is an admin."""
        return user_id in self.admins

    def allows(self, command: str, user_id: str) -> bool:
        """Say whether this user may use the command."""
        return not self.requires_admin.get(command, False) or self.is_admin(user_id)
