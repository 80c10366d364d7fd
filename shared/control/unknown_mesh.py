"""What is said about an unknown mesh id, by the supervisor and by its command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from meshvisor.shared.errors import UnknownError, UsageError
from meshvisor.shared.wording import Wording

ALL: Final = "all"
"""What people say for all meshes who come from other programs."""

NO_MESH: Final = Wording("fleet.unknown", "There is no mesh {mesh_id!r}; {hint}")
NO_MESHES: Final = Wording(
    "fleet.no_meshes", "there are no meshes yet; see 'meshvisor meshes discover'."
)


def unknown_mesh(
    mesh_id: str, known: Sequence[str], *, everything: str | None = None
) -> UsageError:
    """Return the error that names the nearest known ids.

    Args:
        mesh_id: what was said.
        known: the ids that there are.
        everything: the option by which the command means all meshes; None: it cannot mean several.
    """
    from meshvisor.shared.near_names import LISTED, LOOSE, NEAREST, did_you_mean, near_names

    if mesh_id.lower() == ALL and everything:
        return UsageError(f"There is no mesh {mesh_id!r}; {everything} means all of them.")
    hint = did_you_mean(near_names(mesh_id, known, NEAREST, LOOSE))
    if not hint and known:
        hint = LISTED(command="'meshvisor meshes list'") + "."
    elif not hint:
        hint = NO_MESHES()
    return UnknownError(NO_MESH.said(mesh_id=mesh_id, hint=hint))
