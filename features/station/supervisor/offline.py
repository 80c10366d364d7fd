"""The station without a supervisor, for the same requests as with one."""

from __future__ import annotations

from meshvisor.features.station.supervisor.station import Station
from meshvisor.supervisor.control.offline import OfflineHome


async def open_offline(opened: OfflineHome) -> None:
    """Provide it for requests; see `Feature.offline`."""
    store = await opened.database.opened()
    Station(store, opened.audit, opened.clock, opened.settings).provide(opened.services)
