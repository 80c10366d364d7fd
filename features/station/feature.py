"""The station: alerts, zones, users and groups."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="station",
    requires=("access", "fleet"),
    settings="settings:SECTIONS",
    migrations="migrations",
    events="events:KINDS",
    requests="requests.handlers:HANDLERS",
    offline="supervisor.offline:open_offline",
    services="supervisor.services:make",
    routes="routes.handlers:ROUTES",
    commands={"Work": {"station": "cli.group:station"}},
    health="health:FIGURES",
    repair="cli.repair:Repair",
    habits="cli.habits:HABITS",
)
