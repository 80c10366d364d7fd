"""The chat commands that administer the fleet.

Only admins may use them, and no permission changes that: an admin who opened `setperm` to everybody
would have given the fleet away.
"""

from __future__ import annotations

from typing import Final

ADMIN_COMMANDS: Final = frozenset(
    {"admin", "listperms", "refresh", "relogin", "removeperm", "setperm"}
)
