"""Messages from a mesh worker to the supervisor (docs/architecture.md, Messages)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.shared.protocol.fields import Count, Name, Seconds, Sentence
from meshvisor.shared.protocol.messages import Error, Message, RestartRequest


class FailureKind(enum.StrEnum):
    """Whose fault a failed connect is, as far as the worker can tell."""

    UNREACHABLE = "unreachable"
    """No answer from the server, or an answer that says the server itself is in trouble."""
    OFFLINE = "offline"
    """This machine has no network or name server, or lacks what a connect needs: nobody else's
    fault."""
    REFUSED = "refused"
    """The server answered and does not want this bot in this room."""
    UNAUTHORIZED = "unauthorized"
    """The server does not know the bot's account, or its session is over: no fault of the room."""


class Counters(BaseModel):
    """What a worker has counted since it started."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    messages_received: Count = 0
    messages_sent: Count = 0
    commands: Count = 0
    command_errors: Count = 0
    reconnects: Count = 0
    log_records_dropped: Count = 0
    abandoned_threads: Count = 0
    """How many run now although nobody waits for them any more: calls that took too long."""


def _is_empty(value: Mapping[str, str]) -> bool:
    return not value


class Ready(Message):
    """The worker is initialised and has loaded its commands."""

    type: Literal["ready"] = "ready"
    commands: tuple[str, ...] = ()
    """Names of its chat commands."""
    admin_only: tuple[str, ...] = ()
    """Those of them that need an admin unless somebody decides otherwise."""
    help: Mapping[str, str] = Field(default_factory=dict, exclude_if=_is_empty)
    """What they say of themselves, by name; those that say nothing are missing."""


class StatusResponse(Message):
    """The answer to `status_request`."""

    type: Literal["status_response"] = "status_response"
    state: Literal["ready", "connected", "disconnected"]
    uptime_seconds: float = Field(ge=0)
    event_loop_lag_ms: float
    """The longest delay of the event loop since the last answer."""
    memory_bytes: Count
    """Resident set size; pages that are shared with the zygote count too."""
    counters: Counters = Counters()
    last_error: Sentence | None = None


class ConnectRequest(Message):
    """Asks for a permit to connect; answered with `connect_permit` when it is this one's turn."""

    type: Literal["connect_request"] = "connect_request"


class Connected(Message):
    """The bot is in the room."""

    type: Literal["connected"] = "connected"


class Disconnected(Message):
    """The bot has lost the room."""

    type: Literal["disconnected"] = "disconnected"
    reason: Sentence
    server_initiated: bool
    """The server closed for good: the worker does not try again by itself and exits."""


class ConnectionFailed(Message):
    """One attempt to connect has failed."""

    type: Literal["connection_failed"] = "connection_failed"
    attempt: Count
    """Failures in a row, this one included."""
    error: Sentence
    kind: FailureKind
    retry_after: Seconds | None = None
    """Seconds after which the server wants to be asked again; None: it does not say."""


class Kicked(Message):
    """Somebody has thrown the bot out of the room; the worker exits."""

    type: Literal["kicked"] = "kicked"
    reason: Sentence = ""


class IntentionalLeave(Message):
    """The bot leaves on purpose, or the server has ended the room; the worker exits."""

    type: Literal["intentional_leave"] = "intentional_leave"
    reason: Sentence = ""


class MeshEvent(Message):
    """Something happened in the room, of a kind in the current interests."""

    type: Literal["mesh_event"] = "mesh_event"
    kind: str
    data: Mapping[str, Any] = Field(default_factory=dict)


class Usage(Message):
    """Commands used since the last such message, batched."""

    type: Literal["usage"] = "usage"
    commands: Mapping[str, Count]
    """Command name to number of uses."""


class Person(BaseModel):
    """Somebody in the room whom a command names."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    user_id: str
    name: Name
    """The handle; the id where the mesh tells none."""


class AdminRequest(Message):
    """An admin command was used in the room; answered with `admin_result`."""

    type: Literal["admin_request"] = "admin_request"
    command: str
    """One of `features.access.admin_commands`."""
    arguments: tuple[str, ...] = ()
    """As written, without the people in `mentions`; a command's name as it is registered here."""
    user_id: str
    """Who asks."""
    user_name: Name = ""
    mentions: tuple[Person, ...] = ()
    """Those whom the message mentions, and `@handle` where the room has somebody of that name."""
    prefix: str = ""
    """What the command began with, such as `?`: answers show how to write another one."""
    own_user_id: str = ""
    """The bot's own user id in this room."""
    known: bool = False
    """Whether the first argument is a command of this worker."""


class JobRequest(Message):
    """A job command was used in the room; answered with `job_result`."""

    type: Literal["job_request"] = "job_request"
    command: Literal["stage", "submit", "jobs", "job", "pause", "resume", "cancel"]
    """`stage` brings items (`arguments`) of a job that are too many for one message."""
    arguments: tuple[str, ...] = ()
    submission: Submission | None = None
    """What `submit` wants."""
    staged: str | None = None
    """The token under which items are brought, or were before `submit`; None: there are none."""
    user_id: str
    """Who asks."""
    user_name: Name = ""
    prefix: str = ""
    """What the command began with, such as `?`: answers show how to write another one."""
    message_id: str = ""
    """The chat message that asks; what is said about the job later answers it."""


FromWorker = Annotated[
    Ready
    | StatusResponse
    | ConnectRequest
    | Connected
    | Disconnected
    | ConnectionFailed
    | Kicked
    | IntentionalLeave
    | Error
    | RestartRequest
    | MeshEvent
    | Usage
    | AdminRequest
    | JobRequest,
    Field(discriminator="type"),
]
