"""Where meshes come from, by the present settings.

Owns the choice of providers and what each is told.  Called by the service at the start, after a
reload, and when the account has changed.
"""

from __future__ import annotations

from meshvisor.features.access.settings import PlatformSettings
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.features.access.supervisor.identity import Addresses
from meshvisor.features.fleet.settings import FleetSettings, StaticMesh
from meshvisor.features.fleet.supervisor.discovery import Provider
from meshvisor.features.fleet.supervisor.providers.rest import RestOptions, RestProvider
from meshvisor.features.fleet.supervisor.providers.static import StaticProvider
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.platform.signing import Keys


def sources(
    settings: Settings, playground: Addresses | None, account: Account
) -> tuple[Provider, ...]:
    """Return the providers.

    Args:
        settings: the present ones.
        playground: where the local mesh server is; None: none was started.
        account: whose meshes are asked for.
    """
    platform = settings.of(PlatformSettings)
    server = playground.server if playground else platform.server
    found: list[Provider] = [StaticProvider(settings.each(StaticMesh), server)]
    if platform.url:
        found.append(
            RestProvider(
                RestOptions(
                    url=platform.url,
                    mode=settings.of(FleetSettings).mesh_mode,
                    device_id=account.device_id,
                    auth_token=account.auth_token,
                    default_server=server,
                    source="platform",
                    keys=Keys.of(platform),
                    allow_plain_servers=platform.allow_plain_servers,
                )
            )
        )
    if playground:
        # What the platform gave us is not for others, and the playground asks for nothing.
        found.append(
            RestProvider(
                RestOptions(
                    url=playground.url,
                    mode=settings.of(FleetSettings).mesh_mode,
                    device_id=account.device_id,
                    auth_token=None if platform.url else account.auth_token,
                    default_server=server,
                    source="playground",
                )
            )
        )
    return tuple(found)
