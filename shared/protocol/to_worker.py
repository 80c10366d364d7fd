"""Messages from the supervisor to a mesh worker (docs/architecture.md, Messages)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_serializer

from meshvisor.shared.protocol.messages import Error, Message


class Credentials(BaseModel):
    """Who the bot is on the mesh platform.  Secrets print as asterisks."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    peer_id: str
    """`userId_deviceId`; what the bot is called in a room."""
    auth_token: SecretStr = SecretStr("")
    """Sent as a bearer token; empty: none is sent."""

    @field_serializer("auth_token", when_used="json")
    def _reveal(self, token: SecretStr) -> str:
        # The socketpair is the one place where the secret may appear as it is.
        return token.get_secret_value()


class Shutdown(Message):
    """Stop: leave the room and exit."""

    type: Literal["shutdown"] = "shutdown"
    mode: Literal["graceful", "forced"] = "graceful"
    """graceful: running commands may finish; forced: leave at once."""
    deadline: float
    """Seconds until SIGTERM follows."""


class StatusRequest(Message):
    """Answer with `status_response`."""

    type: Literal["status_request"] = "status_request"


class RestartConnection(Message):
    """Leave the room and join again, with the newest credentials."""

    type: Literal["restart_connection"] = "restart_connection"


class RefreshAdmins(Message):
    """The whole new set of admins."""

    type: Literal["refresh_admins"] = "refresh_admins"
    admins: frozenset[str]
    """User ids."""


class RefreshPermissions(Message):
    """The whole new table of command permissions."""

    type: Literal["refresh_permissions"] = "refresh_permissions"
    requires_admin: Mapping[str, bool]
    """Command name in lower case to whether it needs an admin; others keep their default."""


class RefreshCredentials(Message):
    """New credentials, used at the next connect."""

    type: Literal["refresh_credentials"] = "refresh_credentials"
    credentials: Credentials


class ConnectPermit(Message):
    """The answer to `connect_request`: one connect may be tried now."""

    type: Literal["connect_permit"] = "connect_permit"


class SendMessage(Message):
    """Say something in the room."""

    type: Literal["send_message"] = "send_message"
    text: str
    reply_to_message: str | None = None
    """Id of the chat message that this answers."""
    to_user: str | None = None
    """For whom it is: said to them alone where the transport can; None: for everybody."""
    handle: str | None = None
    """Replaces the last message with the same one where the transport can edit; None: none."""


class SetInterests(Message):
    """The kinds of `mesh_event` that the supervisor wants from now on."""

    type: Literal["set_interests"] = "set_interests"
    kinds: frozenset[str]


class AdminResult(Message):
    """The answer to `admin_request`."""

    type: Literal["admin_result"] = "admin_result"
    ok: bool
    """Whether it was done."""
    text: str
    """What to say to the person who asked."""


class JobResult(Message):
    """The answer to `job_request` and to what else an action asks for."""

    type: Literal["job_result"] = "job_result"
    ok: bool
    """Whether it was done."""
    text: str
    """What to say to the person who asked, or to the action."""
    job_id: int | None = None
    """The job that was asked for; None: there is none."""
    position: int | None = None
    """Its place in the queue, 1 for the first; 0: it runs."""
    duplicate: bool = False
    """Whether it was there already, under the same idempotency key."""
    differs: tuple[str, ...] | None = None
    """In what that one is another job than was asked for; None: in nothing."""
    count: int | None = None
    """How many items are new, in the answer to `add_items`."""


ToWorker = Annotated[
    Shutdown
    | StatusRequest
    | RestartConnection
    | RefreshAdmins
    | RefreshPermissions
    | RefreshCredentials
    | ConnectPermit
    | SendMessage
    | SetInterests
    | AdminResult
    | JobResult
    | Error,
    Field(discriminator="type"),
]
