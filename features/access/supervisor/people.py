"""Who may do what in which mesh, for the features that answer people in rooms.

Owns the way from a mesh to the realm in which its user ids are valid.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from meshvisor.features.access.supervisor.accounts import Accounts, Network
from meshvisor.features.access.supervisor.directory.directory import Directory

UNKNOWN: Final = "?"
"""The realm of a mesh that is not served any more; it has no admins."""

NetworkOf = Callable[[str], Network | None]
"""Returns where a mesh is; None: there is no such mesh."""


class Realms:
    """Those of all meshes."""

    def __init__(self, accounts: Accounts, network_of: NetworkOf) -> None:
        self._accounts = accounts
        self._network_of = network_of

    def realm_of(self, mesh_id: str) -> str:
        """Return the realm in which the user ids of a mesh are valid."""
        network = self._network_of(mesh_id)
        return UNKNOWN if network is None else self._accounts.realm(network)


class People(Realms):
    """Those in all meshes."""

    def __init__(self, directory: Directory, accounts: Accounts, network_of: NetworkOf) -> None:
        super().__init__(accounts, network_of)
        self._directory = directory

    def is_admin(self, user_id: str, mesh_id: str) -> bool:
        """Say whether a user of a mesh is an admin there."""
        return self._directory.is_admin(user_id, self.realm_of(mesh_id))

    def is_owner(self, user_id: str, mesh_id: str) -> bool:
        """Say whether a user of a mesh is an admin there whom the operator has appointed."""
        return self._directory.is_owner(user_id, self.realm_of(mesh_id))
