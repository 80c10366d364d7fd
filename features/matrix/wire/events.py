"""Answers of a homeserver as values: what a `/sync` brings, and events in it.

Servers and their users are foreign: what is not as the specification wants it is passed over, event
by event, so that one that cannot be read costs nothing but itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

EDIT: Final = "m.replace"
THREAD: Final = "m.thread"
ANNOTATION: Final = "m.annotation"

_NONE: Final[Mapping[str, Any]] = {}


class Events(msgspec.Struct, frozen=True):
    """Some events, not yet read."""

    events: list[msgspec.Raw] = []


class Timeline(msgspec.Struct, frozen=True):
    """What happened in a room since the last answer."""

    events: list[msgspec.Raw] = []
    limited: bool = False
    """Whether older ones were left out."""
    prev_batch: str | None = None
    """Where those end."""


class Room(msgspec.Struct, frozen=True):
    """News of one room."""

    timeline: Timeline = msgspec.field(default_factory=Timeline)
    state: Events = msgspec.field(default_factory=Events)
    ephemeral: Events = msgspec.field(default_factory=Events)
    invite_state: Events = msgspec.field(default_factory=Events)


class Rooms(msgspec.Struct, frozen=True):
    """Rooms by their ids."""

    join: dict[str, Room] = {}
    leave: dict[str, Room] = {}
    invite: dict[str, Room] = {}


class Sync(msgspec.Struct, frozen=True):
    """An answer to `/sync`."""

    next_batch: str
    rooms: Rooms = msgspec.field(default_factory=Rooms)


class Profile(msgspec.Struct, frozen=True):
    """What a room knows of a member."""

    display_name: str | None = None


class Joined(msgspec.Struct, frozen=True):
    """An answer to `/joined_members`."""

    joined: dict[str, Profile] = {}


class Event(msgspec.Struct, frozen=True):
    """One event."""

    type: str
    sender: str = ""
    event_id: str = ""
    state_key: str | None = None
    origin_server_ts: float = 0
    """Milliseconds since 1970, by the clock of its author's server."""
    redacts: str | None = None
    raw_content: Any = msgspec.field(name="content", default=None)
    raw_unsigned: Any = msgspec.field(name="unsigned", default=None)

    @property
    def content(self) -> Mapping[str, Any]:
        """What it says; empty where that is none."""
        return self.raw_content if isinstance(self.raw_content, dict) else _NONE

    def text(self, name: str) -> str:
        """Return a text of its content; empty: there is none."""
        return text_of(self.content, name)

    @property
    def membership_before(self) -> str:
        """Of the member, if it is about one; empty: the server does not say, or there was none."""
        unsigned = self.raw_unsigned if isinstance(self.raw_unsigned, dict) else _NONE
        return text_of(mapping_of(unsigned, "prev_content"), "membership")

    @property
    def relation(self) -> Mapping[str, Any]:
        """To which other event it belongs, and how."""
        found = self.content.get("m.relates_to")
        return found if isinstance(found, dict) else _NONE


_SYNC: Final = msgspec.json.Decoder(Sync)
_JOINED: Final = msgspec.json.Decoder(Joined)
_EVENT: Final = msgspec.json.Decoder(Event)


def read_sync(content: bytes) -> Sync:
    """Read an answer to `/sync`.

    Raises:
        msgspec.DecodeError: it is none.
    """
    return _SYNC.decode(content)


def read_members(content: bytes) -> Mapping[str, Profile]:
    """Read an answer to `/joined_members`: members by their ids.

    Raises:
        msgspec.DecodeError: it is none.
    """
    return _JOINED.decode(content).joined


def is_encryption(content: bytes) -> bool:
    """Say whether the answer to a question for `m.room.encryption` is that of an encrypted room.

    Dendrite answers those who are only invited with another state of the room.
    """
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return isinstance(found, dict) and bool(text_of(found, "algorithm"))


def read_events(raw: list[msgspec.Raw]) -> Iterator[Event]:
    """Yield events; what cannot be one is passed over."""
    for one in raw:
        try:
            yield _EVENT.decode(one)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue


def text_of(found: Mapping[str, Any], name: str) -> str:
    """Return a text of something foreign; empty: there is none."""
    value = found.get(name)
    return value if isinstance(value, str) else ""


def texts_of(found: Mapping[str, Any], name: str) -> list[str]:
    """Return the texts of a list of something foreign."""
    value = found.get(name)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def mapping_of(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object of something foreign; empty: there is none."""
    value = found.get(name)
    return value if isinstance(value, dict) else _NONE
