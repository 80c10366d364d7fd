"""One room: who is in it, what they say to each other, and what its peers are notified of.

Owns membership, the state that peers see, and the chat log.  Does not own sockets: a member is
a WebSocket peer or a resident, and both get messages by `deliver`.

A chat message goes to everyone else and not back to who said it: the sender's own client has
already shown it, and a bot that heard itself would have to be taught not to answer.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import msgspec

from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.rooms import (
    CHAT,
    STATE,
    ChatMessage,
    RoomState,
    RoomUser,
    mentioned,
)
from meshvisor.playground.frames import message_frame
from meshvisor.playground.history import ChatLog
from meshvisor.playground.watch import Watch

KINDS: Final = frozenset({"public", "friends", "local", "invited"})
"""Why the platform would list a room to a user; the flags of its REST discovery."""

STATE_DELAY: Final = 0.02
"""Seconds in which joins and leaves are put into one state message: five hundred peers that
come at once would otherwise get a quarter of a million messages about each other."""


class Member(Protocol):
    """Someone in a room."""

    @property
    def peer_id(self) -> str:
        """Names the connection: `userId_deviceId`."""
        ...

    @property
    def user(self) -> RoomUser:
        """Who it is."""
        ...

    def deliver(self, notification: Notification, frame: bytes) -> None:
        """Take a notification, which is also given as the frame to send; never blocks."""
        ...


@dataclass(slots=True)
class Faults:
    """What is wrong with a room at the moment, on request."""

    silent: bool = False
    """Nothing that its peers send is read or answered, and nothing is sent to them."""
    gone: bool = False
    """It has ended: not listed, and connects are answered with 404."""
    banned: set[str] = field(default_factory=set)
    """User ids that were kicked for good."""


class Room:
    """One room.

    Args:
        name: the room id.
        watch: notified of every change.
        kinds: see `KINDS`.
    """

    def __init__(self, name: str, watch: Watch, kinds: frozenset[str]) -> None:
        self.name = name
        self.kinds = kinds
        self.faults = Faults()
        self.chats = ChatLog()
        self.members: dict[str, Member] = {}
        self.mesh_state: dict[str, Any] = {"playing": False, "title": None, "position": 0}
        self._watch = watch
        self._state_timer: asyncio.TimerHandle | None = None

    # ---- Who is here -------------------------------------------------------------------------

    @property
    def users(self) -> tuple[RoomUser, ...]:
        """Who is in the room, each person once however many devices they have here."""
        return tuple({member.user.id: member.user for member in self.members.values()}.values())

    @property
    def state(self) -> RoomState:
        """What `stateMessage` says."""
        return RoomState(self.users, self.mesh_state)

    @property
    def is_settled(self) -> bool:
        """Whether all peers know who is here; they are notified within `STATE_DELAY`."""
        return self._state_timer is None

    def join(self, member: Member) -> None:
        """Let a member in: it gets the state at once, the others within `STATE_DELAY`."""
        self.members[member.peer_id] = member
        notification = Notification(STATE, self.state.to_data())
        member.deliver(notification, message_frame(notification))
        self._state_changed()

    def leave(self, member: Member) -> None:
        """Take a member out; nothing happens when it is not in, or a newer one has its id."""
        if self.members.get(member.peer_id) is member:
            del self.members[member.peer_id]
            self._state_changed()

    def _state_changed(self) -> None:
        if self._state_timer is None:
            loop = asyncio.get_running_loop()
            self._state_timer = loop.call_later(STATE_DELAY, self._time_to_tell)
        self._watch.changed()

    def _time_to_tell(self) -> None:
        self._state_timer = None
        self._tell_state()
        self._watch.changed()

    def _tell_state(self) -> None:
        self.tell(Notification(STATE, self.state.to_data()))

    def close(self) -> None:
        """Forget what is still planned; idempotent."""
        if self._state_timer is not None:
            self._state_timer.cancel()
            self._state_timer = None

    # ---- What is said ------------------------------------------------------------------------

    def post(self, sender: str, message: ChatMessage) -> ChatMessage:
        """Send a chat message of the peer `sender` to everyone else; return it as they get it.

        The server says who it is from, whatever the message says.  A missing id is made, and
        mentions that are not given are found in the text: `@handle` of a peer in the room.
        """
        posted = msgspec.structs.replace(
            message,
            sender=sender,
            id=message.id or uuid.uuid4().hex,
            mentions=message.mentions or mentioned(message.text, self.users),
        )
        self.tell(Notification(CHAT, posted.to_data()), besides=sender)
        self.chats.add(posted)
        self._watch.changed()
        return posted

    def tell(self, notification: Notification, besides: str | None = None) -> None:
        """Send a notification to everyone in the room but the peer `besides`."""
        frame = message_frame(notification)
        for peer_id, member in list(self.members.items()):
            if peer_id != besides:
                member.deliver(notification, frame)
