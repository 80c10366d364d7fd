"""What the bot needs from whatever carries its messages.

Owns the interface and the typed events that come in through it.  Does not own any wire format:
`protoo` has one, a radio transport will have another.  Called by `worker.mesh.connection` (join,
leave) and `worker.mesh.bot` (say, typing).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.shared.protocol.to_worker import Credentials

# Who and what


@dataclass(frozen=True, slots=True)
class User:
    """Somebody in the room."""

    id: str
    name: str
    """What people call them; the id where the mesh tells no name."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a transport can do; the bot adapts to it."""

    max_message_bytes: int
    """UTF-8 bytes of one message; longer texts are split."""
    replies: bool
    """Whether a message can point at the one that it answers."""
    typing: bool
    """Whether others can see that the bot is writing."""
    editing: bool
    """Whether a sent message can be changed; such a transport is `Editing`."""
    direct: bool = False
    """Whether somebody can be written to alone; such a transport is `Direct`."""


# What comes in


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """Somebody else has said something; a transport never hands on the bot's own messages.

    The bot's own account on another device is somebody else: a person who has logged in as the
    bot.
    """

    id: str
    user: User
    text: str
    mentions: tuple[User, ...] = ()
    reply_to: str | None = None
    """Id of the message that this one answers."""


@dataclass(frozen=True, slots=True)
class UserJoined:
    """Somebody has come into the room while the bot was in it."""

    user: User


@dataclass(frozen=True, slots=True)
class UserLeft:
    """Somebody has left the room."""

    user: User


@dataclass(frozen=True, slots=True)
class TypingChanged:
    """Somebody has begun or stopped to write."""

    user: User
    typing: bool


Incoming = ChatMessage | UserJoined | UserLeft | TypingChanged
Deliver = Callable[[Incoming], None]


# How a connection session ends


class EndKind(enum.Enum):
    """Why a connection session is over, which decides what comes next."""

    LOST = "lost"
    """The connection broke: come back."""
    LEFT = "left"
    """This side has left."""
    CLOSED_FOR_GOOD = "closed_for_good"
    """The server has sent the bot away: do not come back by yourself."""
    KICKED = "kicked"
    """Somebody has thrown the bot out: never come back."""
    ROOM_ENDED = "room_ended"
    """The server has ended the room, as a rule because it is empty."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of a connection session."""

    kind: EndKind
    reason: str
    """A few words for people."""


# Errors


class JoinError(Exception):
    """One attempt to get into the room has failed; trying again may help.

    Attributes:
        kind: whose fault it is, as far as this side can tell.
        retry_after: seconds after which the server wants to be asked again; None: it does not say.
    """

    def __init__(self, sentence: str, kind: FailureKind, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.retry_after = retry_after


class SentAwayError(Exception):
    """The session ended before it began, in a way that forbids another attempt.

    Attributes:
        end: how.
    """

    def __init__(self, end: End) -> None:
        super().__init__(end.reason)
        self.end = end


class NotInRoomError(ConnectionError):
    """Nothing can be said, because the bot is not in the room (any more)."""


class Transport(Protocol):
    """One mesh, over any number of stays in it, one at a time."""

    @property
    def traits(self) -> Traits:
        """What this transport can do; never changes."""
        ...

    @property
    def own_id(self) -> str:
        """The bot's user id in the room; empty before the first session."""
        ...

    @property
    def users(self) -> Mapping[str, User]:
        """Who is in the room as far as is known, by user id, without the bot."""
        ...

    @property
    def in_room(self) -> bool:
        """Whether a message could be sent now."""
        ...

    async def join(self, credentials: Credentials, deliver: Deliver) -> None:
        """Get into the room; from then on `deliver` is called for everything that comes in.

        Cancelling it leaves nothing open.

        Raises:
            JoinError: it did not work; try again later.
            SentAwayError: it did not work, and must not be tried again.
        """
        ...

    async def ended(self) -> End:
        """Return when the stay that `join` began is over."""
        ...

    async def leave(self, reason: str, *, politely: bool = True) -> None:
        """End the stay; `ended` then returns an end of kind LEFT.

        Idempotent, and never takes longer than a second or two: politely, the server is told
        and given a moment; otherwise the connection is dropped.
        """
        ...

    async def say(self, text: str, reply_to: str | None = None) -> str | None:
        """Send one message of at most `traits.max_message_bytes`.

        Returns:
            Its id, where it can be edited; None otherwise.

        Raises:
            NotInRoomError: the bot is not in the room.
        """
        ...

    async def show_typing(self, typing: bool) -> None:
        """Let others see whether the bot is writing; does nothing where that is impossible."""
        ...


class Editing(Protocol):
    """What a transport has beyond the rest whose traits say that it can edit."""

    async def edit(self, message_id: str, text: str) -> None:
        """Change a message that the bot has sent, in the room or to somebody alone.

        Args:
            message_id: as `say` or `write_to` has returned it.
            text: at most `traits.max_message_bytes`.

        Raises:
            NotInRoomError: the bot is not in the room.
            LookupError: the message cannot be changed (any more).
        """
        ...


class Direct(Protocol):
    """What a transport has beyond the rest whose traits say that it can write to people alone."""

    async def write_to(self, user_id: str, text: str) -> str | None:
        """Send one message to somebody alone; the rest is as with `Transport.say`.

        Raises:
            LookupError: it does not reach them: they are unknown, or do not want it.
        """
        ...
