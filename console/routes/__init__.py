"""The routes of the kernel; features bring their own."""

from __future__ import annotations

from typing import Final

from meshvisor.console.routes import health
from meshvisor.console.routing import FeatureRoutes

KERNEL: Final[tuple[FeatureRoutes, ...]] = (health.ROUTES,)
