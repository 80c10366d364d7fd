"""What settings lead to, in a sentence."""

from __future__ import annotations

from collections import Counter

from meshvisor.features.fleet.settings import FleetSettings, StaticMesh
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.transports import DEFAULT_TRANSPORT, listings
from meshvisor.supervisor.cli.human import number


def summary(settings: Settings) -> str:
    """Say where meshes come from, and what carries those that are no rooms of the platform."""
    entries = settings.each(StaticMesh)
    meshes = number(len(entries), "mesh", "meshes")
    transports = Counter(mesh.transport for mesh in entries)
    if set(transports) - {DEFAULT_TRANSPORT}:
        meshes += f" ({', '.join(f'{count} {name}' for name, count in transports.items())})"
    asked = [*listings(settings)]
    asked += [f"account {name}" for name in settings.of(FleetSettings).discovery_accounts]
    lines = [f"Static meshes: {meshes}; discovery: {', '.join(asked) or 'off'}."]
    broken = [(mesh.id, why) for mesh in entries if (why := mesh.why_broken()) is not None]
    lines += [f"! Mesh {mesh_id} has to wait: {why}." for mesh_id, why in broken]
    return "\n".join(lines)
