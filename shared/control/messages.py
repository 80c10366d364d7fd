"""Requests and replies of the control socket (docs/cli.md).

Owns the closed union of requests and the shape of replies.  Does not own what a result holds
(`shared.control.results`) or who answers (`supervisor.control`).  The command line does not
import this module: it sends plain JSON through `shared.control.client`, because a `status` that
loads pydantic would take twice as long.

One connection may send several requests, one after another; they are answered in order.

    -> {"v": 1, "id": 1, "type": "process_health", "mesh_id": "lobby"}
    <- {"reply_to": 1, "ok": true, "result": {...}}
    <- {"reply_to": 1, "ok": false, "error": "one sentence", "exit_code": 2}

A streaming request gets any number of `{"reply_to": 1, "event": {...}}` before its reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from meshvisor.features.access.admin_commands import check_command_name
from meshvisor.features.jobs.requests.models import JobRequests
from meshvisor.shared.control.request import Request
from meshvisor.shared.model.mesh_id import check_mesh_id
from meshvisor.shared.model.user_id import check_user_id

CONTROL_VERSION: Final = 1
"""`v` of every request; a server refuses newer ones instead of guessing."""

MAX_LINES: Final = 100_000
"""Log lines of one request; as many as the settings allow to be kept in memory."""

MAX_BLOCK: Final = 10 * 366 * 86400.0
"""Seconds of a temporary block: ten years, beyond which 'for ever' is meant."""

MAX_ENTRIES: Final = 1000
"""Entries of the audit log in one answer, which has to fit into a frame."""

UserId = Annotated[str, BeforeValidator(lambda value: check_user_id(str(value)))]
CommandName = Annotated[str, BeforeValidator(lambda value: check_command_name(str(value)))]
MeshId = Annotated[str, BeforeValidator(check_mesh_id)]


class _LongRequest(Request):
    """One whose result may be longer than a frame."""

    parts: bool = False
    """Whether such a result may come in pieces; else it is refused."""


class GetStatus(_LongRequest):
    """The state of the supervisor and of every mesh, as last known."""

    type: Literal["status"] = "status"


class GetHealth(Request):
    """Sums over all workers."""

    type: Literal["health"] = "health"


class GetProcessHealth(Request):
    """Everything known about one mesh's worker."""

    type: Literal["process_health"] = "process_health"
    mesh_id: MeshId


class Poll(_LongRequest):
    """Ask every worker for its status now instead of waiting for the next poll."""

    type: Literal["poll"] = "poll"


class GetLogs(Request):
    """Stream the last log lines, and with `follow` all later ones until the client leaves."""

    type: Literal["logs"] = "logs"
    mesh_id: MeshId | None = None
    """None: all meshes, merged."""
    mesh_ids: tuple[MeshId, ...] = ()
    """Several of them, merged, instead of `mesh_id`."""
    lines: int = Field(20, ge=0, le=MAX_LINES)
    """How many of the past."""
    follow: bool = False
    mark_live: bool = False
    """With `follow`: have an event say where the past ends and the present begins."""

    @property
    def meshes(self) -> tuple[str, ...]:
        """The meshes that are named; none: all."""
        return self.mesh_ids or (() if self.mesh_id is None else (self.mesh_id,))


class _MeshesRequest(Request):
    """A request about some meshes, or about all."""

    mesh_ids: tuple[MeshId, ...] = ()
    all: bool = False
    """Instead of naming them."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.all == bool(self.mesh_ids):
            raise ValueError("name one or more meshes, or say all of them, but not both")
        return self


class Start(_MeshesRequest):
    """Start meshes that are stopped or failed; nothing happens to those that run."""

    type: Literal["start"] = "start"


class Stop(_MeshesRequest):
    """Stop meshes until they are started again."""

    type: Literal["stop"] = "stop"


class Restart(_MeshesRequest):
    """Replace the processes of meshes, or start those that have none."""

    type: Literal["restart"] = "restart"


class GetMeshes(_LongRequest):
    """Every mesh that discovery wants, with where it comes from and why it waits."""

    type: Literal["meshes"] = "meshes"


class Discover(Request):
    """Look for meshes now."""

    type: Literal["discover"] = "discover"


class ListBlocked(_LongRequest):
    """Every blocked mesh with its reason."""

    type: Literal["blocklist_list"] = "blocklist_list"


class GetBlocklistStats(Request):
    """How many meshes are blocked, and how."""

    type: Literal["blocklist_stats"] = "blocklist_stats"


class Block(Request):
    """Stop a mesh and keep it from being started."""

    type: Literal["block"] = "block"
    mesh_id: MeshId
    duration: float | None = Field(None, gt=0, le=MAX_BLOCK)
    """Seconds; None: for ever."""


class Unblock(Request):
    """Take a mesh off the blocklist; it starts again if it is wanted."""

    type: Literal["unblock"] = "unblock"
    mesh_id: MeshId


class ListAdmins(Request):
    """Everybody who is or was an admin, in the order of their ids, one page at a time."""

    type: Literal["admin_list"] = "admin_list"
    after: str = ""
    """The last user id of the page before; empty: the first page."""


class AddAdmin(Request):
    """Make somebody an admin in every mesh."""

    type: Literal["admin_add"] = "admin_add"
    user_id: UserId


class RemoveAdmin(Request):
    """Make an admin an ordinary user again."""

    type: Literal["admin_remove"] = "admin_remove"
    user_id: UserId


class ListPermissions(_LongRequest):
    """What is decided about commands, and who may use which."""

    type: Literal["perm_list"] = "perm_list"


class SetPermission(Request):
    """Decide who may use a command."""

    type: Literal["perm_set"] = "perm_set"
    command: CommandName
    level: Literal["admin", "user"]
    force: bool = False
    """Also about a command that no worker has."""


class UnsetPermission(Request):
    """Leave a command to its default again."""

    type: Literal["perm_unset"] = "perm_unset"
    command: CommandName


class Refresh(Request):
    """Read credentials, admins and permissions anew and tell all workers."""

    type: Literal["refresh"] = "refresh"


class ShowCredentials(Request):
    """The bot's account, without its secrets."""

    type: Literal["credentials_show"] = "credentials_show"


class SaveCredentials(Request):
    """Use a new account, such as that of a login; workers connect with it from now on."""

    type: Literal["credentials_save"] = "credentials_save"
    account: Mapping[str, str | int]
    """The fields of `config/credentials.json`."""


class KeepCredentials(Request):
    """Settle a conflict between the two copies of the credentials."""

    type: Literal["credentials_keep"] = "credentials_keep"
    copy_of: Literal["file", "directory"]


class Relogin(Request):
    """Renew the session and have all bots join their rooms again, one after another."""

    type: Literal["relogin"] = "relogin"


class GetAudit(Request):
    """The newest entries of the audit log."""

    type: Literal["audit"] = "audit"
    limit: int = Field(50, ge=1, le=MAX_ENTRIES)


class GetPlatform(Request):
    """Where the bot's account is."""

    type: Literal["platform"] = "platform"


class Reload(Request):
    """Read the settings again and change what changed, like SIGHUP."""

    type: Literal["reload"] = "reload"


class Shutdown(Request):
    """Stop the supervisor politely, like SIGTERM; answered before it begins."""

    type: Literal["shutdown"] = "shutdown"


class GetVersion(Request):
    """Which supervisor answers; the cheapest request there is."""

    type: Literal["version"] = "version"


ControlRequest = Annotated[
    GetStatus
    | GetHealth
    | GetProcessHealth
    | Poll
    | GetLogs
    | Start
    | Stop
    | Restart
    | GetMeshes
    | Discover
    | ListBlocked
    | GetBlocklistStats
    | Block
    | Unblock
    | ListAdmins
    | AddAdmin
    | RemoveAdmin
    | ListPermissions
    | SetPermission
    | UnsetPermission
    | Refresh
    | ShowCredentials
    | SaveCredentials
    | KeepCredentials
    | Relogin
    | GetAudit
    | GetPlatform
    | Reload
    | Shutdown
    | GetVersion
    | JobRequests,
    Field(discriminator="type"),
]


class Success(BaseModel):
    """The last frame of an answer that went well."""

    model_config = ConfigDict(frozen=True)

    reply_to: int
    ok: Literal[True] = True
    result: Any = None


class Failure(BaseModel):
    """The last frame of an answer that did not."""

    model_config = ConfigDict(frozen=True)

    reply_to: int | None
    """None when the request could not even be read; the connection is closed then."""
    ok: Literal[False] = False
    error: str
    """One sentence that ends with the next step."""
    exit_code: int
    """What a command that gets this answer ends with (`shared.errors`)."""


class Event(BaseModel):
    """One piece of a stream."""

    model_config = ConfigDict(frozen=True)

    reply_to: int
    event: Any
