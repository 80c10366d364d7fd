"""The blocked meshes and how long each of them stays so: memory only.

Owns the entries and their expiry.  Does not own keeping them across restarts
(`features.blocklist.supervisor.blocklist`, the only one that makes these) nor why a mesh is
blocked.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from meshvisor.features.blocklist.file import END_OF_TIME, REASONS, BlockEntry
from meshvisor.shared.clock import Clock
from meshvisor.shared.late import late
from meshvisor.shared.model.mesh_id import check_mesh_id

if TYPE_CHECKING:
    from meshvisor.features.blocklist import results
else:
    results = late("meshvisor.features.blocklist.results")

log = logging.getLogger(__name__)

_SAVED: Final = object()


class _Block(msgspec.Struct, frozen=True):
    """An entry in force."""

    entry: BlockEntry
    release: float | None
    """Monotonic seconds; None: never."""


class BlockedMeshes:
    """The blocked meshes, and what has changed since they were saved.

    Methods return at once and may be called from any thread.

    Args:
        clock: durations are measured by its monotonic side.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._blocks: dict[str, _Block] = {}
        self._changes: dict[str, BlockEntry | None] = {}
        self._lock = threading.Lock()

    # ---- Asking ------------------------------------------------------------------------------

    def is_blocked(self, mesh_id: str) -> bool:
        """Say whether a mesh is blocked now."""
        with self._lock:
            block = self._blocks.get(mesh_id)
            return block is not None and not self._is_over(block)

    def entries(self) -> list[BlockEntry]:
        """Return every mesh that is blocked now, the longest blocked first."""
        with self._lock:
            return [block.entry for block in self._blocks.values() if not self._is_over(block)]

    def get_stats(self) -> results.BlocklistStats:
        """Count the meshes that are blocked now: all, for ever, for a time."""
        entries = self.entries()
        permanent = sum(entry.blocked_until is None for entry in entries)
        return results.BlocklistStats(
            total=len(entries), permanent=permanent, temporary=len(entries) - permanent
        )

    # ---- Changing ----------------------------------------------------------------------------

    def block(self, mesh_id: str, reason: str, duration: float | None) -> None:
        """Block a mesh; an older block is replaced.

        Only an operator can turn a block for ever into a shorter one: a mesh that kicked the bot
        stays blocked when a connect to it fails as well.

        Args:
            mesh_id: which one; it need not be a known one.
            reason: `connection_failures`, `kicked` or `operator`.
            duration: seconds; None: for ever.

        Raises:
            ValueError: the mesh id or the reason is none.
        """
        if reason not in REASONS:
            raise ValueError(f"{reason!r} is no reason to block; allowed: {', '.join(REASONS)}")
        now = self._now_ms()
        until = None if duration is None else min(now + round(duration * 1000), END_OF_TIME)
        entry = BlockEntry(check_mesh_id(mesh_id), reason, now, until)
        with self._lock:
            old = self._blocks.get(mesh_id)
            is_weaker = reason != "operator" and until is not None
            if old is not None and old.release is None and is_weaker:
                return
            # Put at the end, so that the order is that of the blocks.
            self._blocks.pop(mesh_id, None)
            self._blocks[mesh_id] = self._make(entry)
            self._changes[mesh_id] = entry

    def unblock(self, mesh_id: str) -> bool:
        """Unblock a mesh; False when it was not blocked."""
        with self._lock:
            block = self._blocks.pop(mesh_id, None)
            if block is None:
                return False
            self._changes[mesh_id] = None
            was_blocked = not self._is_over(block)
        return was_blocked

    def expire(self) -> list[str]:
        """Forget the blocks whose time is over, and return their meshes."""
        with self._lock:
            over = [mesh_id for mesh_id, block in self._blocks.items() if self._is_over(block)]
            for mesh_id in over:
                del self._blocks[mesh_id]
                self._changes[mesh_id] = None
        for mesh_id in over:
            extra = {"event": "mesh.unblocked", "mesh_id": mesh_id}
            log.info("the block is over", extra=extra)
        return over

    # ---- Keeping -----------------------------------------------------------------------------

    def _take(self, saved: Mapping[str, BlockEntry]) -> tuple[set[str], set[str]]:
        """Take over what is saved; return the meshes that are blocked and unblocked by that."""
        with self._lock:
            entries = {**saved}
            # What has happened here and is not saved yet is newer.
            for mesh_id, entry in self._changes.items():
                if entry is None:
                    entries.pop(mesh_id, None)
                else:
                    entries[mesh_id] = entry
            before, self._blocks = self._blocks, {}
            for mesh_id, entry in entries.items():
                old = before.get(mesh_id)
                # An entry that is read again must not begin anew.
                self._blocks[mesh_id] = old if old and old.entry == entry else self._make(entry)
            return set(self._blocks) - set(before), set(before) - set(self._blocks)

    def _snapshot(self) -> tuple[dict[str, BlockEntry], dict[str, BlockEntry | None]]:
        """Return all entries, and the changes among them that `_note_saved` wants back."""
        with self._lock:
            entries = {mesh_id: block.entry for mesh_id, block in self._blocks.items()}
            return entries, dict(self._changes)

    def _note_saved(self, changes: Mapping[str, BlockEntry | None]) -> None:
        with self._lock:
            for mesh_id, entry in changes.items():
                # One that changed again in the meantime is still to be saved.
                if self._changes.get(mesh_id, _SAVED) is entry:
                    del self._changes[mesh_id]

    # ---- Time --------------------------------------------------------------------------------

    def _now_ms(self) -> int:
        return min(max(0, round(self._clock.wall() * 1000)), END_OF_TIME)

    def _make(self, entry: BlockEntry) -> _Block:
        if entry.blocked_until is None:
            return _Block(entry, None)
        remaining = entry.blocked_until - self._now_ms()
        if entry.blocked_at <= entry.blocked_until:
            # With the clock set back since, there would be more left than there ever was.
            remaining = min(remaining, entry.blocked_until - entry.blocked_at)
        return _Block(entry, self._clock.monotonic() + remaining / 1000)

    def _is_over(self, block: _Block) -> bool:
        # By the one clock, a block is never longer than it was meant, whatever is done to the
        # other.  By the other, it ends when the file says so, also after the machine slept.
        until = block.entry.blocked_until
        if block.release is None or until is None:
            return False
        return self._clock.monotonic() >= block.release or self._now_ms() >= until
