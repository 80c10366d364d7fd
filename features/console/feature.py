"""The console of a supervisor."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="console",
    requires=("operators",),
    settings="settings:SECTIONS",
    services="supervisor.services:make",
    log_sources=("console",),
    commands={"Set up and run": {"console": "cli.console:console"}},
    habits="cli.habits:HABITS",
)
