"""Numbers of jobs; `Feature.metrics`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from meshvisor.console.control import Control
from meshvisor.console.metrics import Metric, single

_STATUSES: Final = (
    "queued",
    "active",
    "paused",
    "interrupted",
    "completed",
    "failed",
    "cancelled",
)


async def collect(control: Control, _status: dict[str, Any]) -> AsyncIterator[Metric]:
    """Yield them."""
    stats = await control.request("jobs_stats")
    yield Metric(
        "meshvisor_jobs",
        "Jobs by status; ended ones are forgotten after a while.",
        tuple(({"status": status}, stats[status]) for status in _STATUSES),
    )
    yield Metric(
        "meshvisor_lane_jobs",
        "Jobs of a lane by status.",
        tuple(
            ({"lane": lane, "status": status}, count)
            for lane, counts in stats["by_lane"].items()
            for status, count in counts.items()
        ),
    )
    yield single("meshvisor_holds", "Lanes, rate keys or all on hold.", len(stats["holds"]))
