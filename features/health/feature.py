"""Health: regular checks of the machine, the database and the fleet, and alerts."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="health",
    requires=("fleet", "blocklist", "jobs", "schedules", "records", "statistics"),
    settings="settings:SECTIONS",
    migrations="migrations",
    events="events:KINDS",
    requests="requests:HANDLERS",
    services="supervisor.services:make",
    actions="processes:ACTIONS",
    schedules="processes:SCHEDULES",
    health="figures:FIGURES",
)
