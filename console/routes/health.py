"""`/healthz` and `/readyz`: for whatever watches over the console."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, Field

from meshvisor.console.access import Shared
from meshvisor.console.problem import ProblemError
from meshvisor.console.routing import PUBLIC, FeatureRoutes
from meshvisor.shared.errors import MeshvisorError

ANSWER_WITHIN: Final = 2.0
"""Seconds that the supervisor has to show a sign of life."""

ROUTES: Final = FeatureRoutes(
    "health", prefix="", about="Whether the console and the supervisor behind it are there."
)


class Health(BaseModel):
    """That the console is there."""

    status: str = Field("ok", description="Always `ok`; else there is no such answer.")


@ROUTES.get("/healthz", PUBLIC, result=Health)
async def healthz() -> Any:
    """Say that the console is there."""
    return {"status": "ok"}


@ROUTES.get("/readyz", PUBLIC, result=Health)
async def readyz(console: Shared) -> Any:
    """Say that the supervisor answers; else it is a problem with status 503."""
    try:
        await console.control.request("version", timeout=ANSWER_WITHIN)
    except MeshvisorError as error:
        raise ProblemError(503, str(error), {"Retry-After": "1"}) from None
    return {"status": "ok"}


# Load balancers and monitors ask by HEAD.
for _path, _endpoint in (("/healthz", healthz), ("/readyz", readyz)):
    ROUTES.route("HEAD", _path, PUBLIC, result=Health, include_in_schema=False)(_endpoint)
