"""Records: JSON documents that are found again by their keys."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="records",
    settings="settings:SECTIONS",
    migrations="migrations",
    requests="requests:HANDLERS",
    offline="supervisor.offline:open_offline",
    services="supervisor.services:make",
    routes="routes.records:ROUTES",
    commands={"See how it is": {"records": "cli.records:records"}},
    habits="cli.habits:HABITS",
)
