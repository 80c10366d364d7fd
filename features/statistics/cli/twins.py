"""The `-background` twins: each starts its command in the background and returns at once."""

from __future__ import annotations

import click

from meshvisor.features.statistics.cli.aggregate import aggregate
from meshvisor.features.statistics.cli.generate import (
    generate_community_events,
    generate_usage_events,
)
from meshvisor.features.statistics.cli.migrate import migrate_events, migrate_month
from meshvisor.features.statistics.cli.twin import twin

aggregate_background: click.Command = twin(aggregate, "aggregation")

generate_usage_events_background: click.Command = twin(
    generate_usage_events, "usage-event-generation"
)

generate_community_events_background: click.Command = twin(
    generate_community_events, "community-event-generation"
)

migrate_events_background: click.Command = twin(migrate_events, "event-migration")

migrate_month_background: click.Command = twin(migrate_month, "event-migration")
"""The same process: of one home one migration is under way at a time."""
