"""All routes of schedules."""

from __future__ import annotations

from typing import Final

from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.schedules.routes import background, schedules

ROUTES: Final[tuple[FeatureRoutes, ...]] = (schedules.ROUTES, background.ROUTES)
