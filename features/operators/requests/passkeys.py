"""What the control socket can ask of passkeys."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from meshvisor.features.operators.requests.fields import Name
from meshvisor.features.operators.results import Passkey, PasskeyList, PasskeysRemoved
from meshvisor.features.operators.supervisor.passkeys import NewPasskey, Passkeys
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

Encoded = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,2000}$")]
"""Bytes as base64url."""


class ListPasskeys(Request):
    """Passkeys."""

    type: Literal["operators_passkeys"] = "operators_passkeys"
    operator: Name | None = None
    """None: those of all."""


@handles(ListPasskeys, offline=True)
async def list_passkeys(request: ListPasskeys, call: Call) -> PasskeyList:
    """Return them by operator."""
    return await call.need(Passkeys).list_passkeys(request.operator)


class AddPasskey(Request):
    """Keep a passkey of an operator, which has been verified."""

    type: Literal["operators_add_passkey"] = "operators_add_passkey"
    operator: Name
    name: str = Field(min_length=1, max_length=64)
    """What they call it."""
    host: str = Field(min_length=1, max_length=255)
    """The name of the console for which it is good."""
    credential: Encoded
    public_key: Encoded
    uses: int = Field(0, ge=0)
    """The passkey's counter of uses."""


@handles(AddPasskey)
async def add_passkey(request: AddPasskey, call: Call) -> Passkey:
    """Keep it."""
    new = NewPasskey(
        request.operator,
        request.name,
        request.host,
        request.credential,
        request.public_key,
        request.uses,
    )
    return await call.need(Passkeys).add(new, call.actor)


class RemovePasskeys(Request):
    """Remove the passkeys of an operator."""

    type: Literal["operators_remove_passkeys"] = "operators_remove_passkeys"
    operator: Name
    passkey: int | None = None
    """Number of the passkey; None: all of the operator's."""


@handles(RemovePasskeys, offline=True)
async def remove_passkeys(request: RemovePasskeys, call: Call) -> PasskeysRemoved:
    """Remove them."""
    return await call.need(Passkeys).remove(request.operator, request.passkey, call.actor)


HANDLERS: Final[tuple[Handler, ...]] = (list_passkeys, add_passkey, remove_passkeys)
