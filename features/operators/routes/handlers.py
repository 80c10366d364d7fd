"""All routes of operators."""

from __future__ import annotations

from typing import Final

from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.operators.routes import operators, passkeys, session, tokens, views

ROUTES: Final[tuple[FeatureRoutes, ...]] = (
    session.ROUTES,
    operators.ROUTES,
    passkeys.ROUTES,
    tokens.ROUTES,
    views.ROUTES,
)
