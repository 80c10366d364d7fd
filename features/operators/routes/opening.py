"""Opening a session once an operator is authenticated, and what a page gets of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from meshvisor.console.access import Console
from meshvisor.console.identity import Identity, csrf_token
from meshvisor.console.problem import of_error
from meshvisor.console.routing import as_json
from meshvisor.features.operators.secrets import digest, new_secret
from meshvisor.shared.errors import MeshvisorError


class SignedIn(BaseModel):
    """Who is signed in."""

    name: str = Field(examples=["ann"])
    role: str | None = Field(examples=["operator"], description="null: it is a token.")
    scopes: list[str] = Field(examples=[["*:operate"]])
    session: int | None = Field(examples=[3], description="Number of the session.")
    expires_at: str | None = Field(description="When the session or the token ends in any case.")


class SessionState(BaseModel):
    """Whether the client is signed in, and what a page needs to know then."""

    operator: SignedIn | None = Field(description="null: no operator is signed in.")
    csrf_token: str | None = Field(
        description="To be sent as X-CSRF-Token with each change; null: nothing is to be sent."
    )
    needs_first_operator: bool = Field(
        description="Whether there is no operator yet; the link that a start shows makes one."
    )
    has_passkeys: bool = Field(
        description="Whether there are passkeys for the name by which the console is asked."
    )


async def open_session(request: Request, console: Console, name: str, **passkey: int) -> Response:
    """Sign an operator in, and return the answer with the cookie.

    Args:
        request: in which they have proved who they are.
        console: of it.
        name: theirs.
        passkey: `passkey` and `uses` of the request `operators_open_session`; nothing: another way.

    Raises:
        ProblemError: they cannot be signed in.
    """
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
            address=address_of(request),
            agent=request.headers.get("user-agent", "")[:300],
            **passkey,
        )
    except MeshvisorError as error:
        raise of_error(error) from None
    identity = await console.authenticator.of_session(secret)
    assert identity is not None  # what was written is read by all
    response = as_json(state_of(identity, secret))
    response.set_cookie(
        console.cookie,
        secret,
        max_age=round(options.session_longest),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


def state_of(identity: Identity, session: str | None) -> dict[str, Any]:
    """Return the `SessionState` of a signed-in operator.

    Args:
        identity: who.
        session: the secret of the session.
    """
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
        "has_passkeys": False,
    }


def address_of(request: Request) -> str:
    """Return the address of the client."""
    return request.client.host if request.client else ""


# Private


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
