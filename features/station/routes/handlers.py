"""`/api/v1/station`: all routes of the station."""

from __future__ import annotations

from meshvisor.features.station.routes import alerts, groups, users, zones
from meshvisor.features.station.routes.area import ROUTES

__all__ = ["ROUTES", "alerts", "groups", "users", "zones"]
