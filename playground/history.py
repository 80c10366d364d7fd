"""What has happened on this server: connects, answered or refused, and chat.

Owns the records, bounded so that a server that runs for months does not grow.  Written by rooms
and the upgrade; read by tests, `playground/state` and the waiting helpers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from meshvisor.features.watch_party.protoo.rooms import ChatMessage

CONNECTS_KEPT: Final = 50_000
"""Connects remembered, all rooms together: about 5 MB, more than any test makes."""
CHATS_KEPT: Final = 2_000
"""Chat messages remembered per room."""

ACCEPTED: Final = 101
"""The HTTP status of an accepted connect."""


@dataclass(frozen=True, slots=True)
class Connect:
    """One attempt of a peer to connect."""

    at: float
    """Seconds of the monotonic clock."""
    room: str
    peer_id: str
    status: int
    """The HTTP status that it was answered with; `ACCEPTED` when it worked."""

    @property
    def accepted(self) -> bool:
        """Whether the connect got its WebSocket."""
        return self.status == ACCEPTED


class ChatLog:
    """The last chat messages of a room, each with a number that never comes again."""

    def __init__(self) -> None:
        self._entries: deque[ChatMessage] = deque(maxlen=CHATS_KEPT)
        self.count = 0
        """Messages ever; also the position after the newest one."""

    def add(self, message: ChatMessage) -> None:
        """Append a message."""
        self._entries.append(message)
        self.count += 1

    def since(self, position: int) -> Iterator[ChatMessage]:
        """Yield what came at `position` and later, oldest first, as far as it is kept."""
        newer = self.count - position
        for index in range(max(len(self._entries) - newer, 0), len(self._entries)):
            yield self._entries[index]

    def position_after(self, message_id: str) -> int:
        """Return the position that follows the message with this id; 0 when it is not kept."""
        for back, message in enumerate(reversed(self._entries)):
            if message.id == message_id:
                return self.count - back
        return 0


class ConnectLog:
    """The last connects of all rooms."""

    def __init__(self) -> None:
        self._entries: deque[Connect] = deque(maxlen=CONNECTS_KEPT)

    def add(self, connect: Connect) -> None:
        """Append a connect."""
        self._entries.append(connect)

    def of(self, room: str | None = None) -> list[Connect]:
        """Return the connects to one room, or all, oldest first."""
        return [entry for entry in self._entries if room is None or entry.room == room]
