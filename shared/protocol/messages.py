"""Base of all messages, and what both directions share.

Every message is a frozen model with a literal `type`; the unions are in `to_worker` and
`from_worker`, one per direction, discriminated by that field.  Unknown *fields* are ignored, so
that a newer peer may add some; an unknown *type* is answered with `error` (see `codec`).
"""

from __future__ import annotations

import itertools
import time
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from meshvisor.shared.protocol.fields import Name, Sentence

PROTOCOL_VERSION: Final = 1

_ids = itertools.count(1)


def next_id() -> int:
    """Return a message id that this process has not used yet."""
    return next(_ids)


class Message(BaseModel):
    """The envelope that every message carries."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    type: Any
    """Narrowed to a literal by each message."""
    v: int = PROTOCOL_VERSION
    id: int = Field(default_factory=next_id)
    """Unique among the messages of one sender."""
    reply_to: int | None = None
    """The `id` of the request that this answers."""
    mesh_id: str | None = None
    """The mesh that this is about; None from children that serve none."""
    lane: str | None = None
    """The lane that this is about; None from children that serve none."""
    ts: float = Field(default_factory=time.time)
    """When it was made, epoch seconds."""


class Error(Message):
    """Something went wrong that did not end the sender; its log has the details.

    Sent in both directions: also the answer to a message of an unknown type.
    """

    type: Literal["error"] = "error"
    error: Sentence
    source: Name = ""
    """What failed, such as `command:ping` or `protocol`."""


class RestartRequest(Message):
    """A child asks to be replaced, politely: it is worn out, and nothing has crashed.

    It takes no further work; what it has goes on until it is stopped or has ended.
    """

    type: Literal["restart_request"] = "restart_request"
    reason: Sentence
    """In a few words that fit behind "the worker is replaced:"."""
