"""The kinds of events of meshes (docs/events.md): one for each state."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.model.mesh import MeshState

_DATA: Final = {
    "before": "the state before",
    "error": "the newest error, as `status` shows it; null: none",
}

STATES: Final = MappingProxyType(
    {
        state: EventKind(
            f"mesh.{state}",
            f"The state of a mesh has become `{state}`.",
            "the mesh",
            _DATA,
        )
        for state in MeshState
    }
)

KINDS: Final = tuple(STATES.values())
