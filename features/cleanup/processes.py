"""The cleanup as an action, and when it runs."""

from __future__ import annotations

from typing import Final

from meshvisor.features.cleanup import wordings as say
from meshvisor.features.jobs.model.built_in import BuiltInAction, built_in

NAME: Final = "data-cleanup"

ACTIONS: Final = (
    BuiltInAction(
        built_in(
            NAME,
            say.ACTION(),
            lane="upkeep",
            retries=2,
            retry_delay=300,
            timeout=7_200,
            dry_run=True,
        ),
        "worker.cleanup:clean_up",
    ),
)

SCHEDULES: Final = (
    {
        "name": NAME,
        "cron": "0 2 * * *",
        "action": NAME,
        "timeout": 14_400,
        "misfire": "latest",
        "misfire_window": 43_200,
    },
)
