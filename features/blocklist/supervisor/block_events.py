"""Which events tell of changes of the blocklist, with a supervisor and without.

Owns the comparison and the events.  Does not own when they are appended (`services`: soon,
`operator_blocklist`: at the end of the command).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from meshvisor.features.blocklist.events import ENDED, SET
from meshvisor.features.blocklist.file import BlockEntry
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.events.kind import EventKind


class ByHand(NamedTuple):
    """An actor has blocked or unblocked a mesh."""

    mesh_id: str
    actor: str
    """Who it is to programs, see `Actor.id`."""


class BlockChange(NamedTuple):
    """A block that was set or has ended."""

    kind: EventKind
    entry: BlockEntry
    """As it is now, or was last."""
    actor: str | None
    """None: it happened by itself, or by an edit of the file."""

    def event(self, at: int) -> NewEvent:
        """Return its event; `at` in epoch milliseconds."""
        data = {"reason": self.entry.reason, "until": self.entry.blocked_until}
        mesh_id = self.entry.mesh_id
        return NewEvent(at, self.kind.name, mesh_id, mesh_id, self.actor, data)


def changes(
    before: Iterable[BlockEntry], after: Iterable[BlockEntry], by_hand: ByHand | None = None
) -> Iterator[BlockChange]:
    """Yield what is other than before.

    Args:
        before: all blocks that were known.
        after: all blocks now.
        by_hand: what an actor has done in between; None: no actor has.
    """
    old = {entry.mesh_id: entry for entry in before}
    new = {entry.mesh_id: entry for entry in after}

    def actor_of(mesh_id: str) -> str | None:
        return by_hand.actor if by_hand is not None and by_hand.mesh_id == mesh_id else None

    for mesh_id in sorted(old.keys() - new.keys()):
        yield BlockChange(ENDED, old[mesh_id], actor_of(mesh_id))
    for mesh_id, entry in new.items():
        if old.get(mesh_id) != entry:
            yield BlockChange(SET, entry, actor_of(mesh_id))
