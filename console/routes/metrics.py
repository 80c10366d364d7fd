"""`/metrics`: numbers for Prometheus and others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.responses import Response

from meshvisor.console import memory
from meshvisor.console.access import Asking
from meshvisor.console.metrics import MEDIA_TYPE, Metric, render, single
from meshvisor.console.routing import FeatureRoutes
from meshvisor.shared.feature import parts

ROUTES: Final = FeatureRoutes("metrics", prefix="/metrics", about="Numbers for Prometheus.")


@ROUTES.get(
    "",
    "view",
    responses={
        200: {
            "description": "OpenMetrics 1.0.",
            "content": {"application/openmetrics-text": {"schema": {"type": "string"}}},
        }
    },
)
async def show_metrics(caller: Asking) -> Any:
    """Show all numbers in the text format of OpenMetrics."""
    found = [metric async for metric in _all(caller)]
    return Response(render(found), 200, None, MEDIA_TYPE)


async def _all(caller: Asking) -> AsyncIterator[Metric]:
    status = await caller.status()
    supervisor = status["supervisor"]
    yield Metric(
        "meshvisor_info",
        "Always 1; its label is the version.",
        (({"version": supervisor["version"]}, 1),),
    )
    yield single(
        "meshvisor_uptime_seconds", "How long the supervisor runs.", supervisor["uptime_seconds"]
    )
    yield single(
        "meshvisor_problems", "What hinders the supervisor, counted.", len(supervisor["problems"])
    )
    yield single("meshvisor_console_memory_bytes", "Memory of the console.", memory.used())
    yield single(
        "meshvisor_console_viewers", "Pages that follow the events.", caller.console.hub.viewers
    )
    for _, collect in parts("metrics"):
        async for metric in collect(caller.console.control, status):
            yield metric
