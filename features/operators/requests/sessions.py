"""Requests about sessions."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from meshvisor.features.operators.requests.fields import Digest, Name
from meshvisor.features.operators.results import SessionList, SessionOpened, SessionsEnded
from meshvisor.features.operators.supervisor.passkeys import PasskeyUse
from meshvisor.features.operators.supervisor.sessions import NewSession, Sessions
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

LONGEST_SESSION: Final = 366 * 86400.0
"""Seconds."""


class OpenSession(Request):
    """Keep the session of an operator who has signed in."""

    type: Literal["operators_open_session"] = "operators_open_session"
    operator: Name
    digest: Digest
    idle: float = Field(ge=60, le=LONGEST_SESSION)
    """Seconds without a request after which it ends."""
    longest: float = Field(ge=60, le=LONGEST_SESSION)
    """Seconds after which it ends in any case."""
    address: str = Field("", max_length=100)
    agent: str = Field("", max_length=300)
    passkey: int | None = None
    """Number of the one by which they sign in; None: by password or link."""
    uses: int = Field(0, ge=0)
    """The passkey's counter of uses, this one included."""


@handles(OpenSession)
async def open_session(request: OpenSession, call: Call) -> SessionOpened:
    """Keep it."""
    opening = NewSession(
        request.operator,
        request.digest,
        request.idle,
        request.longest,
        request.address,
        request.agent,
        None if request.passkey is None else PasskeyUse(request.passkey, request.uses),
    )
    return await call.need(Sessions).open_session(opening, call.actor)


class SeeSession(Request):
    """Note that a session is in use."""

    type: Literal["operators_see_session"] = "operators_see_session"
    session: int


@handles(SeeSession)
async def see_session(request: SeeSession, call: Call) -> None:
    """Note it."""
    await call.need(Sessions).see_session(request.session)


class ListSessions(Request):
    """Open sessions."""

    type: Literal["operators_sessions"] = "operators_sessions"
    operator: Name | None = None
    """None: those of all."""


@handles(ListSessions, offline=True)
async def list_sessions(request: ListSessions, call: Call) -> SessionList:
    """Return them, the newest first."""
    return await call.need(Sessions).list_sessions(request.operator)


class EndSessions(Request):
    """End sessions."""

    type: Literal["operators_end_sessions"] = "operators_end_sessions"
    operator: Name
    session: int | None = None
    """Number of the session; None: all of them."""


@handles(EndSessions, offline=True)
async def end_sessions(request: EndSessions, call: Call) -> SessionsEnded:
    """End them."""
    return await call.need(Sessions).end_sessions(request.operator, request.session, call.actor)


class NoteRefusal(Request):
    """Note a refused attempt to sign in."""

    type: Literal["operators_refused"] = "operators_refused"
    name: str = Field(max_length=64)
    """As it was given."""
    address: str = Field("", max_length=100)
    tries: int = Field(1, ge=1)
    """How many attempts this stands for."""


@handles(NoteRefusal)
async def note_refusal(request: NoteRefusal, call: Call) -> None:
    """Note it."""
    await call.need(Sessions).note_refusal(request.name, request.address, request.tries, call.actor)


HANDLERS: Final[tuple[Handler, ...]] = (
    open_session,
    see_session,
    list_sessions,
    end_sessions,
    note_refusal,
)
