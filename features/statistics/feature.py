"""Statistics: who uses which mesh, when and how."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="statistics",
    requires=("access", "fleet", "jobs", "schedules", "background"),
    settings="settings:SECTIONS",
    requests="requests:HANDLERS",
    services="supervisor.services:make",
    actions="processes:ACTIONS",
    schedules="processes:SCHEDULES",
    commands={"See how it is": {"stats": "cli.group:stats"}},
    routes="routes.statistics:ROUTES",
    habits="cli.habits:HABITS",
)
