"""Whose user id the first admin of a home has: the realm of its meshes.

Called by `meshvisor init`.
"""

from __future__ import annotations

from meshvisor.features.access.settings import AccountSettings
from meshvisor.features.access.supervisor.accounts import Accounts, Network
from meshvisor.features.fleet.settings import FleetSettings, StaticMesh
from meshvisor.shared.errors import UsageError
from meshvisor.shared.model.realm import DEFAULT
from meshvisor.shared.model.user_id import check_user_id
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.transports import listings


def usual_realm(settings: Settings) -> str:
    """Return the realm of all meshes that settings name; where they have several, or a platform
    lists others, its own.
    """
    accounts, meshes = Accounts(settings), settings.each(StaticMesh)
    held = settings.named(AccountSettings)
    realms = {accounts.realm(Network(mesh.transport, mesh.account)) for mesh in meshes}
    realms |= {
        accounts.realm(Network(held[name].transport, name))
        for name in settings.of(FleetSettings).discovery_accounts
    }
    return realms.pop() if len(realms) == 1 and not listings(settings) else DEFAULT


def checked_admin(user_id: str, realm: str) -> str:
    """Return a user id as it is meant in a realm.

    Raises:
        UsageError: it is none there.
    """
    try:
        return check_user_id(user_id, realm)
    except ValueError as error:
        hint = "" if realm else "; on another network than the platform's: --realm REALM"
        raise UsageError(f"--admin: {error}{hint}") from None
