"""Aggregating and migrating as actions, and when the first of them runs by itself."""

from __future__ import annotations

from typing import Final

from meshvisor.features.jobs.model.built_in import BuiltInAction, built_in

NAME: Final = "usage-aggregation"

MIGRATION: Final = "event-migration"

ACTIONS: Final = (
    BuiltInAction(
        built_in(NAME, lane="upkeep", retries=2, retry_delay=300, timeout=3_600),
        "worker.aggregate:aggregate_usage",
    ),
    BuiltInAction(
        built_in(MIGRATION, lane="upkeep", retries=2, retry_delay=300, timeout=6 * 3_600),
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
