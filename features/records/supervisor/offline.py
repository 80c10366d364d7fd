"""Records without a supervisor, for the same requests as with one."""

from __future__ import annotations

from meshvisor.features.records.supervisor.service import Records
from meshvisor.supervisor.control.offline import OfflineHome


async def open_offline(opened: OfflineHome) -> None:
    """Provide them for requests; see `Feature.offline`."""
    opened.services.provide(Records, Records(await opened.database.opened(), opened.clock))
