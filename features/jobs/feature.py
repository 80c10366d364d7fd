"""Jobs: durable work made of items, in lanes."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="jobs",
    requires=("access", "fleet"),
    settings="settings:SECTIONS",
    requests="requests.handlers:HANDLERS",
    offline="supervisor.offline:open_offline",
    services="supervisor.services:make",
    children=("meshvisor.features.jobs.worker.main",),
)
