"""Operators without a supervisor, for the same requests as with one."""

from __future__ import annotations

from meshvisor.features.operators.supervisor.provision import provide
from meshvisor.supervisor.control.offline import OfflineHome


async def open_offline(opened: OfflineHome) -> None:
    """Provide them for requests; see `Feature.offline`."""
    provide(opened.services, await opened.database.opened(), opened.audit, opened.clock)
