"""The routes of the kernel; features bring their own."""

from __future__ import annotations

from typing import Final

from meshvisor.console.routes import events, health, logs, metrics, settings
from meshvisor.console.routing import FeatureRoutes

KERNEL: Final[tuple[FeatureRoutes, ...]] = (
    settings.SUPERVISOR,
    events.ROUTES,
    events.AUDIT,
    logs.ROUTES,
    settings.SETTINGS,
    health.ROUTES,
    metrics.ROUTES,
)
