"""What can happen in a mesh, and who wants to hear of it.

Owns the event types, their names, and the handlers that plug-ins have registered.  The registry
is state of the module on purpose: plug-ins are loaded before workers are forked, and every fork
inherits it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import msgspec

from meshvisor.worker.mesh.mesh import Mesh
from meshvisor.worker.mesh.transport import MAIN, User

MAX_EVENT_TEXT: Final = 32 * 1024
"""Characters of a message's text in a `mesh_event`; a frame to the supervisor is bounded, and
may need six bytes for each."""

MAX_EVENT_DETAILS: Final = 64 * 1024
"""Bytes of JSON of what was observed; of what has more, the details are left out of a
`mesh_event`."""

EventName = Literal[
    "connected",
    "disconnected",
    "join",
    "leave",
    "message",
    "command",
    "typing",
    "observed",
    "delivery",
]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a mesh."""

    mesh: Mesh

    name: ClassVar[EventName]

    def data(self) -> dict[str, Any]:
        """Return what a `mesh_event` carries: plain JSON."""
        return {}


@dataclass(frozen=True, slots=True)
class ConnectedEvent(Event):
    """The bot has come into the room; also after a reconnect."""

    name = "connected"


@dataclass(frozen=True, slots=True)
class DisconnectedEvent(Event):
    """The bot has lost or left the room."""

    reason: str

    name = "disconnected"

    def data(self) -> dict[str, Any]:
        """Return why, as `mesh_event` carries it."""
        return {"reason": self.reason}


@dataclass(frozen=True, slots=True)
class JoinEvent(Event):
    """A user has come into the room while the bot was in it."""

    user: User

    name = "join"

    def data(self) -> dict[str, Any]:
        """Return who."""
        return _user_data(self.user)


@dataclass(frozen=True, slots=True)
class LeaveEvent(Event):
    """A user has left the room."""

    user: User

    name = "leave"

    def data(self) -> dict[str, Any]:
        """Return who."""
        return _user_data(self.user)


@dataclass(frozen=True, slots=True)
class TypingEvent(Event):
    """A user has begun or stopped to write."""

    user: User
    typing: bool

    name = "typing"

    def data(self) -> dict[str, Any]:
        """Return the user, and whether they write."""
        return {**_user_data(self.user), "typing": self.typing}


@dataclass(frozen=True, slots=True)
class MessageEvent(Event):
    """A user has said something, a command or not."""

    id: str
    user: User
    text: str
    mentions: tuple[User, ...] = ()
    reply_to: str | None = None
    """Id of the message that it is a reply to."""
    place: str = MAIN
    """Where it was said: a channel, a thread, a user's direct messages; empty: the mesh's own
    room."""
    is_direct: bool = False
    """Whether it was said to the bot alone."""
    at: float | None = None
    """When it was said, epoch seconds; None: the network does not tell."""

    name = "message"

    async def reply(self, text: str) -> tuple[str, ...]:
        """Answer this message where it was said; see `Mesh.send`."""
        return await self.mesh.answer(text, self.user.id, self.place, self.id or None)

    def data(self) -> dict[str, Any]:
        """Return the text and its author, as `mesh_event` carries them."""
        return {
            **_user_data(self.user),
            "message_id": self.id,
            "text": self.text[:MAX_EVENT_TEXT],
            "mentions": [user.id for user in self.mentions],
            "reply_to": self.reply_to,
            "place": self.place,
            "is_direct": self.is_direct,
            "at": self.at,
        }


@dataclass(frozen=True, slots=True)
class CommandEvent(Event):
    """A user has used a command, and may; told when it is begun."""

    command: str
    """Its name, as it was registered."""
    arguments: str
    """What was written behind it."""
    message: MessageEvent

    name = "command"

    def data(self) -> dict[str, Any]:
        """Return which, and who has used it where, as `mesh_event` carries it."""
        message = self.message
        return {
            **_user_data(message.user),
            "command": self.command,
            "arguments": self.arguments[:MAX_EVENT_TEXT],
            "message_id": message.id,
            "place": message.place,
            "is_direct": message.is_direct,
        }


@dataclass(frozen=True, slots=True)
class ObservedEvent(Event):
    """Something else was noticed: a node, a position, telemetry, a reaction, a topic."""

    kind: str
    """A word of the network, such as `position`."""
    user: User | None
    """The user that it is about; None: no user."""
    place: str
    details: Mapping[str, Any]
    """Plain JSON."""

    name = "observed"

    def data(self) -> dict[str, Any]:
        """Return the kind, the details and the user."""
        about = {} if self.user is None else _user_data(self.user)
        is_short = len(msgspec.json.encode(self.details)) <= MAX_EVENT_DETAILS
        details = dict(self.details) if is_short else {}
        return {**about, "kind": self.kind, "place": self.place, "details": details}


@dataclass(frozen=True, slots=True)
class DeliveryEvent(Event):
    """The network tells what became of a message that the bot has sent."""

    sent_id: str
    """Id of the message."""
    state: str
    """`on_air`, `delivered` or `failed`."""
    reason: str
    """Why it failed; empty: it did not, or the network gives no reason."""

    name = "delivery"

    def data(self) -> dict[str, Any]:
        """Return the message and what became of it."""
        return {"message_id": self.sent_id, "state": self.state, "reason": self.reason}


EVENTS: Final[Mapping[str, type[Event]]] = {
    kind.name: kind
    for kind in (
        ConnectedEvent,
        DisconnectedEvent,
        JoinEvent,
        LeaveEvent,
        MessageEvent,
        CommandEvent,
        TypingEvent,
        ObservedEvent,
        DeliveryEvent,
    )
}
"""Every event a handler can be registered for, by name."""

EventHandler = Callable[[Any], Awaitable[None] | None]


class Subscription(msgspec.Struct, frozen=True):
    """One handler of one event."""

    event: str
    handler: EventHandler
    source: str
    """The module that registered it."""

    @property
    def label(self) -> str:
        """What it is called in logs and errors."""
        return f"event:{self.event}:{getattr(self.handler, '__name__', 'handler')}"


class EventRegistry:
    """The handlers of each event."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, tuple[Subscription, ...]] = {}

    def add(self, subscription: Subscription) -> None:
        """Register a handler.

        Raises:
            ValueError: there is no such event.
        """
        name = subscription.event
        if name not in EVENTS:
            raise ValueError(f"there is no event {name!r}; there are {', '.join(EVENTS)}")
        self._subscriptions[name] = (*self.of(name), subscription)

    def of(self, event: str) -> tuple[Subscription, ...]:
        """Return the handlers of one event, in the order of their registration."""
        return self._subscriptions.get(event, ())

    def snapshot(self) -> dict[str, tuple[Subscription, ...]]:
        """Return the present state for `restore`."""
        return dict(self._subscriptions)

    def restore(self, state: dict[str, tuple[Subscription, ...]]) -> None:
        """Go back to a state that `snapshot` returned."""
        self._subscriptions = dict(state)


HANDLERS: Final = EventRegistry()


def _user_data(user: User) -> dict[str, Any]:
    return {"user_id": user.id, "user_name": user.name}
