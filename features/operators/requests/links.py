"""Requests about links that are used once."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from meshvisor.features.operators.requests.fields import Digest, Name, PasswordHash, Role
from meshvisor.features.operators.results import LinkMade, LinkUsed
from meshvisor.features.operators.supervisor.links import Links
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

LONGEST_LINK: Final = 30 * 86400.0
USUAL_LINK: Final = 86400.0
"""Seconds."""


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
    return await call.need(Links).make_link(
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
    return await call.need(Links).use_link(
        request.digest, request.operator, request.password_hash, call.actor
    )


HANDLERS: Final[tuple[Handler, ...]] = (
    make_link,
    use_link,
)
