"""`/api/v1/session`: signing in and out, one's password, and links that are used once."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Request
from pydantic import AfterValidator, BaseModel, Field

from meshvisor.console.access import (
    Asking,
    Console,
    Shared,
    identify,
)
from meshvisor.console.fields import Body
from meshvisor.console.problem import ProblemError, of_error, problem_response
from meshvisor.console.routing import PUBLIC, SIGNED_IN, FeatureRoutes, as_json
from meshvisor.features.operators import passwords
from meshvisor.features.operators.names import check_name
from meshvisor.features.operators.routes import reading
from meshvisor.features.operators.routes.opening import (
    SessionState,
    address_of,
    open_session,
    state_of,
)
from meshvisor.features.operators.routes.passkey_ceremony import host_of
from meshvisor.features.operators.routes.password_check import checker
from meshvisor.features.operators.secrets import digest
from meshvisor.features.operators.wordings import LINK_OVER
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


class Credentials(Body):
    """A name and a password."""

    name: str = Field(max_length=64, examples=["ann"])
    password: Password


class NewPassword(Body):
    """A password and the one that it replaces."""

    current: Password
    new: Password


class LinkSecret(Body):
    """A link that was made for a person."""

    secret: Secret


class LinkUse(LinkSecret):
    """What a person chooses when they use a link."""

    name: Name | None = Field(None, description="null: as the link says.")
    password: Password


class LinkState(BaseModel):
    """What a link is for."""

    operator: str | None = Field(description="null: its user chooses a name.")
    role: str = Field(examples=["owner"])
    is_new: bool = Field(description="Whether it makes an operator; else it gives a new password.")


@ROUTES.get("", PUBLIC, result=SessionState)
async def get_session(request: Request, console: Shared) -> Any:
    """Say whether the client is signed in, and as whom.

    Public, and no refusal: a page asks this first.
    """
    identity = await identify(request)
    if identity is None:
        return {
            "operator": None,
            "csrf_token": None,
            "needs_first_operator": not await reading.is_any(console.database),
            "has_passkeys": await reading.has_passkeys(console.database, host_of(request)),
        }
    return state_of(identity, request.cookies.get(console.cookie))


@ROUTES.post("", PUBLIC, result=SessionState, responses=_TRIES)
async def sign_in(request: Request, console: Shared, body: Credentials) -> Any:
    """Sign in by name and password; the session is a cookie that pages cannot read."""
    await checker().check(console, body.name, body.password, address_of(request))
    return await open_session(request, console, body.name)


@ROUTES.delete("", SIGNED_IN, status=204)
async def sign_out(caller: Asking) -> Any:
    """Sign out: the session is over."""
    identity = caller.identity
    if identity.session_id is None:
        raise ProblemError(400, "A token has no session; 'meshvisor token revoke' ends it.")
    await caller.ask("operators_end_sessions", operator=identity.name, session=identity.session_id)
    response = as_json(None, 204)
    response.delete_cookie(caller.console.cookie, path="/")
    return response


@ROUTES.put("/password", SIGNED_IN, status=204, responses=_TRIES)
async def change_password(request: Request, caller: Asking, body: NewPassword) -> Any:
    """Change one's password; all other sessions end."""
    identity = caller.identity
    if identity.session_id is None:
        raise ProblemError(400, "A token has no password.")
    _check(body.new)
    await checker().check(caller.console, identity.name, body.current, address_of(request))
    await caller.ask(
        "operators_password",
        name=identity.name,
        password_hash=await checker().make_hash(body.new),
        keep_session=identity.session_id,
    )


@ROUTES.post("/link/check", PUBLIC, result=LinkState)
async def check_link(console: Shared, body: LinkSecret) -> Any:
    """Say what a link is for."""
    link = await _link(console, body.secret)
    return {"operator": link.operator, "role": link.role, "is_new": link.is_new}


@ROUTES.post("/link", PUBLIC, result=SessionState, responses=_TRIES)
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
            password_hash=await checker().make_hash(body.password),
        )
    except MeshvisorError as error:
        raise of_error(error) from None
    return await open_session(request, console, used["name"])


# Private


def _check(password: str) -> None:
    try:
        passwords.check_password(password)
    except MeshvisorError as error:
        raise of_error(error) from None


async def _link(console: Console, secret: str) -> reading.LinkRow:
    link = await reading.link(console.database, secret)
    if link is None:
        raise ProblemError(404, LINK_OVER.said())
    return link
