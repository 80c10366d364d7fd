"""What settings lead to, in a sentence."""

from __future__ import annotations

from meshvisor.features.access.settings import PlatformSettings
from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.human import number


def summary(settings: Settings) -> str:
    """Say where meshes come from."""
    meshes = number(len(settings.each(StaticMesh)), "mesh", "meshes")
    return f"Static meshes: {meshes}; discovery: {settings.of(PlatformSettings).url or 'off'}."
