"""Numbers of schedules; `Feature.metrics`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from meshvisor.console.control import Control
from meshvisor.console.metrics import Metric
from meshvisor.features.schedules.routes.pages import all_schedules


async def collect(control: Control, _status: dict[str, Any]) -> AsyncIterator[Metric]:
    """Yield them."""
    found = await all_schedules(control.request)
    yield Metric(
        "meshvisor_schedule_enabled",
        "1: the schedule fires.",
        tuple(({"schedule": one["name"]}, one["enabled"]) for one in found),
    )
    yield Metric(
        "meshvisor_schedule_next_timestamp_seconds",
        "When the schedule fires next.",
        tuple(
            ({"schedule": one["name"]}, datetime.fromisoformat(one["next_at"]).timestamp())
            for one in found
            if one["next_at"]
        ),
    )
    yield Metric(
        "meshvisor_schedule_last_failed",
        "1: the newest run of the schedule has failed.",
        tuple(
            ({"schedule": one["name"]}, one["last_run"]["status"] == "failed")
            for one in found
            if one["last_run"]
        ),
    )
