"""Reports: what a week or a month was like, as JSON and as a page."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="reports",
    requires=("fleet", "jobs", "schedules", "records", "statistics"),
    settings="settings:SECTIONS",
    migrations="migrations",
    events="events:KINDS",
    requests="requests:HANDLERS",
    services="supervisor.services:make",
    routes="routes.reports:ROUTES",
    actions="processes:ACTIONS",
    schedules="processes:SCHEDULES",
    commands={"See how it is": {"reports": "cli.reports:reports"}},
    habits="cli.habits:HABITS",
)
