"""`/api/v1/tokens`: what programs use the console with."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import AfterValidator, Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body, Moment
from meshvisor.console.problem import ProblemError
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.operators.names import check_name
from meshvisor.features.operators.results import Token, TokenList, TokenRevoked
from meshvisor.features.operators.secrets import TOKEN_PREFIX, digest, secret_for
from meshvisor.features.operators.wordings import MORE_THAN_HELD
from meshvisor.shared.scopes import check_scope, covers

ROUTES: Final = FeatureRoutes("tokens", about="What programs use the console with.")

MOST_SCOPES: Final = 100


class TokenWanted(Body):
    """What a token is to be."""

    name: Annotated[str, AfterValidator(check_name), Field(examples=["ci"])]
    scopes: list[Annotated[str, AfterValidator(check_scope)]] = Field(
        min_length=1, max_length=MOST_SCOPES, examples=[["jobs:operate", "fleet:view"]]
    )
    expires_at: Moment | None = Field(None, description="null: never.")


class NewToken(Token):
    """A token, with its secret for this once."""

    token: str
    """Sent as `Authorization: Bearer …`; it is not shown again."""


@ROUTES.get("", "view", result=TokenList)
async def list_tokens(caller: Asking) -> Any:
    """List the tokens, without their secrets."""
    return await caller.ask("token_list")


@ROUTES.post("", "edit", result=NewToken, status=201)
async def add_token(caller: Asking, body: TokenWanted) -> Any:
    """Make a token; it cannot have more scopes than its maker."""
    if not covers(caller.identity.scopes, body.scopes):
        raise ProblemError(403, MORE_THAN_HELD.said(held=", ".join(caller.identity.scopes)))
    secret = secret_for(caller.identity.actor, caller.once, TOKEN_PREFIX)
    wanted = body.model_dump(mode="json")
    made = await caller.ask("token_add", digest=digest(secret), **wanted)
    return {**made, "token": secret}


@ROUTES.delete("/{name}", "edit", result=TokenRevoked)
async def revoke_token(
    caller: Asking, name: Annotated[str, AfterValidator(check_name), Path(examples=["ci"])]
) -> Any:
    """Revoke a token."""
    return await caller.ask("token_revoke", name=name)
