"""`/api/v1/access`: admins, permissions and the bot's account."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body
from meshvisor.console.problem import ProblemError
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.access.results import (
    AdminList,
    AdminOutcome,
    CredentialsReport,
    PermissionList,
    PermissionOutcome,
    RefreshReport,
    ReloginReport,
)
from meshvisor.features.access.wordings import NO_ACCOUNT
from meshvisor.shared.control.client import SLOW_TIMEOUT
from meshvisor.shared.wording import code_of

ROUTES: Final = FeatureRoutes(
    "access", about="Admins in chats, who may use which command, and the bot's account."
)

LONGEST: Final = 300
"""Characters of a user id, a realm or a command in a request; the supervisor knows more."""

Realm = Annotated[
    str, Query(max_length=LONGEST, description="Name of the network's realm; empty: the usual one.")
]
UserPath = Annotated[str, Path(min_length=1, max_length=LONGEST, examples=["12345"])]
CommandPath = Annotated[str, Path(min_length=1, max_length=LONGEST, examples=["roll"])]


class NewAdmin(Body):
    """A user who becomes an admin."""

    user_id: str = Field(min_length=1, max_length=LONGEST, examples=["12345"])
    realm: str = Field("", max_length=LONGEST, description="Empty: the usual one.")


class Level(Body):
    """Who may use a command."""

    level: Literal["admin", "user"]
    realm: str = Field("", max_length=LONGEST, description="Empty: the usual one.")
    force: bool = Field(False, description="Also for a command that no worker has.")


class Copy(Body):
    """One of the two copies of the credentials."""

    copy_of: Literal["file", "directory"]


@ROUTES.get("/admins", "view", result=AdminList)
async def list_admins(
    caller: Asking,
    cursor: Annotated[
        str,
        Query(
            max_length=2 * LONGEST,
            description="The last one of the page before, behind `realm/` where it has one.",
        ),
    ] = "",
) -> Any:
    """List all users who are or were admins in chats."""
    return await caller.ask("admin_list", after=cursor)


@ROUTES.post("/admins", "edit", result=AdminOutcome)
async def add_admin(caller: Asking, body: NewAdmin) -> Any:
    """Make a user an admin in every mesh of a realm; nothing happens to one who is."""
    return await caller.ask("admin_add", **body.model_dump())


@ROUTES.delete("/admins/{user_id}", "edit", result=AdminOutcome)
async def remove_admin(caller: Asking, user_id: UserPath, realm: Realm = "") -> Any:
    """Make an admin an ordinary user again; nothing happens to one who is none."""
    return await caller.ask("admin_remove", user_id=user_id, realm=realm)


@ROUTES.get("/permissions", "view", result=PermissionList)
async def list_permissions(caller: Asking, realm: Realm | None = None) -> Any:
    """List what is decided about commands, and who may use which."""
    return await caller.ask("perm_list", realm=realm)


@ROUTES.put("/permissions/{command}", "edit", result=PermissionOutcome)
async def set_permission(caller: Asking, command: CommandPath, body: Level) -> Any:
    """Decide who may use a command."""
    return await caller.ask("perm_set", command=command, **body.model_dump())


@ROUTES.delete("/permissions/{command}", "edit", result=PermissionOutcome)
async def unset_permission(caller: Asking, command: CommandPath, realm: Realm = "") -> Any:
    """Leave a command to its default again."""
    return await caller.ask("perm_unset", command=command, realm=realm)


@ROUTES.post("/refresh", "operate", result=RefreshReport)
async def refresh(caller: Asking) -> Any:
    """Read credentials, admins and permissions anew and tell all workers."""
    return await caller.ask("refresh", timeout=SLOW_TIMEOUT)


@ROUTES.get(
    "/credentials",
    "admin",
    result=CredentialsReport,
    responses={204: {"description": "There is no account; meshvisor login makes one."}},
)
async def show_credentials(caller: Asking) -> Any:
    """Show the bot's account; of secrets only whether there are."""
    try:
        return await caller.ask("credentials_show")
    except ProblemError as problem:
        if code_of(problem.detail).get("code") != NO_ACCOUNT.code:
            raise
        return Response(status_code=204)


@ROUTES.post("/credentials/keep", "admin", result=CredentialsReport)
async def keep_credentials(caller: Asking, body: Copy) -> Any:
    """Settle a conflict between the two copies of the credentials."""
    return await caller.ask("credentials_keep", copy_of=body.copy_of)


@ROUTES.post("/relogin", "edit", result=ReloginReport)
async def relogin(caller: Asking) -> Any:
    """Renew the session and have all bots join their rooms again, one after another."""
    return await caller.ask("relogin", timeout=SLOW_TIMEOUT)
