"""Requests about tokens."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import AwareDatetime, Field

from meshvisor.features.operators.requests.fields import Digest, Name, ScopeName
from meshvisor.features.operators.results import Token, TokenList, TokenRevoked
from meshvisor.features.operators.supervisor.tokens import Tokens
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

MOST_SCOPES: Final = 100


class ListTokens(Request):
    """All tokens."""

    type: Literal["token_list"] = "token_list"


@handles(ListTokens, offline=True)
async def list_tokens(_request: ListTokens, call: Call) -> TokenList:
    """Return them by name."""
    return await call.need(Tokens).list_tokens()


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
    return await call.need(Tokens).add_token(
        request.name, request.digest, request.scopes, request.expires_at, call.actor
    )


class RevokeToken(Request):
    """Revoke a token."""

    type: Literal["token_revoke"] = "token_revoke"
    name: Name


@handles(RevokeToken, offline=True)
async def revoke_token(request: RevokeToken, call: Call) -> TokenRevoked:
    """Revoke it."""
    return await call.need(Tokens).revoke_token(request.name, call.actor)


HANDLERS: Final[tuple[Handler, ...]] = (
    list_tokens,
    add_token,
    revoke_token,
)
