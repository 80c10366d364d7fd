"""What requests about the blocklist return: the JSON that `--json` prints (docs/cli.md).

Owns the shapes, by the rules of `shared.control.results`.
"""

from __future__ import annotations

from meshvisor.shared.control.results import Result


class BlockedMesh(Result):
    """One entry of the blocklist."""

    mesh_id: str
    reason: str
    """`connection_failures`, `kicked`, `operator` or `unreadable`."""
    blocked_at: str
    blocked_until: str | None
    """None: for ever."""
    remaining_seconds: float | None
    """None: for ever."""
    problem: str | None = None
    """Why its entry in the file cannot be understood, which blocks it until that is mended or it is
    unblocked (the reason is `unreadable` then); None: it can."""


class BlockedMeshes(Result):
    """Answer to `blocklist_list`."""

    blocked: tuple[BlockedMesh, ...]


class BlocklistStats(Result):
    """Answer to `blocklist_stats`."""

    total: int
    permanent: int
    temporary: int


class BlockOutcome(Result):
    """Answer to `block` and `unblock`."""

    mesh_id: str
    blocked: bool
    blocked_until: str | None = None
    """None: for ever, or not blocked."""
    was_blocked: bool = False
    """Whether it was blocked before."""
    not_saved: str | None = None
    """Why a restart would not know of it yet, in one sentence; None: it is on the disk."""
