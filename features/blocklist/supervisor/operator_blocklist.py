"""The blocklist as operators change it: what they say is kept, and the fleet acts on it at once.

Owns the answers, for a running supervisor and without one.  Does not own the blocklist.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from meshvisor.features.blocklist.outcomes import describe, iso
from meshvisor.features.blocklist.results import BlockedMeshes, BlocklistStats, BlockOutcome
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError

BY_HAND: Final = "operator"
"""The reason of meshes that the operator has blocked with a command."""


class OperatorBlocklist:
    """Wraps a blocklist.

    Args:
        blocklist: the real one.
        clock: says what remains of a block.
        changed: called after each change.
    """

    def __init__(self, blocklist: Blocklist, clock: Clock, changed: Callable[[], None]) -> None:
        self._blocklist = blocklist
        self._clock = clock
        self._changed = changed

    def mesh_ids(self) -> Sequence[str]:
        """Return every mesh that is blocked now."""
        return [entry.mesh_id for entry in self._blocklist.entries()]

    def list_blocked(self) -> BlockedMeshes:
        """Return all entries sorted by mesh id, with what remains of them."""
        now = self._clock.wall()
        entries = sorted(self._blocklist.entries(), key=lambda entry: entry.mesh_id)
        return BlockedMeshes(blocked=tuple(describe(entry, now) for entry in entries))

    def stats(self) -> BlocklistStats:
        """Count the entries."""
        return self._blocklist.get_stats()

    async def block(self, mesh_id: str, duration: float | None) -> BlockOutcome:
        """Block a mesh for `duration` seconds, None for ever, and say what that has changed."""
        was_blocked = self._blocklist.is_blocked(mesh_id)
        self._blocklist.block(mesh_id, BY_HAND, duration)
        self._changed()
        entries = self._blocklist.entries()
        until = next((entry.blocked_until for entry in entries if entry.mesh_id == mesh_id), None)
        return BlockOutcome(
            mesh_id=mesh_id,
            blocked=True,
            blocked_until=None if until is None else iso(until),
            was_blocked=was_blocked,
            not_saved=await self._not_saved(),
        )

    async def unblock(self, mesh_id: str) -> BlockOutcome:
        """Unblock a mesh; that it was not blocked is said and is no error."""
        was_blocked = self._blocklist.unblock(mesh_id)
        self._changed()
        not_saved = await self._not_saved()
        return BlockOutcome(
            mesh_id=mesh_id, blocked=False, was_blocked=was_blocked, not_saved=not_saved
        )

    async def _not_saved(self) -> str | None:
        """Return when it is on the disk: None, or why it cannot be written."""
        if await asyncio.to_thread(self._blocklist.save):
            return None
        return self._blocklist.problem or "the blocklist is not saved yet; it is tried again"


class OfflineBlocklist(OperatorBlocklist):
    """The same without a supervisor: what is not on the disk is nowhere."""

    def __init__(self, blocklist: Blocklist, clock: Clock) -> None:
        super().__init__(blocklist, clock, lambda: None)

    async def _not_saved(self) -> None:
        if problem := await super()._not_saved():
            raise MeshvisorError(f"The blocklist could not be saved: {problem}.")
