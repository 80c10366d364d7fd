"""The blocklist as operators change it: the same one, and the fleet acts on a change at once."""

from __future__ import annotations

from collections.abc import Callable

from meshvisor.features.blocklist.file import BlockEntry
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.shared.control.results import BlocklistStats


class OperatorBlocklist:
    """Wraps a blocklist.

    Args:
        blocklist: the real one.
        changed: called after each change.
    """

    def __init__(self, blocklist: Blocklist, changed: Callable[[], None]) -> None:
        self._blocklist = blocklist
        self._changed = changed

    def block(self, mesh_id: str, reason: str, duration: float | None) -> None:
        """Block for `duration` seconds, None for ever; an older block is replaced."""
        self._blocklist.block(mesh_id, reason, duration)
        self._changed()

    def unblock(self, mesh_id: str) -> bool:
        """Unblock; False when it was not blocked."""
        was_blocked = self._blocklist.unblock(mesh_id)
        self._changed()
        return was_blocked

    def is_blocked(self, mesh_id: str) -> bool:
        """Say whether it is blocked now."""
        return self._blocklist.is_blocked(mesh_id)

    def get_stats(self) -> BlocklistStats:
        """Count the entries."""
        return self._blocklist.get_stats()

    def entries(self) -> list[BlockEntry]:
        """Return every mesh that is blocked now."""
        return self._blocklist.entries()
