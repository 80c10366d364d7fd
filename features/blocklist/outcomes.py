"""What can be asked of a blocklist, with the answers that people and `--json` get.

Owns the wording of the results.  Does not own the blocklist
(`features.blocklist.supervisor.blocklist`).  Called by the requests of the control socket and, when
no supervisor runs, by the command line, so that both answer alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, Protocol

from meshvisor.shared.control.results import (
    BlockedMesh,
    BlockedMeshes,
    BlocklistStats,
    BlockOutcome,
)

BY_HAND: Final = "operator"
"""The reason of meshes that somebody blocked with a command."""


class BlockEntry(Protocol):
    """One mesh on the blocklist."""

    @property
    def mesh_id(self) -> str:
        """Which mesh."""
        ...

    @property
    def reason(self) -> str:
        """`connection_failures`, `kicked`, `operator` or `unreadable`."""
        ...

    @property
    def blocked_at(self) -> int:
        """Epoch milliseconds, as in the file."""
        ...

    @property
    def blocked_until(self) -> int | None:
        """Epoch milliseconds; None: for ever."""
        ...

    @property
    def problem(self) -> str | None:
        """Why its entry cannot be understood; None: it can."""
        ...


class BlocklistApi(Protocol):
    """A blocklist, of a running supervisor or read from its file."""

    def block(self, mesh_id: str, reason: str, duration: float | None) -> None:
        """Block for `duration` seconds, None for ever; an older block is replaced."""
        ...

    def unblock(self, mesh_id: str) -> bool:
        """Unblock; False when it was not blocked."""
        ...

    def is_blocked(self, mesh_id: str) -> bool:
        """Say whether it is blocked now."""
        ...

    def get_stats(self) -> BlocklistStats:
        """Count the entries."""
        ...

    def entries(self) -> Iterable[BlockEntry]:
        """Return every mesh that is blocked now."""
        ...


def list_blocked(blocklist: BlocklistApi, now: float) -> BlockedMeshes:
    """Return all entries sorted by mesh id, with what remains of them.

    Args:
        blocklist: whose.
        now: epoch seconds.
    """
    entries = sorted(blocklist.entries(), key=lambda entry: entry.mesh_id)
    return BlockedMeshes(blocked=tuple(describe(entry, now) for entry in entries))


def block_by_hand(blocklist: BlocklistApi, mesh_id: str, duration: float | None) -> BlockOutcome:
    """Block a mesh for `duration` seconds, None for ever, and say what that has changed."""
    was_blocked = blocklist.is_blocked(mesh_id)
    blocklist.block(mesh_id, BY_HAND, duration)
    until = next(
        (entry.blocked_until for entry in blocklist.entries() if entry.mesh_id == mesh_id), None
    )
    return BlockOutcome(
        mesh_id=mesh_id,
        blocked=True,
        blocked_until=None if until is None else _iso(until),
        was_blocked=was_blocked,
    )


def unblock(blocklist: BlocklistApi, mesh_id: str) -> BlockOutcome:
    """Unblock a mesh; that it was not blocked is said and is no error."""
    return BlockOutcome(mesh_id=mesh_id, blocked=False, was_blocked=blocklist.unblock(mesh_id))


def describe(entry: BlockEntry, now: float) -> BlockedMesh:
    """Return one entry as people and programs see it; `now` in epoch seconds."""
    until = entry.blocked_until
    return BlockedMesh(
        mesh_id=entry.mesh_id,
        reason=entry.reason,
        blocked_at=_iso(entry.blocked_at),
        blocked_until=None if until is None else _iso(until),
        remaining_seconds=None if until is None else max(0.0, until / 1000 - now),
        problem=entry.problem,
    )


def _iso(epoch_ms: float) -> str:
    # Times of storage become those of an edge: ISO 8601 with offset, to the second.
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="seconds")
