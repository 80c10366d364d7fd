"""Schedules: jobs at planned times, each exactly once."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="schedules",
    requires=("fleet", "jobs"),
    settings="settings:SECTIONS",
    migrations="migrations",
    events="events:KINDS",
    requests="requests:HANDLERS",
    records="supervisor.process_logs:COMPUTED",
    offline="supervisor.offline:open_offline",
    services="supervisor.services:make",
    routes="routes.handlers:ROUTES",
    metrics="routes.metrics:collect",
    commands={"Work": {"schedules": "cli.group:schedules"}},
    health="health:FIGURES",
    repair="cli.repair:Repair",
    habits="cli.habits:HABITS",
    summary="cli.summary:summary",
    checks="cli.doctor:CHECKS",
)
