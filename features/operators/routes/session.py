"""`/api/v1/session`: signing in and out, one's password, and links that are used once."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Final

from fastapi import Request
from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import Response

from meshvisor.console.access import (
    COOKIE,
    Asking,
    Console,
    Shared,
    identify,
)
from meshvisor.console.fields import Body
from meshvisor.console.identity import Identity, csrf_token
from meshvisor.console.problem import ProblemError, of_error, problem_response
from meshvisor.console.routing import EVERYBODY, SIGNED_IN, FeatureRoutes, as_json
from meshvisor.features.operators import passwords
from meshvisor.features.operators.names import check_name
from meshvisor.features.operators.routes import reading
from meshvisor.features.operators.routes.signing_in import PasswordChecker
from meshvisor.features.operators.secrets import digest, new_secret
from meshvisor.shared.errors import MeshvisorError

ROUTES: Final = FeatureRoutes("session", about="Signing in and out.")

_TRIES: Final = {
    401: problem_response("The name or the password is wrong."),
    429: problem_response("Too many tries; `Retry-After` says how long to wait."),
}

Name = Annotated[str, AfterValidator(check_name), Field(examples=["ann"])]
Password = Annotated[
    str, Field(max_length=passwords.LONGEST, repr=False, examples=["three calm green boats"])
]
Secret = Annotated[
    str, Field(min_length=1, max_length=200, repr=False, description="What is behind the #.")
]


class SignedIn(BaseModel):
    """Who is signed in."""

    name: str = Field(examples=["ann"])
    role: str | None = Field(examples=["operator"], description="null: it is a token.")
    scopes: list[str] = Field(examples=[["*:operate"]])
    session: int | None = Field(examples=[3], description="Number of the session.")
    expires_at: str | None = Field(description="When the session or the token ends in any case.")


class SessionState(BaseModel):
    """Whether somebody is signed in, and what a page needs to know then."""

    operator: SignedIn | None = Field(description="null: nobody is signed in.")
    csrf_token: str | None = Field(
        description="To be sent as X-CSRF-Token with each change; null: nothing is to be sent."
    )
    needs_first_operator: bool = Field(
        description="Whether there is no operator yet; the link that a start shows makes one."
    )


class Credentials(Body):
    """A name and a password."""

    name: str = Field(max_length=64, examples=["ann"])
    password: Password


class NewPassword(Body):
    """A password and the one that it replaces."""

    current: Password
    new: Password


class LinkSecret(Body):
    """A link that was made for somebody."""

    secret: Secret


class LinkUse(LinkSecret):
    """What somebody chooses who uses a link."""

    name: Name | None = Field(None, description="null: as the link says.")
    password: Password


class LinkState(BaseModel):
    """What a link is for."""

    operator: str | None = Field(description="null: whoever uses it chooses a name.")
    role: str = Field(examples=["owner"])
    is_new: bool = Field(description="Whether it makes an operator; else it gives a new password.")


@ROUTES.get("", EVERYBODY, result=SessionState)
async def get_session(request: Request, console: Shared) -> Any:
    """Say whether somebody is signed in, and as whom.

    Open to everybody, and no refusal: a page asks this first.
    """
    identity = await identify(request)
    if identity is None:
        return {
            "operator": None,
            "csrf_token": None,
            "needs_first_operator": not await reading.is_any(console.database),
        }
    return _state(identity, request.cookies.get(COOKIE))


@ROUTES.post("", EVERYBODY, result=SessionState, responses=_TRIES)
async def sign_in(request: Request, console: Shared, body: Credentials) -> Any:
    """Sign in by name and password; the session is a cookie that pages cannot read."""
    await _checker().check(console, body.name, body.password, _address(request))
    return await _open(request, console, body.name)


@ROUTES.delete("", SIGNED_IN, status=204)
async def sign_out(caller: Asking) -> Any:
    """Sign out: the session is over."""
    identity = caller.identity
    if identity.session_id is None:
        raise ProblemError(400, "A token has no session; 'meshvisor token revoke' ends it.")
    await caller.ask("operators_end_sessions", operator=identity.name, session=identity.session_id)
    response = as_json(None, 204)
    response.delete_cookie(COOKIE, path="/")
    return response


@ROUTES.put("/password", SIGNED_IN, status=204, responses=_TRIES)
async def change_password(request: Request, caller: Asking, body: NewPassword) -> Any:
    """Change one's password; all other sessions end."""
    identity = caller.identity
    if identity.session_id is None:
        raise ProblemError(400, "A token has no password.")
    _check(body.new)
    checker = _checker()
    await checker.check(caller.console, identity.name, body.current, _address(request))
    await caller.ask(
        "operators_password",
        name=identity.name,
        password_hash=await checker.make_hash(body.new),
        keep_session=identity.session_id,
    )


@ROUTES.post("/link/check", EVERYBODY, result=LinkState)
async def check_link(console: Shared, body: LinkSecret) -> Any:
    """Say what a link is for that somebody was given."""
    link = await _link(console, body.secret)
    return {"operator": link.operator, "role": link.role, "is_new": link.is_new}


@ROUTES.post("/link", EVERYBODY, result=SessionState, responses=_TRIES)
async def use_link(request: Request, console: Shared, body: LinkUse) -> Any:
    """Use a link: become an operator, or take a new password; and be signed in."""
    link = await _link(console, body.secret)
    name = link.operator or body.name
    if name is None:
        raise ProblemError(422, "The field 'name' is wrong: choose what you want to be called.")
    _check(body.password)
    try:
        used = await console.control.request(
            "operators_use_link",
            actor=f"web:{name}",
            digest=digest(body.secret),
            operator=name,
            password_hash=await _checker().make_hash(body.password),
        )
    except MeshvisorError as error:
        raise of_error(error) from None
    return await _open(request, console, used["name"])


# Private


@cache
def _checker() -> PasswordChecker:
    return PasswordChecker()


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _check(password: str) -> None:
    try:
        passwords.check_password(password)
    except MeshvisorError as error:
        raise of_error(error) from None


async def _link(console: Console, secret: str) -> reading.LinkRow:
    link = await reading.link(console.database, secret)
    if link is None:
        raise ProblemError(404, "This link was used, or its time is over; ask for a new one.")
    return link


async def _open(request: Request, console: Console, name: str) -> Response:
    secret = new_secret()
    options = console.options
    try:
        await console.control.request(
            "operators_open_session",
            actor=f"web:{name}",
            operator=name,
            digest=digest(secret),
            idle=options.session_idle,
            longest=options.session_longest,
            address=_address(request),
            agent=request.headers.get("user-agent", "")[:300],
        )
    except MeshvisorError as error:
        raise of_error(error) from None
    identity = await console.authenticator.of_session(secret)
    assert identity is not None  # what was written is read by all
    response = as_json(_state(identity, secret))
    response.set_cookie(
        COOKIE,
        secret,
        max_age=round(options.session_longest),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


def _state(identity: Identity, session: str | None) -> dict[str, Any]:
    expires_at = identity.expires_at
    return {
        "operator": {
            "name": identity.name,
            "role": identity.role,
            "scopes": list(identity.scopes),
            "session": identity.session_id,
            "expires_at": None if expires_at is None else _iso(expires_at),
        },
        "csrf_token": csrf_token(session) if session and identity.session_id else None,
        "needs_first_operator": False,
    }


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
