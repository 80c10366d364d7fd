"""The two reports as actions, and when they are made."""

from __future__ import annotations

from typing import Any, Final

from meshvisor.features.jobs.model.built_in import BuiltInAction, built_in
from meshvisor.features.reports import wordings as say

WEEKLY: Final = "weekly-report"
MONTHLY: Final = "monthly-analytics"

_REPORT: Final[dict[str, Any]] = {
    "lane": "upkeep",
    "retries": 3,
    "retry_delay": 300,
    "timeout": 600,
    "dry_run": True,
    "inputs": {"until": {"type": "text", "description": say.UNTIL()}},
}

ACTIONS: Final = (
    BuiltInAction(
        built_in(WEEKLY, say.WEEKLY(), **_REPORT),
        "worker.report:weekly",
    ),
    BuiltInAction(
        built_in(MONTHLY, say.MONTHLY(), **_REPORT),
        "worker.report:monthly",
    ),
)

SCHEDULES: Final = (
    {
        "name": WEEKLY,
        "cron": "0 6 * * 0",
        "action": WEEKLY,
        # A report about the same days can be made later as well.
        "misfire": "latest",
        "misfire_window": 3 * 86_400,
    },
    {
        "name": MONTHLY,
        "cron": "0 3 1 * *",
        "action": MONTHLY,
        "misfire": "latest",
        "misfire_window": 7 * 86_400,
    },
)
