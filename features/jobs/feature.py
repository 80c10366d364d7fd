"""Jobs: durable work made of items, in lanes."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="jobs",
    requires=("access", "fleet"),
    settings="settings:SECTIONS",
    migrations="migrations",
    former_migrations=(3, 4, 5, 8),
    events="events:KINDS",
    messages="messages.requests",
    requests="requests.handlers:HANDLERS",
    offline="supervisor.offline:open_offline",
    services="supervisor.services:make",
    log_sources=("lane-*",),
    worker="worker.chat",
    api="worker.api",
    plug_ins="worker.actions:REGISTRIES",
    children=("meshvisor.features.jobs.worker.main",),
    metrics="routes.metrics:collect",
    commands={"Work": {"jobs": "cli.group:jobs"}},
    repair="cli.repair:Repair",
    health="health:FIGURES",
    routes="routes.handlers:ROUTES",
    habits="cli.habits:HABITS",
)
