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
    requests="requests.handlers:HANDLERS",
    services="supervisor.services:make",
    children=("meshvisor.worker.mesh.main",),
)
