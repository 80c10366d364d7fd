"""What the control socket can ask of operators.

Of every secret only its digest comes here, and of a password its hash: who asks makes them.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from meshvisor.features.operators.names import check_name
from meshvisor.features.operators.passwords import check_hash
from meshvisor.features.operators.results import (
    LinkMade,
    LinkUsed,
    OperatorList,
    OperatorOutcome,
    SessionList,
    SessionOpened,
    SessionsEnded,
    Token,
    TokenList,
    TokenRevoked,
)
from meshvisor.features.operators.supervisor.service import NewSession, OperatorService
from meshvisor.shared.control.request import Request
from meshvisor.shared.scopes import check_role, check_scope
from meshvisor.supervisor.control.handling import Call, Handler, handles

LONGEST_SESSION: Final = 366 * 86400.0
LONGEST_LINK: Final = 30 * 86400.0
USUAL_LINK: Final = 86400.0
"""Seconds."""
MOST_SCOPES: Final = 100

Name = Annotated[str, AfterValidator(check_name)]
Role = Annotated[str, AfterValidator(check_role)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
PasswordHash = Annotated[str, AfterValidator(check_hash), Field(repr=False)]
ScopeName = Annotated[str, AfterValidator(check_scope)]


class ListOperators(Request):
    """Everybody who may use the console."""

    type: Literal["operators_list"] = "operators_list"


@handles(ListOperators, offline=True)
async def list_operators(_request: ListOperators, call: Call) -> OperatorList:
    """Return them by name."""
    return await call.need(OperatorService).list_operators()


class MakeLink(Request):
    """Keep a link that makes an operator, or gives one a new password."""

    type: Literal["operators_link"] = "operators_link"
    digest: Digest
    operator: Name | None = None
    """Who gets a new password, or what a new operator is called; None: they choose."""
    role: Role | None = None
    """Of a new operator; None: there is one."""
    lasts: float = Field(USUAL_LINK, ge=60, le=LONGEST_LINK)
    """Seconds that it can be used."""


@handles(MakeLink, offline=True)
async def make_link(request: MakeLink, call: Call) -> LinkMade:
    """Keep it."""
    return await call.need(OperatorService).make_link(
        request.digest, request.operator, request.role, request.lasts, call.actor
    )


class UseLink(Request):
    """Use a link, which is gone then."""

    type: Literal["operators_use_link"] = "operators_use_link"
    digest: Digest
    operator: Name | None = None
    """What they want to be called; None: as the link says."""
    password_hash: PasswordHash


@handles(UseLink)
async def use_link(request: UseLink, call: Call) -> LinkUsed:
    """Make the operator, or change the password."""
    return await call.need(OperatorService).use_link(
        request.digest, request.operator, request.password_hash, call.actor
    )


class ChangeRole(Request):
    """Give somebody another role."""

    type: Literal["operators_role"] = "operators_role"
    name: Name
    role: Role


@handles(ChangeRole, offline=True)
async def change_role(request: ChangeRole, call: Call) -> OperatorOutcome:
    """Give it."""
    return await call.need(OperatorService).change_role(request.name, request.role, call.actor)


class ChangePassword(Request):
    """Give somebody another password, which ends their other sessions."""

    type: Literal["operators_password"] = "operators_password"
    name: Name
    password_hash: PasswordHash
    keep_session: int | None = None
    """Number of the session that goes on; None: all end."""


@handles(ChangePassword, offline=True)
async def change_password(request: ChangePassword, call: Call) -> OperatorOutcome:
    """Change it."""
    return await call.need(OperatorService).change_password(
        request.name, request.password_hash, request.keep_session, call.actor
    )


class RemoveOperator(Request):
    """Let somebody use the console no more."""

    type: Literal["operators_remove"] = "operators_remove"
    name: Name


@handles(RemoveOperator, offline=True)
async def remove_operator(request: RemoveOperator, call: Call) -> OperatorOutcome:
    """Remove them, and end their sessions."""
    return await call.need(OperatorService).remove(request.name, call.actor)


class OpenSession(Request):
    """Keep the session of somebody who has signed in."""

    type: Literal["operators_open_session"] = "operators_open_session"
    operator: Name
    digest: Digest
    idle: float = Field(ge=60, le=LONGEST_SESSION)
    """Seconds without a request after which it ends."""
    longest: float = Field(ge=60, le=LONGEST_SESSION)
    """Seconds after which it ends in any case."""
    address: str = Field("", max_length=100)
    agent: str = Field("", max_length=300)


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
    )
    return await call.need(OperatorService).open_session(opening, call.actor)


class SeeSession(Request):
    """Note that a session is in use."""

    type: Literal["operators_see_session"] = "operators_see_session"
    session: int


@handles(SeeSession)
async def see_session(request: SeeSession, call: Call) -> None:
    """Note it."""
    await call.need(OperatorService).see_session(request.session)


class ListSessions(Request):
    """Open sessions."""

    type: Literal["operators_sessions"] = "operators_sessions"
    operator: Name | None = None
    """None: everybody's."""


@handles(ListSessions, offline=True)
async def list_sessions(request: ListSessions, call: Call) -> SessionList:
    """Return them, the newest first."""
    return await call.need(OperatorService).list_sessions(request.operator)


class EndSessions(Request):
    """End sessions."""

    type: Literal["operators_end_sessions"] = "operators_end_sessions"
    operator: Name
    session: int | None = None
    """Number of one; None: all of them."""


@handles(EndSessions, offline=True)
async def end_sessions(request: EndSessions, call: Call) -> SessionsEnded:
    """End them."""
    return await call.need(OperatorService).end_sessions(
        request.operator, request.session, call.actor
    )


class NoteRefusal(Request):
    """Note that somebody could not sign in."""

    type: Literal["operators_refused"] = "operators_refused"
    name: str = Field(max_length=64)
    """As it was given."""
    address: str = Field("", max_length=100)
    tries: int = Field(1, ge=1)
    """Of which this is told."""


@handles(NoteRefusal)
async def note_refusal(request: NoteRefusal, call: Call) -> None:
    """Note it."""
    await call.need(OperatorService).note_refusal(
        request.name, request.address, request.tries, call.actor
    )


class ListTokens(Request):
    """All tokens."""

    type: Literal["token_list"] = "token_list"


@handles(ListTokens, offline=True)
async def list_tokens(_request: ListTokens, call: Call) -> TokenList:
    """Return them by name."""
    return await call.need(OperatorService).list_tokens()


class AddToken(Request):
    """Keep a new token."""

    type: Literal["token_add"] = "token_add"
    name: Name
    digest: Digest
    scopes: tuple[ScopeName, ...] = Field(min_length=1, max_length=MOST_SCOPES)
    expires_at: AwareDatetime | None = None
    """None: never."""


@handles(AddToken, offline=True)
async def add_token(request: AddToken, call: Call) -> Token:
    """Keep it."""
    return await call.need(OperatorService).add_token(
        request.name, request.digest, request.scopes, request.expires_at, call.actor
    )


class RevokeToken(Request):
    """Let nobody in with a token any more."""

    type: Literal["token_revoke"] = "token_revoke"
    name: Name


@handles(RevokeToken, offline=True)
async def revoke_token(request: RevokeToken, call: Call) -> TokenRevoked:
    """Revoke it."""
    return await call.need(OperatorService).revoke_token(request.name, call.actor)


HANDLERS: Final[tuple[Handler, ...]] = (
    list_operators,
    make_link,
    use_link,
    change_role,
    change_password,
    remove_operator,
    open_session,
    see_session,
    list_sessions,
    end_sessions,
    note_refusal,
    list_tokens,
    add_token,
    revoke_token,
)
