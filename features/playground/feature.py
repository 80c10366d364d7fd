"""The playground: a local mesh server to try a fleet on."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="playground",
    requires=("fleet", "watch_party"),
    settings="settings:SECTIONS",
    services="supervisor.services:make",
    log_sources=("playground",),
    commands={"Try and talk": {"playground": "cli.playground:playground"}},
    run_options="cli.run_options:RUN_OPTIONS",
    setup="cli.setup:SETUP",
    habits="cli.habits:HABITS",
)
