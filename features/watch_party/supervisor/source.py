"""The rooms that a platform lists, and those of a local mesh server.

Owns which servers are asked, and what each is sent.  Called by the fleet (`Source`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.features.watch_party.kind import NAME
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.features.watch_party.supervisor.discovery.rest import RestOptions, RestProvider
from meshvisor.features.watch_party.supervisor.platform import Addresses
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.platform.signing import Keys


class Rooms:
    """Implements `Source` of the fleet.

    Args:
        local: returns where a local mesh server is; None: there is none.
        account: returns whose rooms are asked for.
    """

    transport = NAME
    hint = "set platform.url"

    def __init__(
        self, local: Callable[[], Addresses | None], account: Callable[[], Account]
    ) -> None:
        self._local = local
        self._account = account

    def server(self, settings: Settings) -> str:
        """Return the local server's address; without one, that of the settings."""
        local = self._local()
        return local.server if local else settings.of(PlatformSettings).server

    def providers(self, settings: Settings) -> Sequence[RestProvider]:
        """Return the platform, if there is one, and the local mesh server, if there is one."""
        mode = settings.of(FleetSettings).mesh_mode
        platform, local = settings.of(PlatformSettings), self._local()
        account, server = self._account(), self.server(settings)
        found = []
        if platform.url:
            found.append(
                RestOptions(
                    url=platform.url,
                    mode=mode,
                    device_id=account.device_id,
                    auth_token=account.auth_token,
                    default_server=server,
                    source="platform",
                    keys=Keys.of(platform),
                    allow_plain_servers=platform.allow_plain_servers,
                )
            )
        if local:
            # What the platform gave us is not for others, and the playground asks for nothing.
            found.append(
                RestOptions(
                    url=local.url,
                    mode=mode,
                    device_id=account.device_id,
                    auth_token=None if platform.url else account.auth_token,
                    default_server=server,
                    source="playground",
                )
            )
        return [RestProvider(options) for options in found]
