"""The fleet: discovery of meshes, and one worker process for each."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="fleet",
    requires=("access", "blocklist"),
    settings="settings:SECTIONS",
    migrations="migrations",
    former_migrations=(6,),
    events="events:KINDS",
    requests="requests.handlers:HANDLERS",
    services="supervisor.services:make",
    log_sources=("discovery",),
    children=("meshvisor.worker.mesh.main",),
    routes="routes.fleet:ROUTES",
    metrics="routes.metrics:collect",
    commands={
        "Set up and run": {"init": "cli.init.command:init"},
        "See how it is": {"health": "cli.health:health"},
        "Meshes": {
            "meshes": "cli.meshes:meshes",
            "start": "cli.lifecycle:start",
            "stop": "cli.lifecycle:stop",
            "restart": "cli.lifecycle:restart",
        },
    },
    before={
        "init": "run",
        "health": "logs",
        "meshes": "blocklist",
        "start": "blocklist",
        "stop": "blocklist",
        "restart": "blocklist",
    },
    checks="cli.doctor:CHECKS",
    summary="cli.summary:summary",
    habits="cli.habits:HABITS",
)
