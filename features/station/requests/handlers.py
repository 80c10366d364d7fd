"""All requests of the station."""

from __future__ import annotations

from typing import Final

from meshvisor.features.station.requests import alerts, groups, users, zones
from meshvisor.supervisor.control.handling import Handler

HANDLERS: Final[tuple[Handler, ...]] = (
    *alerts.HANDLERS,
    *zones.HANDLERS,
    *users.HANDLERS,
    *groups.HANDLERS,
)
