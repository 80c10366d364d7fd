"""The envelope of every request of the control socket, the base of what is in it, and fields that
many requests have.

Owns what all requests share (docs/cli.md).  Does not own any of them: each is defined beside the
handler that answers it (`supervisor.control.handling`), and is a value that other code may make,
too.  On the wire both are one object.  The command line does not import this module: it sends plain
JSON through `shared.control.client`, because a `status` that loads pydantic would take twice as
long.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from meshvisor.shared.events.event import Cause
from meshvisor.shared.model.mesh_id import check_mesh_id
from meshvisor.shared.model.realm import check_realm

CONTROL_VERSION: Final = 1
"""`v` of every request; a server refuses newer ones instead of guessing."""

LONGEST_ACTOR: Final = 255
"""Characters."""

LARGEST_SEQ: Final = 2**53
"""The greatest number of an event: all programs that read JSON know it exactly."""

DEEPEST: Final = 1000
"""Events that may stand in one chain; features that make chains end them long before."""

_ACTOR: Final = re.compile(r"[a-z]+:\S(.*\S)?")


def is_actor(text: str) -> bool:
    """Say whether `text` names a user on whose behalf a program asks; no user id of the platform
    does, and others stand behind their realm (`shared.model.realm`).
    """
    return len(text) <= LONGEST_ACTOR and text.isprintable() and bool(_ACTOR.fullmatch(text))


def check_actor(text: str) -> str:
    """Return `text` if it can name a user on whose behalf a program asks.

    What kind it is comes first (`web:ann`, `token:ci`), so that none is taken for an account of
    this machine or for a user of a mesh, whose names have no such prefix.

    Raises:
        ValueError: it cannot; the message is one sentence.
    """
    if is_actor(text):
        return text
    raise ValueError(
        f"{text[:40]!r} is no name of a client: a kind and a name, such as web:ann or "
        f"token:ci, of up to {LONGEST_ACTOR} printable characters"
    )


MeshId = Annotated[str, BeforeValidator(check_mesh_id)]
WrittenUserId = Annotated[
    str, BeforeValidator(lambda value: str(value) if type(value) is int else value)
]
"""A user id as it was typed; what it means depends on the realm (`check_user_id`)."""
RealmName = Annotated[str, AfterValidator(check_realm)]
ActorName = Annotated[str, AfterValidator(check_actor)]


class CauseOfRequest(BaseModel):
    """What a request follows from; see `shared.events.event.Cause`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    correlation_id: str = Field(min_length=1, max_length=LONGEST_ACTOR)
    causation_id: int | None = Field(None, ge=1, le=LARGEST_SEQ)
    depth: int = Field(0, ge=0, le=DEEPEST)

    @property
    def value(self) -> Cause:
        """The same for events."""
        return Cause(self.correlation_id, self.causation_id, self.depth)


class Envelope(BaseModel):
    """What a frame says about the request in it, whichever that is."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    v: Literal[1] = 1
    id: int = Field(ge=0)
    """Chosen by the client; every frame of the answer repeats it as `reply_to`."""
    actor: ActorName | None = None
    """On whose behalf the client asks; None: its own.  See `supervisor.control.peer`."""
    cause: CauseOfRequest | None = None
    """What the request follows from; the events that tell of it are in that chain.  Null: it is
    the first."""
    once: str | None = Field(None, min_length=1, max_length=LONGEST_ACTOR)
    """A name under which the same request is carried out once, however often it is sent; null: each
    time.  See `supervisor.control.answered`."""


class Request(BaseModel):
    """Base of all requests.  Unknown fields are refused: they are typing errors.

    Fields that may hold a secret say `repr=False`: no error repeats what is found in them.
    """

    # Built when the first of its kind comes: most supervisors are never asked most of them.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    type: Any
    """Narrowed to a literal by each request."""

    @classmethod
    def texts(cls, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return those of the fields whose texts must be whole characters: all of them.

        A request that says itself what is wrong with some leaves these out.
        """
        return fields


class LongRequest(Request):
    """One whose result may be longer than a frame."""

    parts: bool = False
    """Whether such a result may come in pieces; else it is refused."""
