"""What settings lead to, in a sentence."""

from __future__ import annotations

from collections import Counter

from meshvisor.features.access.settings import PlatformSettings
from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.transports import WATCH_PARTY
from meshvisor.supervisor.cli.human import number


def summary(settings: Settings) -> str:
    """Say where meshes come from, and what carries those that are no rooms of the platform."""
    entries = settings.each(StaticMesh)
    meshes = number(len(entries), "mesh", "meshes")
    transports = Counter(mesh.transport for mesh in entries)
    if set(transports) - {WATCH_PARTY}:
        meshes += f" ({', '.join(f'{count} {name}' for name, count in transports.items())})"
    lines = [f"Static meshes: {meshes}; discovery: {settings.of(PlatformSettings).url or 'off'}."]
    broken = [(mesh.id, why) for mesh in entries if (why := mesh.why_broken()) is not None]
    lines += [f"! Mesh {mesh_id} has to wait: {why}." for mesh_id, why in broken]
    return "\n".join(lines)
