"""Entries of a blocklist as people and `--json` see them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from meshvisor.features.blocklist.file import BlockEntry
from meshvisor.shared.late import late

if TYPE_CHECKING:
    from meshvisor.features.blocklist import results
else:
    results = late("meshvisor.features.blocklist.results")


def describe(entry: BlockEntry, now: float) -> results.BlockedMesh:
    """Return one entry as people and programs see it; `now` in epoch seconds."""
    until = entry.blocked_until
    return results.BlockedMesh(
        mesh_id=entry.mesh_id,
        reason=entry.reason,
        blocked_at=iso(entry.blocked_at),
        blocked_until=None if until is None else iso(until),
        remaining_seconds=None if until is None else max(0.0, until / 1000 - now),
        problem=entry.problem,
    )


def iso(epoch_ms: float) -> str:
    """Return a time of the file as one of an edge: ISO 8601 with offset, to the second."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="seconds")
