"""Base of all messages, and parts that both directions share.

Every message is a frozen value with a `type` of its own; each direction has a list of its messages
(`directions`).  Unknown *fields* are ignored, so that a newer peer may add some; an unknown *type*
is answered with `error` (see `codec`).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from typing import Final

import msgspec

from meshvisor.shared.protocol.fields import Name, Sentence, as_name, as_sentence, put
from meshvisor.shared.protocol.parts import Part, written

PROTOCOL_VERSION: Final = 1

_ids = itertools.count(1)


def next_id() -> int:
    """Return a message id that this process has not used yet."""
    return next(_ids)


class Message(Part, tag_field="type"):
    """The envelope that every message carries."""

    v: int = written(PROTOCOL_VERSION)
    id: int = msgspec.field(default_factory=_ids.__next__)
    """Unique among the messages of one sender."""
    reply_to: int | None = None
    """The `id` of the request that this answers."""
    mesh_id: str | None = None
    """The mesh that this is about; None from children that serve none."""
    lane: str | None = None
    """The lane that this is about; None from children that serve none."""
    ts: float = msgspec.field(default_factory=time.time)
    """When it was made, epoch seconds."""

    @property
    def type(self) -> str:
        """What kind of message it is, as the JSON says it."""
        return type_of(type(self))

    def foreign(self) -> Iterable[object]:
        """Return the values in it that may be any JSON, so that the reader has to limit them."""
        return ()


def type_of(kind: type[Message]) -> str:
    """Return the `type` of the messages of a class."""
    return str(kind.__struct_config__.tag)


class Error(Message, tag="error"):
    """Something went wrong that did not end the sender; its log has the details.

    Sent in both directions: also the answer to a message of an unknown type.
    """

    error: Sentence
    source: Name = written("")
    """What failed, such as `command:ping` or `protocol`."""

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "error", as_sentence(self.error))
        put(self, "source", as_name(self.source))


class RestartRequest(Message, tag="restart_request"):
    """A child asks to be replaced, politely: it is worn out, and nothing has crashed.

    It takes no further work; what it has goes on until it is stopped or has ended.
    """

    reason: Sentence
    """In a few words that fit behind "the worker is replaced:"."""

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "reason", as_sentence(self.reason))
