"""What the control socket can ask about health: `health_report`."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from meshvisor.features.health.results import HealthCheck
from meshvisor.features.health.supervisor.service import HealthService
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

MOST_FIGURES: Final = 200


class ReportHealth(Request):
    """Take in what a health check has measured: raise and clear alerts, and keep the result."""

    type: Literal["health_report"] = "health_report"
    figures: dict[str, float | None] = Field(max_length=MOST_FIGURES)
    """Values by name; null: not measured."""
    dry_run: bool = False
    """Whether only to say what would follow."""


@handles(ReportHealth)
async def report_health(request: ReportHealth, call: Call) -> HealthCheck:
    """Evaluate it."""
    return await call.need(HealthService).take_in(request.figures, dry_run=request.dry_run)


HANDLERS: Final[tuple[Handler, ...]] = (report_health,)
