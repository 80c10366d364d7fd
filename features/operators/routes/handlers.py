"""All routes of operators."""

from __future__ import annotations

from typing import Final

from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.operators.routes import passkeys, sessions, sign_in, tokens, views

ROUTES: Final[tuple[FeatureRoutes, ...]] = (
    sign_in.ROUTES,
    sessions.ROUTES,  # with those of operators
    passkeys.ROUTES,
    tokens.ROUTES,
    views.ROUTES,
)
