"""What a worker and a program say to each other (docs/program.md).

Owns the messages and what their fields may hold.  Does not own how a line is read (`reading`).
Within a version messages and fields are only added, and whatever is added is optional.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from meshvisor.shared.protocol.parts import Part
from meshvisor.worker.mesh.splitting import SMALLEST_LIMIT

VERSION: Final = 1
"""Of the protocol."""

LONGEST_ID: Final = 255
"""Characters of what tells users, messages and places from others."""

LONGEST_MESSAGE: Final = 64 * 1024
"""Bytes of a message that a program may take at once: written as JSON it still fits a line."""

MOST_PLACES: Final = 1000
"""Places that may have limits of their own."""

Token = Annotated[str, Meta(min_length=1, max_length=LONGEST_ID)]
Wait = Annotated[float, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1, le=1_000_000)]


def _check_printable(text: str | None) -> None:
    if text and not text.isprintable():
        raise ValueError("it holds what cannot be printed")


# ---- From the program ----------------------------------------------------------------------------


class Person(Part):
    """A user of the mesh, or the bot itself."""

    id: Token
    name: str = ""
    authenticated: bool = False
    """Whether the network vouches that it is they; a program has to say so."""

    def __post_init__(self) -> None:
        """Refuse what looks like another id than it is."""
        if not self.id.isprintable() or " " in self.id:
            raise ValueError("an id holds what cannot be printed, or a blank")


class PlaceTraits(Part):
    """What fits into one message in a place."""

    max_bytes: Annotated[int, Meta(ge=SMALLEST_LIMIT, le=LONGEST_MESSAGE)] = 4096
    max_parts: Annotated[int, Meta(ge=1, le=100)] = 10
    lines: bool = True
    fences: bool = True


class ProgramTraits(PlaceTraits):
    """What the program and its network can do."""

    replies: bool = False
    edits: bool = False
    typing: bool = False
    direct: bool | Annotated[str, Meta(max_length=LONGEST_ID)] = False
    """The place where a user alone reads what is said, with `{id}` for theirs; true: `{id}`."""
    acknowledges: bool = False
    """Whether each `say` and `edit` is answered with `sent`."""
    heartbeat: bool = False
    """Whether `ping` is answered with `pong`."""
    gap: Annotated[float, Meta(ge=0, le=3600)] = 0.0
    burst: Positive = 1
    per_hour: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    quiet: bool = False
    answers_directly: bool = False
    places: Annotated[dict[str, PlaceTraits], Meta(max_length=MOST_PLACES)] = msgspec.field(
        default_factory=dict
    )
    """Limits of places that differ from the others."""

    def direct_place(self, user_id: str) -> str:
        """Return where a user alone reads what is said; empty: nowhere."""
        if isinstance(self.direct, bool):
            return user_id if self.direct else ""
        return self.direct.replace("{id}", user_id)


class Joined(Part):
    """The bot is in the mesh."""

    bot: Person = msgspec.field(name="self")
    traits: ProgramTraits = ProgramTraits()
    users: list[Person] = msgspec.field(default_factory=list)
    version: int = 1


class Refused(Part):
    """The bot did not get into the mesh."""

    reason: str = ""
    kind: str = "refused"
    retry_after: Wait | None = None


class Ended(Part):
    """The bot is not in the mesh any more."""

    kind: str = "lost"
    reason: str = ""
    retry_after: Wait | None = None


class Said(Part):
    """A user has said something."""

    user: Person
    text: str
    id: Annotated[str, Meta(max_length=LONGEST_ID)] | None = None
    place: Annotated[str, Meta(max_length=LONGEST_ID)] | None = None
    direct: bool = False
    reply_to: Annotated[str, Meta(max_length=LONGEST_ID)] | None = None
    mentions: list[Person] = msgspec.field(default_factory=list)
    at: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be shown."""
        for text in (self.id, self.place, self.reply_to):
            _check_printable(text)


class Came(Part):
    """A user has come into the mesh."""

    user: Person


class Went(Part):
    """A user has left the mesh."""

    user: Person


class Types(Part):
    """A user has begun or stopped to write."""

    user: Person
    on: bool


class Noticed(Part):
    """Something else was noticed."""

    kind: Annotated[str, Meta(min_length=1, max_length=64)]
    user: Person | None = None
    place: Annotated[str, Meta(max_length=LONGEST_ID)] | None = None
    data: dict[str, Any] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be shown."""
        _check_printable(self.kind)
        _check_printable(self.place)


class Sent(Part):
    """What became of a `say` or `edit`."""

    id: int
    sent_id: Annotated[str, Meta(max_length=LONGEST_ID)] | None = None
    error: str | None = None
    kind: str = "later"
    """`gone`: what it was for is not there any more; anything else: it may work another time."""
    retry_after: Wait | None = None


class Delivered(Part):
    """What became of a message that was sent."""

    sent_id: Token
    state: Literal["on_air", "delivered", "failed"]
    reason: str = ""


class Reached(Part):
    """How far the bot has heard."""

    token: str


class Logged(Part):
    """A line for the mesh's log."""

    text: str
    level: str = "info"


class Pong(Part):
    """The answer to `ping`."""

    id: int | None = None


FROM_PROGRAM: Final[Mapping[str, type[Part]]] = {
    "joined": Joined,
    "refused": Refused,
    "ended": Ended,
    "message": Said,
    "user_joined": Came,
    "user_left": Went,
    "typing": Types,
    "observed": Noticed,
    "sent": Sent,
    "delivery": Delivered,
    "checkpoint": Reached,
    "log": Logged,
    "pong": Pong,
}

FromProgram = (
    Joined
    | Refused
    | Ended
    | Said
    | Came
    | Went
    | Types
    | Noticed
    | Sent
    | Delivered
    | Reached
    | Logged
    | Pong
)

# ---- To the program ------------------------------------------------------------------------------


class ToProgram(Part, tag_field="type"):
    """What a worker says; a field that is None is left out."""


class Join(ToProgram, tag="join"):
    """Get into the mesh."""

    version: int
    mesh_id: str
    address: str
    account: Mapping[str, str] | None = None
    resume: str | None = None
    options: Mapping[str, Any] | None = None


class Say(ToProgram, tag="say"):
    """Say something."""

    id: int
    text: str
    place: str = ""
    reply_to: str | None = None


class Edit(ToProgram, tag="edit"):
    """Change a message."""

    id: int
    sent_id: str
    text: str
    place: str = ""


class Typing(ToProgram, tag="typing"):
    """Show whether the bot is writing."""

    on: bool
    place: str = ""


class Ping(ToProgram, tag="ping"):
    """Answer with `pong`."""

    id: int


class Leave(ToProgram, tag="leave"):
    """Leave the mesh and exit."""


_ENCODER: Final = msgspec.json.Encoder()

_LINE_ENDS: Final = tuple(
    (end.encode(), rf"\u{ord(end):04x}".encode()) for end in "\x85\u2028\u2029"
)
"""What readers of lines take for an end of one in some languages, such as Node.js 24 and Java, and
how it is written instead."""


def written(message: ToProgram) -> bytes:
    """Return a message as one line, whatever a reader takes for the end of one."""
    line = _ENCODER.encode(message)
    for end, escape in _LINE_ENDS:
        line = line.replace(end, escape)
    return line + b"\n"
