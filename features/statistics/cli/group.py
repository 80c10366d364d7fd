"""`meshvisor stats`: the group; each command is loaded when it is used."""

from __future__ import annotations

import click

from meshvisor.supervisor.cli.command import Group

_OWN = "meshvisor.features.statistics.cli"
_BACKGROUND = "meshvisor.features.background.cli"


@click.group(
    cls=Group,
    short_help="Who uses which mesh, when and how.",
    examples=(
        "stats aggregate",
        "stats show --mesh-id lobby",
        "stats top users --kind message",
        "stats export --format svg --output usage.svg",
    ),
    lazy={
        "show": f"{_OWN}.show:show",
        "top": f"{_OWN}.show:top",
        "export": f"{_OWN}.export:export",
        "aggregate": f"{_OWN}.aggregate:aggregate",
        "aggregate-background": f"{_OWN}.twins:aggregate_background",
        "generate-usage-events": f"{_OWN}.generate:generate_usage_events",
        "generate-usage-events-background": f"{_OWN}.twins:generate_usage_events_background",
        "remove-synthetic": f"{_OWN}.generate:remove_synthetic",
        "generate-community-events": f"{_OWN}.generate:generate_community_events",
        "generate-community-events-background": (
            f"{_OWN}.twins:generate_community_events_background"
        ),
        "forget": f"{_OWN}.forget:forget",
        "migrate-events": f"{_OWN}.migrate:migrate_events",
        "migrate-events-background": f"{_OWN}.twins:migrate_events_background",
        "migrate-month": f"{_OWN}.migrate:migrate_month",
        "migration-status": f"{_OWN}.migrate:migration_status",
        "process-status": f"{_BACKGROUND}.status:process_status",
        "cancel-process": f"{_BACKGROUND}.cancel:cancel_process",
        "list-processes": f"{_BACKGROUND}.listing:list_processes",
        "processes": f"{_BACKGROUND}.processes:processes",
    },
)
def stats() -> None:
    """Who uses which mesh, when and how.

    Each command that takes long has a twin that goes on in the background, such as
    'stats aggregate-background' and 'stats migrate-events-background'.
    """
