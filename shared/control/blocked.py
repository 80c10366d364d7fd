"""Blocklist entries in the form in which people and `--json` get them.

Shared by the control socket's requests and by the command line, which reads the file itself when
no supervisor runs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from shared.control.results import BlockedMesh


class Entry(Protocol):
    """One mesh on the blocklist, times in epoch milliseconds as in the file."""

    @property
    def mesh_id(self) -> str: ...  # noqa: D102 - said by its name

    @property
    def reason(self) -> str: ...  # noqa: D102

    @property
    def blocked_at(self) -> int: ...  # noqa: D102

    @property
    def blocked_until(self) -> int | None: ...  # noqa: D102


def describe(entry: Entry, now_ms: float) -> BlockedMesh:
    """Return `entry` with ISO times and what remains of it at `now_ms` (epoch milliseconds)."""
    until = entry.blocked_until
    return BlockedMesh(
        mesh_id=entry.mesh_id,
        reason=str(entry.reason),
        blocked_at=iso(entry.blocked_at),
        blocked_until=None if until is None else iso(until),
        remaining_seconds=None if until is None else max(0.0, (until - now_ms) / 1000),
    )


def iso(epoch_ms: float) -> str:
    """Return a time of storage as one of an edge: ISO 8601 with offset, to the second."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="seconds")
