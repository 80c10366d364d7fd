"""What the bot needs from whatever carries its messages.

Owns the interface and the typed events that come in through it.  Does not own any wire format: each
transport has its own, in a feature or in a package of a third party (`shared.transports`).  Called
by `worker.mesh.connection` (join, leave) and `worker.mesh.mesh` (say, edit, typing).

A transport neither splits nor paces nor queues what it is given to say: it declares limits and
manners, and the bot keeps to them (`worker.mesh.outgoing`).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import msgspec

from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.shared.protocol.to_worker import Credentials

MAIN: Final = ""
"""The place where a mesh is at home: its room or its main channel."""


# Who, where and what


class User(msgspec.Struct, frozen=True):
    """A user of a mesh."""

    id: str
    """In the network's own spelling; 1 to 255 printable characters without blanks."""
    name: str
    """What people call them; the id where the network tells no name."""
    authenticated: bool = False
    """Whether the network vouches that it is they; others may not use admin commands.  Not unless
    the transport says so: what is forgotten must not make admins."""


class Traits(msgspec.Struct, frozen=True):
    """What a transport can do; the bot adapts to it.  Settled by the end of a join."""

    replies: bool = False
    """Whether a message can point at the one that it answers."""
    typing: bool = False
    """Whether others can see that the bot is writing."""
    editing: bool = False
    """Whether a sent message can be changed."""
    direct: bool = False
    """Whether a user can be written to alone."""


class Limits(msgspec.Struct, frozen=True):
    """What fits into one message in one place."""

    max_bytes: int
    """UTF-8 bytes of one message, at least 64; longer texts are split."""
    max_parts: int = 10
    """Messages that one text may become; more would be a flood, and floods get bots kicked.  A text
    that is too long for them says so at its end."""
    lines: bool = True
    """Whether a message may have several lines; otherwise each line is one."""
    fences: bool = True
    """Whether ``` means something, so that a block that is cut is closed and opened again."""


class Manners(msgspec.Struct, frozen=True):
    """How much is said, and how fast; the bot keeps to it."""

    gap: float = 0.0
    """Seconds between two messages, once `burst` of them were sent at once."""
    burst: int = 1
    """Messages that may be sent without a gap after a silence."""
    per_hour: int = 0
    """Messages within any hour, or what `cost` counts; 0: no limit."""
    cost: Callable[[int, str], int] | None = None
    """Returns what a message of so many UTF-8 bytes in a place takes of `per_hour`, at least 1.
    None: each takes one."""
    is_quiet: bool = False
    """Whether the air is precious: nothing is said to unknown commands and to people who are in a
    hurry, and how far a job is only to its creator alone."""
    answers_directly: bool = False
    """Whether answers go to the asker alone, where that is possible."""

    def cost_of(self, size: int, place: str) -> int:
        """Return what a message of so many UTF-8 bytes takes of `per_hour`."""
        return 1 if self.cost is None else self.cost(size, place)


# What comes in


class ChatMessage(msgspec.Struct, frozen=True):
    """A user has said something; a transport never hands on the bot's own messages.

    The bot's own account on another device counts as another user: a person who has logged in as
    the bot.
    """

    id: str
    user: User
    text: str
    mentions: tuple[User, ...] = ()
    reply_to: str | None = None
    """Id of the message that it is a reply to."""
    place: str = MAIN
    """Where it was said, in the transport's own words; an answer goes there."""
    is_direct: bool = False
    """Whether it was said to the bot alone."""
    at: float | None = None
    """When it was said, epoch seconds; None: the network does not tell."""


class UserJoined(msgspec.Struct, frozen=True):
    """A user has come into the mesh while the bot was in it."""

    user: User


class UserLeft(msgspec.Struct, frozen=True):
    """A user has left the mesh."""

    user: User


class TypingChanged(msgspec.Struct, frozen=True):
    """A user has begun or stopped to write."""

    user: User
    typing: bool


class Observed(msgspec.Struct, frozen=True):
    """Something else was noticed: a node, a position, telemetry, a reaction, a topic."""

    kind: str
    """A word of the network, such as `position`."""
    user: User | None = None
    """The user that it is about; None: no user."""
    place: str = MAIN
    data: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """Plain JSON."""


class Delivery(msgspec.Struct, frozen=True):
    """What became of a message that the bot has sent."""

    sent_id: str
    """As `Transport.say` has returned it."""
    state: str
    """`on_air`, `delivered` or `failed`."""
    reason: str = ""
    """Why it failed, in a few words."""


class Checkpoint(msgspec.Struct, frozen=True):
    """How far the bot has heard; the next join begins there (`Joining.resume`).

    It is kept before anything that comes after it is acted on.  So a transport tells the one that
    lies behind a message just before the message: a bot that dies meanwhile is silent about one
    message, instead of answering it twice.
    """

    token: str
    """Anything, at most 4,096 bytes; a longer one is not kept."""


class Remark(msgspec.Struct, frozen=True):
    """What operators have to know of a session that goes on, such as a channel that the bot is not
    let into.
    """

    text: str
    """A sentence, in the place of the one before; empty: there is nothing (any more)."""


Incoming = (
    ChatMessage | UserJoined | UserLeft | TypingChanged | Observed | Delivery | Checkpoint | Remark
)
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
    """The bot was thrown out: do not come back, or only when the network allows it."""
    ROOM_ENDED = "room_ended"
    """The server has ended the room, as a rule because it is empty."""
    REPLACED = "replaced"
    """Another client has taken the connection: coming back at once would begin a fight."""
    UNAUTHORIZED = "unauthorized"
    """The account is not known any more: come back with other credentials."""


class End(msgspec.Struct, frozen=True):
    """The end of a connection session."""

    kind: EndKind
    reason: str
    """A few words for people."""
    retry_after: float | None = None
    """Seconds after which the network wants to see the bot again; None: it does not say."""


# Errors


class JoinError(Exception):
    """One attempt to get into the mesh has failed; trying again may help.

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


class NotInMeshError(ConnectionError):
    """Nothing can be said, because the bot is not in the mesh (any more)."""


class NotSentError(Exception):
    """The network did not take a message, though the bot is in the mesh; later it may.

    Attributes:
        retry_after: seconds after which the network wants to be asked again; None: it does not say.
    """

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class NoSuchPlaceError(NotSentError):
    """There is no such place (any more), or no user whom the bot can write to there."""


class CannotEditError(Exception):
    """A message cannot be changed (any more)."""


# The interface


class MeshAddress(msgspec.Struct, frozen=True):
    """Where one mesh is; what a transport is made with."""

    mesh_id: str
    """The operators' name for it."""
    server: str = ""
    """Address of its server, where the transport has servers."""
    address: str = ""
    """The network's name for it; empty: the mesh id is that too."""
    settings: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """What its entry of the settings says beyond that, checked by `TransportKind.settings`."""
    places: tuple[str, ...] | None = None
    """Where commands are answered, beside what is said to the bot alone; None: everywhere.  The bot
    keeps to it; a transport that knows which places there are tells of others in a `Remark`."""

    @property
    def room(self) -> str:
        """What the network calls it."""
        return self.address or self.mesh_id


class Joining(msgspec.Struct, frozen=True):
    """What a transport is given for one join."""

    credentials: Credentials
    """Whose account is used."""
    resume: str | None = None
    """The last checkpoint, of whichever life of the worker; None: there was none."""


class Transport(Protocol):
    """One mesh, over any number of stays in it, one at a time."""

    @property
    def traits(self) -> Traits:
        """What this transport can do; read again after each join."""
        ...

    @property
    def manners(self) -> Manners:
        """How much may be said; read again after each join."""
        ...

    @property
    def own_id(self) -> str:
        """The bot's user id in the mesh; empty before the first session."""
        ...

    @property
    def users(self) -> Mapping[str, User]:
        """Who is there as far as is known, by user id, without the bot."""
        ...

    @property
    def is_present(self) -> bool:
        """Whether a message could be sent now."""
        ...

    def limits(self, place: str) -> Limits:
        """Return what fits into one message in a place, as things stand now."""
        ...

    async def join(self, joining: Joining, deliver: Deliver) -> None:
        """Get into the mesh; from then on `deliver` is called for everything that comes in.

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

        Idempotent, and never takes longer than a second or two: politely, the bot says goodbye and
        gives the server a moment; otherwise the connection is dropped.
        """
        ...

    async def say(self, text: str, place: str = MAIN, reply_to: str | None = None) -> str | None:
        """Send one message that keeps to `limits(place)`.

        Called for several places at a time, for each place one after the other; messages go out in
        the order of the calls.

        Returns:
            Its id, by which it can be edited and its delivery is reported; None: it has none.

        Raises:
            NotInMeshError: the bot is not in the mesh.
            NoSuchPlaceError: there is no such place (any more).
            NotSentError: it was not sent for another reason; another time it may be.
        """
        ...

    async def edit(self, sent_id: str, text: str, place: str = MAIN) -> None:
        """Change a message that the bot has sent; only called where `traits.editing`.

        Args:
            sent_id: as `say` has returned it.
            text: keeps to the limits of its place.
            place: where it was said, as given to `say`.

        Raises:
            NotInMeshError: the bot is not in the mesh.
            CannotEditError: the message cannot be changed (any more).
            NotSentError: it was not changed for another reason; another time it may be.
        """
        ...

    async def direct_place(self, user_id: str) -> str:
        """Return the place where a user alone reads what is said; only where `traits.direct`.

        Raises:
            NotInMeshError: the bot is not in the mesh.
            NoSuchPlaceError: there is none: they are unknown, or do not want it.
        """
        ...

    async def show_typing(self, typing: bool, place: str = MAIN) -> None:
        """Let others see whether the bot is writing; does nothing where that is impossible."""
        ...
