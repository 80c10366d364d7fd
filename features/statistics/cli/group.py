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
    sections={
        "What was recorded": {
            "show": f"{_OWN}.show:show",
            "top": f"{_OWN}.show:top",
            "export": f"{_OWN}.export:export",
            "forget": f"{_OWN}.forget:forget",
        },
        "What takes long": {
            "aggregate": f"{_OWN}.aggregate:aggregate",
            "generate-usage-events": f"{_OWN}.generate:generate_usage_events",
            "generate-community-events": f"{_OWN}.generate:generate_community_events",
            "remove-synthetic": f"{_OWN}.generate:remove_synthetic",
            "migrate-events": f"{_OWN}.migrate:migrate_events",
            "migrate-month": f"{_OWN}.migrate:migrate_month",
            "migration-status": f"{_OWN}.migrate:migration_status",
        },
        "The same in the background": {
            "aggregate-background": f"{_OWN}.twins:aggregate_background",
            "generate-usage-events-background": f"{_OWN}.twins:generate_usage_events_background",
            "generate-community-events-background": (
                f"{_OWN}.twins:generate_community_events_background"
            ),
            "migrate-events-background": f"{_OWN}.twins:migrate_events_background",
            "migrate-month-background": f"{_OWN}.twins:migrate_month_background",
        },
        "Processes in the background": {
            "process-status": f"{_BACKGROUND}.status:process_status",
            "cancel-process": f"{_BACKGROUND}.cancel:cancel_process",
            "list-processes": f"{_BACKGROUND}.listing:list_processes",
            "processes": f"{_BACKGROUND}.processes:processes",
        },
    },
)
def stats() -> None:
    """Who uses which mesh, when and how.

    What goes on in the background has the name of its process behind it: 'process-status NAME'
    shows how far it is.
    """
