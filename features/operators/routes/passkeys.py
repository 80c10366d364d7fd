"""`/api/v1/passkeys`: signing in by passkey, and one's own; and those of others for who decides."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any, Final

from fastapi import Path, Request
from pydantic import BaseModel, Field

from meshvisor.console.access import Asking, Shared
from meshvisor.console.fields import Body
from meshvisor.console.problem import ProblemError, problem_response
from meshvisor.console.routing import PUBLIC, SIGNED_IN, FeatureRoutes
from meshvisor.features.operators import passwords
from meshvisor.features.operators.results import Passkey, PasskeyList, PasskeysRemoved
from meshvisor.features.operators.routes import passkey_ceremony as ceremony
from meshvisor.features.operators.routes import reading
from meshvisor.features.operators.routes.opening import SessionState, address_of, open_session
from meshvisor.features.operators.routes.operators import NamePath
from meshvisor.features.operators.routes.password_check import checker
from meshvisor.features.operators.routes.reach import check_reach

ROUTES: Final = FeatureRoutes("passkeys", about="Signing in by passkey, and which there are.")

_TRIES: Final = {
    401: problem_response("The password is wrong, or the passkey is not known here."),
    429: problem_response("Too many tries; `Retry-After` says how long to wait."),
}

Number = Annotated[int, Path(ge=1, le=2**53, examples=[1])]
Credential = Annotated[
    dict[str, Any],
    Field(
        description="What `PublicKeyCredential.toJSON()` returns in the browser.",
        examples=[{"id": "q83v", "rawId": "q83v", "type": "public-key", "response": {}}],
    ),
]


class SignInOptions(BaseModel):
    """What the browser is to sign: `publicKey` of `navigator.credentials.get`."""

    challenge: str = Field(description="Base64url, as all bytes here.")
    rpId: str = Field(examples=["localhost"])  # noqa: N815 - as WebAuthn calls it
    timeout: int = Field(description="Milliseconds.")
    userVerification: str  # noqa: N815 - likewise


class CreationOptions(BaseModel, extra="allow"):
    """What the browser is to make: `publicKey` of `navigator.credentials.create`."""

    challenge: str = Field(description="Base64url, as all bytes here.")
    rp: dict[str, Any]
    user: dict[str, Any]


class Proof(Body):
    """That it is the operator who wants a passkey, and not another person at their open browser."""

    password: str = Field(max_length=passwords.LONGEST, repr=False)


class Signed(Body):
    """What the browser has signed."""

    credential: Credential


class Wanted(Signed):
    """What the browser has made, and how it is to be called."""

    name: str = Field(min_length=1, max_length=64, examples=["phone"])


@ROUTES.post("/sign-in/options", PUBLIC, result=SignInOptions)
async def begin_passkey_sign_in(request: Request) -> Any:
    """Say what the browser has to sign; good once, for five minutes."""
    return ceremony.request_options(ceremony.place_of(request))


@ROUTES.post("/sign-in", PUBLIC, result=SessionState, responses=_TRIES)
async def sign_in_by_passkey(request: Request, console: Shared, body: Signed) -> Any:
    """Sign in by passkey; the session is a cookie that pages cannot read."""
    place, address = ceremony.place_of(request), address_of(request)
    keys = (f"address {address}",)
    checker().wait_for_turn(keys)
    challenge = ceremony.CHALLENGES.take(body.credential, "sign in", time.monotonic())
    known = await reading.passkey(console.database, ceremony.id_of(body.credential), place.host)
    try:
        if challenge is None or known is None:
            raise ValueError
        uses = await asyncio.to_thread(
            ceremony.verify_use, place, challenge, body.credential, known.public_key, known.uses
        )
    except ValueError:
        await checker().failed(console, keys, known.operator if known else "", address)
        raise ProblemError(
            401, "This passkey is not known here, or it took too long; try again, or sign in by "
            "password.",
        ) from None  # fmt: skip
    return await open_session(request, console, known.operator, passkey=known.id, uses=uses)


@ROUTES.get("", SIGNED_IN, result=PasskeyList)
async def list_own_passkeys(caller: Asking) -> Any:
    """List one's own passkeys."""
    if caller.identity.session_id is None:
        return {"passkeys": []}
    return await caller.ask("operators_passkeys", operator=caller.identity.name)


@ROUTES.post("/options", SIGNED_IN, result=CreationOptions, responses=_TRIES)
async def begin_passkey(request: Request, caller: Asking, body: Proof) -> Any:
    """Say what the browser has to make; good once, for five minutes."""
    place, name = ceremony.place_of(request), _operator(caller)
    await checker().check(caller.console, name, body.password, address_of(request))
    known = await reading.credentials(caller.console.database, name, place.host)
    return await asyncio.to_thread(ceremony.creation_options, place, name, known)


@ROUTES.post("", SIGNED_IN, result=Passkey, status=201)
async def add_passkey(request: Request, caller: Asking, body: Wanted) -> Any:
    """Keep the passkey that the browser has made."""
    place, name = ceremony.place_of(request), _operator(caller)
    challenge = ceremony.CHALLENGES.take(body.credential, f"make {name}", time.monotonic())
    try:
        if challenge is None:
            raise ValueError
        made = await asyncio.to_thread(ceremony.verify_made, place, challenge, body.credential)
    except ValueError:
        raise ProblemError(
            400, "That is no passkey that was asked for here, or it took too long; try again."
        ) from None
    return await caller.ask(
        "operators_add_passkey",
        operator=name,
        name=body.name,
        host=place.host,
        credential=made.credential,
        public_key=made.public_key,
        uses=made.uses,
    )


@ROUTES.delete("/{number:int}", SIGNED_IN, result=PasskeysRemoved)
async def remove_own_passkey(caller: Asking, number: Number) -> Any:
    """Remove one of one's own passkeys."""
    return await caller.ask("operators_remove_passkeys", operator=_operator(caller), passkey=number)


@ROUTES.get("/of/{name}", "operators:admin", result=PasskeyList)
async def list_passkeys(caller: Asking, name: NamePath) -> Any:
    """List the passkeys of an operator."""
    return await caller.ask("operators_passkeys", operator=name)


@ROUTES.delete("/of/{name}", "operators:admin", result=PasskeysRemoved)
async def remove_passkeys(caller: Asking, name: NamePath) -> Any:
    """Remove the passkeys of an operator."""
    await check_reach(caller, name)
    return await caller.ask("operators_remove_passkeys", operator=name)


# Private


def _operator(caller: Asking) -> str:
    """Return whose passkeys are meant.

    Raises:
        ProblemError: a token has none.
    """
    if caller.identity.session_id is None:
        raise ProblemError(400, "A token has no passkeys; sign in as an operator.")
    return caller.identity.name
