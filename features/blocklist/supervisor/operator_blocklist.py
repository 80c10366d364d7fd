"""The blocklist as operators change it: what they say is kept, and the fleet acts on it at once.

Owns the answers, for a running supervisor and without one.  Does not own the blocklist.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from meshvisor.features.blocklist.file import BlockEntry
from meshvisor.features.blocklist.outcomes import describe, iso
from meshvisor.features.blocklist.supervisor.block_events import ByHand, changes
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.events import log as event_log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.late import late
from meshvisor.shared.store.late import Database
from meshvisor.supervisor.audit.log import Actor

if TYPE_CHECKING:
    from meshvisor.features.blocklist import results
else:
    results = late("meshvisor.features.blocklist.results")

log = logging.getLogger(__name__)

BY_HAND: Final = "operator"
"""The reason of meshes that the operator has blocked with a command."""


class OperatorBlocklist:
    """Wraps a blocklist.

    Args:
        blocklist: the real one.
        clock: says what remains of a block.
        changed: called after each change, with what an actor has done.
    """

    def __init__(
        self, blocklist: Blocklist, clock: Clock, changed: Callable[[ByHand | None], None]
    ) -> None:
        self._blocklist = blocklist
        self._clock = clock
        self._changed = changed

    def mesh_ids(self) -> Sequence[str]:
        """Return every mesh that is blocked now."""
        return [entry.mesh_id for entry in self._blocklist.entries()]

    def list_blocked(self) -> results.BlockedMeshes:
        """Return all entries sorted by mesh id, with what remains of them."""
        now = self._clock.wall()
        entries = sorted(self._blocklist.entries(), key=lambda entry: entry.mesh_id)
        return results.BlockedMeshes(blocked=tuple(describe(entry, now) for entry in entries))

    def stats(self) -> results.BlocklistStats:
        """Count the entries."""
        return self._blocklist.get_stats()

    async def block(
        self, mesh_id: str, duration: float | None, actor: Actor | None = None
    ) -> results.BlockOutcome:
        """Block a mesh for `duration` seconds, None for ever, and say what that has changed."""
        was_blocked = self._blocklist.is_blocked(mesh_id)
        self._blocklist.block(mesh_id, BY_HAND, duration)
        self._changed(_by_hand(mesh_id, actor))
        entries = self._blocklist.entries()
        until = next((entry.blocked_until for entry in entries if entry.mesh_id == mesh_id), None)
        return results.BlockOutcome(
            mesh_id=mesh_id,
            blocked=True,
            blocked_until=None if until is None else iso(until),
            was_blocked=was_blocked,
            not_saved=await self._not_saved(),
        )

    async def unblock(self, mesh_id: str, actor: Actor | None = None) -> results.BlockOutcome:
        """Unblock a mesh; that it was not blocked is said and is no error."""
        was_blocked = self._blocklist.unblock(mesh_id)
        # One whose time was over has ended by itself.
        self._changed(_by_hand(mesh_id, actor) if was_blocked else None)
        not_saved = await self._not_saved()
        return results.BlockOutcome(
            mesh_id=mesh_id, blocked=False, was_blocked=was_blocked, not_saved=not_saved
        )

    async def _not_saved(self) -> str | None:
        """Return when it is on the disk: None, or why it cannot be written."""
        if await asyncio.to_thread(self._blocklist.save):
            return None
        return self._blocklist.problem or "the blocklist is not saved yet; it is tried again"


class OfflineBlocklist(OperatorBlocklist):
    """The same without a supervisor: what is not on the disk is nowhere.

    Args:
        blocklist: the real one.
        clock: as above, and says when something has happened.
        database: of the home; the events are appended to it as soon as the blocklist is saved.
    """

    def __init__(self, blocklist: Blocklist, clock: Clock, database: Database) -> None:
        super().__init__(blocklist, clock, self._note)
        self._database = database
        self._known: Sequence[BlockEntry] = blocklist.entries()
        self._events: list[NewEvent] = []

    async def block(
        self, mesh_id: str, duration: float | None, actor: Actor | None = None
    ) -> results.BlockOutcome:
        """Block a mesh, and append that it is."""
        outcome = await super().block(mesh_id, duration, actor)
        await self._append()
        return outcome

    async def unblock(self, mesh_id: str, actor: Actor | None = None) -> results.BlockOutcome:
        """Unblock a mesh, and append that it is."""
        outcome = await super().unblock(mesh_id, actor)
        await self._append()
        return outcome

    def _note(self, by_hand: ByHand | None) -> None:
        before, self._known = self._known, self._blocklist.entries()
        at = round(self._clock.wall() * 1000)
        self._events += [change.event(at) for change in changes(before, self._known, by_hand)]

    async def _append(self) -> None:
        events, self._events = self._events, []
        if not events:
            return
        try:
            await self._database.write(lambda db: event_log.append(db, events))
        except (MeshvisorError, sqlite3.Error) as error:
            # The block holds: it is on the disk, and wants no database.
            log.error("this is missing among the events: %s", error)

    async def _not_saved(self) -> None:
        if problem := await super()._not_saved():
            raise MeshvisorError(f"The blocklist could not be saved: {problem}.")


# Private


def _by_hand(mesh_id: str, actor: Actor | None) -> ByHand | None:
    return None if actor is None else ByHand(mesh_id, actor.id)
