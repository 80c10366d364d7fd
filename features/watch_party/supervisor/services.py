"""What runs of watch-party rooms in the supervisor: the platform.

Owns the composition.  Offers `Platform`; tells access where its account is one, and the fleet where
rooms are.
"""

from __future__ import annotations

from collections.abc import Mapping

from meshvisor.features.access.supervisor.directory.directory import Directory
from meshvisor.features.access.supervisor.identity import Identity
from meshvisor.features.fleet.supervisor.sources import Sources
from meshvisor.features.watch_party.supervisor.platform import Platform
from meshvisor.features.watch_party.supervisor.source import Rooms
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.service_contract import Service


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make it; `Feature.services`."""
    services = kernel.services
    identity = services.need(Identity)
    platform = Platform(services.need(Directory), kernel.settings)
    identity.attach(platform)
    services.need(Sources).add(Rooms(lambda: platform.local, lambda: identity.account))
    services.provide(Platform, platform)
    return {"platform": platform}
