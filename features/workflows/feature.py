"""Workflows: what happens by itself when something has happened."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="workflows",
    requires=("jobs", "schedules", "operators"),
    settings="settings:SECTIONS",
    migrations="migrations",
    events="events:KINDS",
    requests="requests.handlers:HANDLERS",
    offline="supervisor.offline:open_offline",
    services="supervisor.services:make",
    log_sources=("workflows",),
    actions="actions:ACTIONS",
    routes="routes.processes:ROUTES",
    commands={"Work": {"workflows": "cli.group:workflows"}},
    checks="cli.doctor:CHECKS",
    habits="cli.habits:HABITS",
)
