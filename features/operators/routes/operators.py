"""`/api/v1/operators`: who uses the console."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import AfterValidator, Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.operators.names import check_name
from meshvisor.features.operators.results import (
    LinkMade,
    OperatorList,
    OperatorOutcome,
)
from meshvisor.features.operators.routes.reach import check_reach
from meshvisor.features.operators.secrets import digest, secret_for
from meshvisor.shared.scopes import check_role

ROUTES: Final = FeatureRoutes(
    "operators", about="Who uses the console, with which role, and from where."
)

Name = Annotated[str, AfterValidator(check_name)]
NamePath = Annotated[str, AfterValidator(check_name), Path(examples=["ann"])]
Role = Annotated[str, AfterValidator(check_role), Field(examples=["operator"])]

USUAL_LINK: Final = 86400.0
LONGEST_LINK: Final = 30 * 86400.0
"""Seconds."""


class RoleChange(Body):
    """Another role."""

    role: Role


class LinkWanted(Body):
    """For whom a link is wanted."""

    operator: Name | None = Field(
        None,
        description="Who gets a new password, or what a new one is called; null: they choose.",
        examples=["ann"],
    )
    role: Role | None = Field(None, description="Of a new operator; null: there is one.")
    lasts: float = Field(USUAL_LINK, ge=60, le=LONGEST_LINK, description="Seconds.")


class MadeLink(LinkMade):
    """A link that can be used once."""

    secret: str
    """Shown once: `/welcome#<secret>` behind the address of the console."""


@ROUTES.get("", "view", result=OperatorList)
async def list_operators(caller: Asking) -> Any:
    """List all operators of the console."""
    return await caller.ask("operators_list")


@ROUTES.patch("/{name}", "admin", result=OperatorOutcome)
async def change_role(caller: Asking, name: NamePath, body: RoleChange) -> Any:
    """Give an operator another role; it holds from their next request on."""
    await check_reach(caller, name, body.role)
    return await caller.ask("operators_role", name=name, role=body.role)


@ROUTES.delete("/{name}", "admin", result=OperatorOutcome)
async def remove_operator(caller: Asking, name: NamePath) -> Any:
    """Remove an operator, who may use the console no more."""
    await check_reach(caller, name)
    return await caller.ask("operators_remove", name=name)


@ROUTES.post("/links", "admin", result=MadeLink, status=201)
async def make_link(caller: Asking, body: LinkWanted) -> Any:
    """Make a link by which a person becomes an operator or chooses a new password, once."""
    await check_reach(caller, body.operator, body.role)
    secret = secret_for(caller.identity.actor, caller.once)
    made = await caller.ask("operators_link", digest=digest(secret), **body.model_dump())
    return {**made, "secret": secret}
