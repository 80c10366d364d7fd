"""The blocklist: meshes that are kept from being started."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="blocklist",
    settings="settings:SECTIONS",
    events="events:KINDS",
    requests="requests:HANDLERS",
    offline="supervisor.offline:open_offline",
    services="supervisor.services:make",
    files=("config/blocklist.json",),
    routes="routes.blocklist:ROUTES",
    commands={"Meshes": {"blocklist": "cli.blocklist:blocklist"}},
    checks="cli.doctor:CHECKS",
    problems="cli.problems:look",
    habits="cli.habits:HABITS",
)
