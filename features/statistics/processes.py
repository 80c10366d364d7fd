"""Aggregating and migrating as actions, and when the first of them runs by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from meshvisor.features.jobs.model.built_in import BuiltInAction, built_in
from meshvisor.features.statistics import wordings as say
from meshvisor.shared.inputs import Input

NAME: Final = "usage-aggregation"

MIGRATION: Final = "event-migration"

_OF_MIGRATION: Final[Mapping[str, Input]] = {
    "to": {
        "type": "text",
        "choices": ("mongodb", "sqlite"),
        "default": "mongodb",
        "description": say.TO(),
    },
    "month": {"type": "text", "description": say.MONTH()},
    "event_types": {"type": "list", "description": say.EVENT_TYPES()},
    "batch_size": {"type": "number", "default": 5000, "description": say.BATCH_SIZE()},
    "max_batches": {"type": "number", "description": say.MAX_BATCHES()},
    "max_memory_percent": {"type": "number", "default": 90, "description": say.MAX_MEMORY()},
    "delete_old": {"type": "boolean", "default": False, "description": say.DELETE_OLD()},
}
"""`worker.migrate.Options`."""

ACTIONS: Final = (
    BuiltInAction(
        built_in(NAME, say.AGGREGATION(), lane="upkeep", retries=2, retry_delay=300, timeout=3_600),
        "worker.aggregate:aggregate_usage",
    ),
    BuiltInAction(
        built_in(
            MIGRATION,
            say.MIGRATION(),
            lane="upkeep",
            retries=2,
            retry_delay=300,
            timeout=6 * 3_600,
            inputs=_OF_MIGRATION,
        ),
        "worker.migrate:migrate_events",
    ),
)

SCHEDULES: Final = (
    {
        "name": NAME,
        "cron": "*/10 * * * *",
        "action": NAME,
        # One run takes in all that others have missed, and at once, or people are told of them.
        "misfire": "latest",
    },
)
