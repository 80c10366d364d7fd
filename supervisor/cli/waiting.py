"""`--wait`: what has become of meshes that were just started.

Owns when it is clear what becomes of a mesh.  Called by `start` and `restart`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from meshvisor.shared.control.client import ControlClient
from meshvisor.supervisor.cli.human import block, duration

DEFAULT_PATIENCE: Final = 60.0
"""Seconds; connects take one or two, also those of a platform that has to be asked first."""

PAUSE: Final = 0.1
"""Seconds between two looks; a status costs the supervisor a millisecond."""

_SETTLED: Final = frozenset({"connected", "failed", "blocked", "stopped"})
"""States that do not change by themselves within the next seconds."""


def wait_until_settled(
    client: ControlClient,
    outcomes: Iterable[dict[str, Any]],
    patience: float,
    pause: Callable[[float], None] = time.sleep,
) -> list[dict[str, Any]]:
    """Return the outcomes once it is clear what becomes of each mesh, or patience has ended.

    Args:
        client: a connection to the supervisor.
        outcomes: `{"mesh_id", "state", "error"}` of each mesh; one with an error is left as it is.
        patience: seconds.
        pause: `time.sleep`.

    Returns:
        The same shape; `error` is None where the mesh is connected, else says what is the matter.

    Raises:
        MeshvisorError: the supervisor went away meanwhile.
    """
    deadline = time.monotonic() + patience
    outcomes = list(outcomes)
    while True:
        known = {mesh["mesh_id"]: mesh for mesh in client.request("status")["meshes"]}
        waiting = [_still_waiting(outcome, known) for outcome in outcomes]
        is_over = time.monotonic() >= deadline
        if is_over or not any(waiting):
            return _ends(outcomes, known, waiting, patience)
        pause(PAUSE)


# Private


def _still_waiting(outcome: dict[str, Any], known: dict[str, dict[str, Any]]) -> bool:
    mesh = known.get(outcome["mesh_id"])
    return not outcome["error"] and mesh is not None and mesh["state"] not in _SETTLED


def _ends(
    outcomes: Iterable[dict[str, Any]],
    known: dict[str, dict[str, Any]],
    waiting: Sequence[bool],
    patience: float,
) -> list[dict[str, Any]]:
    ends = []
    for outcome, waits in zip(outcomes, waiting, strict=True):
        mesh = known.get(outcome["mesh_id"])
        if outcome["error"]:
            ends.append(outcome)
        elif mesh is None:
            ends.append({**outcome, "state": "stopped", "error": "It is not wanted any more."})
        else:
            error = _matter(mesh, patience if waits else None)
            ends.append({"mesh_id": mesh["mesh_id"], "state": mesh["state"], "error": error})
    return ends


def _matter(mesh: dict[str, Any], waited: float | None) -> str | None:
    """Return why a mesh is not connected; `waited` are the seconds after which that is unclear."""
    if mesh["state"] == "connected":
        return None
    cause = f": {mesh['last_error']}" if mesh["last_error"] else ""
    if mesh.get("block"):
        return f"{block(mesh['block'])}{cause}"
    if waited is not None:
        return f"not connected after {duration(waited)}{cause}"
    return f"{mesh['state']}{cause}"
