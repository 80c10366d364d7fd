"""What workers report of their rooms, as events: uses of commands, and what is subscribed to.

Owns which reports become events, what workers are asked to report, and how much of it is taken.
Does not own the log (`supervisor.events`) nor who wants what (`shared.events.interests`).  Made by
`services`; the manager calls it with what workers say.

Whatever a worker says here may be what a stranger has made it say: fields that no kind has are left
out, and what is too much is dropped.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from meshvisor.features.fleet.events import ROOM, USAGE
from meshvisor.features.fleet.supervisor.manager import FleetManager
from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.shared.clock import Clock
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.from_worker import MeshEvent, Usage
from meshvisor.shared.protocol.messages import Message, type_of
from meshvisor.shared.protocol.to_worker import SetInterests
from meshvisor.supervisor.events.service import EventService

log = logging.getLogger(__name__)

MOST_EVENTS: Final = 50
"""Events of one worker in a second: a busy room has a few."""
MOST_TEXT: Final = 256 * 1024
"""Characters of their data in a second; no single message that is cut has as many."""
TELL_AGAIN: Final = 60.0
"""Seconds before the log says again how many were dropped."""


class RoomEvents:
    """Appends what workers report, and tells them what to report."""

    def __init__(self, events: EventService, clock: Clock) -> None:
        self._events = events
        self._clock = clock
        self._fleet: FleetManager | None = None
        self._wanted: frozenset[str] = frozenset()
        self._messages: frozenset[str] = frozenset()
        self._allowances: WeakKeyDictionary[WorkerProcess, _Allowance] = WeakKeyDictionary()

    def attach(self, fleet: FleetManager) -> None:
        """Begin: hear what the workers of a fleet say, and tell them what is wanted."""
        self._fleet = fleet
        fleet.watch(Usage, self._on_usage)
        fleet.watch(MeshEvent, self._on_mesh_event)
        self._events.subscriptions.interests.listen(self._look)
        self._look()

    def want(self, kind: type[Message], *, wanted: bool) -> None:
        """Have workers send a kind of message, such as `usage_counts`, or not any more."""
        changed = {type_of(kind)}
        self._messages = self._messages | changed if wanted else self._messages - changed
        self._look()

    def frames(self) -> Sequence[bytes]:
        """Return the messages to a new worker: none where no subscriber wants anything."""
        return (self._frame(),) if self._wanted else ()

    # Private

    def _look(self) -> None:
        interests = self._events.subscriptions.interests
        wanted = frozenset(name for name, kind in ROOM.items() if interests.names(kind.name))
        wanted |= self._messages
        if wanted != self._wanted:
            self._wanted = wanted
            if self._fleet is not None:
                self._fleet.rooms.broadcast((self._frame(),))

    def _frame(self) -> bytes:
        return Codec.encode(SetInterests(kinds=self._wanted))

    def _on_usage(self, process: WorkerProcess, message: Message) -> None:
        assert isinstance(message, Usage)
        data = {"commands": message.commands}
        if self._is_taken(process, data):
            self._events.post(USAGE, process.mesh_id, data, process.mesh_id)

    def _on_mesh_event(self, process: WorkerProcess, message: Message) -> None:
        assert isinstance(message, MeshEvent)
        # It may have been said before the worker heard that it is no longer wanted.
        if message.kind not in self._wanted or message.kind not in ROOM:
            return
        kind = ROOM[message.kind]
        user = message.data.get("user_id")
        subject = user if isinstance(user, str) else ""
        data = {name: message.data.get(name) for name in kind.data}
        if self._is_taken(process, {**data, "subject": subject}):
            self._events.post(kind, subject, data, process.mesh_id)

    def _is_taken(self, process: WorkerProcess, data: Mapping[str, Any]) -> bool:
        allowance = self._allowances.get(process)
        if allowance is None:
            allowance = self._allowances[process] = _Allowance()
        now = self._clock.monotonic()
        if allowance.take(data, now):
            return True
        dropped = allowance.to_tell(now)
        if dropped:
            log.warning(
                "reports more than %d events a second: %d dropped",
                MOST_EVENTS,
                dropped,
                extra={"event": "mesh.reports_dropped", "mesh_id": process.mesh_id},
            )
        return False


class _Allowance:
    """What one worker may still report in this second."""

    def __init__(self) -> None:
        self._until = 0.0
        self._events = 0
        self._text = 0
        self._dropped = 0
        self._silent_until = 0.0

    def take(self, data: Mapping[str, Any], now: float) -> bool:
        """Say whether an event still fits."""
        if now >= self._until:
            self._until = now + 1
            self._events = self._text = 0
        if self._events < MOST_EVENTS and self._text < MOST_TEXT:
            self._events += 1
            self._text += len(json.dumps(data, ensure_ascii=False))
            if self._text <= MOST_TEXT:
                return True
        self._dropped += 1
        return False

    def to_tell(self, now: float) -> int:
        """Return how many were dropped since the last report; 0: that was just now."""
        if now < self._silent_until:
            return 0
        self._silent_until = now + TELL_AGAIN
        dropped, self._dropped = self._dropped, 0
        return dropped
