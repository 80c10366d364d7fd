"""Background commands, which need no supervisor."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="background",
    requires=("notifications",),
    api="progress",
    requests="requests:HANDLERS",
    routes="routes.background:ROUTES",
    commands={
        "Work": {
            "background": "cli.background:background",
            "processes": "cli.processes:processes",
            "process-status": "cli.status:process_status",
            "cancel-process": "cli.cancel:cancel_process",
            "list-processes": "cli.listing:list_processes",
        },
    },
    habits="cli.habits:HABITS",
)
