"""The health check as an action, and when it runs."""

from __future__ import annotations

from typing import Final

from meshvisor.features.health import wordings as say
from meshvisor.features.jobs.model.built_in import BuiltInAction, built_in

NAME: Final = "health-check"

ACTIONS: Final = (
    BuiltInAction(
        # A lane of its own: it has to run while a long job of another process does.
        built_in(
            NAME, say.ACTION(), lane="health", priority=2, retries=1, timeout=120, dry_run=True
        ),
        "worker.check:check",
    ),
)

SCHEDULES: Final = (
    {
        "name": NAME,
        "cron": "*/15 * * * *",
        "action": NAME,
        # A later check is worth more than one that comes too late.
        "timeout": 600,
        "misfire": "latest",
        "misfire_window": 900,
    },
)
