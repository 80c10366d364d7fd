"""Messages from a mesh worker to the supervisor (docs/architecture.md, Messages)."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from meshvisor.shared.protocol.directions import Direction
from meshvisor.shared.protocol.fields import (
    Count,
    Name,
    Seconds,
    Sentence,
    SentMinutes,
    as_name,
    as_sentence,
    as_wait,
    check_minutes,
    put,
)
from meshvisor.shared.protocol.messages import Error, Message, RestartRequest
from meshvisor.shared.protocol.parts import Part, nothing, written


class FailureKind(enum.StrEnum):
    """Whose fault a failed connect is, as far as the worker can tell."""

    UNREACHABLE = "unreachable"
    """No answer from the server, or an answer that says the server itself is in trouble."""
    OFFLINE = "offline"
    """This machine has no network or name server, or lacks what a connect needs: the fault is
    here."""
    REFUSED = "refused"
    """The server answered and does not want this bot in this room."""
    BROKEN = "broken"
    """What carries the mesh does not start on this machine, until an operator mends it: a program
    that is missing, a package that cannot be loaded."""
    UNAUTHORIZED = "unauthorized"
    """The server does not know the bot's account, or its session is over: no fault of the room."""


class Counters(Part):
    """What a worker has counted since it started."""

    messages_received: Count = written(0)
    messages_sent: Count = written(0)
    commands: Count = written(0)
    command_errors: Count = written(0)
    reconnects: Count = written(0)
    events_missed: Count = written(0)
    """What came in and was not handled, because there was too much of it at once."""
    log_records_dropped: Count = written(0)
    abandoned_threads: Count = written(0)
    """How many run now although their callers have stopped waiting: calls that took too long."""


class Ready(Message, tag="ready"):
    """The worker is initialised and has loaded its commands."""

    commands: tuple[str, ...] = written(())
    """Names of its chat commands."""
    admin_only: tuple[str, ...] = written(())
    """Those of them that need an admin unless an operator decides otherwise."""
    help: Mapping[str, str] = msgspec.field(default_factory=dict)
    """What they say of themselves, by name; those that say nothing are missing.  Left out where
    none says anything."""


class StatusResponse(Message, tag="status_response"):
    """The answer to `status_request`."""

    state: Literal["ready", "connected", "disconnected"]
    uptime_seconds: Annotated[float, msgspec.Meta(ge=0)]
    event_loop_lag_ms: float
    """The longest delay of the event loop since the last answer."""
    memory_bytes: Count
    """Resident set size; pages that are shared with the zygote count too."""
    counters: Counters = written(Counters())
    last_error: Sentence | None = None

    def __post_init__(self) -> None:
        """Cut what is too long."""
        if self.last_error is not None:
            put(self, "last_error", as_sentence(self.last_error))


class ConnectRequest(Message, tag="connect_request"):
    """Asks for a permit to connect; answered with `connect_permit` when it is this one's turn."""


class Connected(Message, tag="connected"):
    """The bot is in the room."""


class Disconnected(Message, tag="disconnected"):
    """The bot has lost its mesh."""

    reason: Sentence
    server_initiated: bool
    """The server closed for good: the worker does not try again by itself and exits."""
    kind: Literal["replaced", "unauthorized"] | None = None
    """Why, where that is special: another client took the connection, or the account is not known
    any more; None: it was lost."""
    retry_after: Seconds | None = None
    """Seconds after which the bot comes back, where that is not soon; None: it is."""
    left: bool = written(False)
    """Whether the bot has left by itself, to come back with other credentials."""

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "reason", as_sentence(self.reason))
        if self.retry_after is not None:
            put(self, "retry_after", as_wait(self.retry_after))


class Remarked(Message, tag="remark"):
    """What operators have to know of a session that goes on; it ends with the session."""

    text: Sentence
    """In the place of the one before; empty: there is nothing (any more)."""

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "text", as_sentence(self.text))


class ConnectionFailed(Message, tag="connection_failed"):
    """One attempt to connect has failed."""

    attempt: Count
    """Failures in a row, this one included."""
    error: Sentence
    kind: FailureKind
    retry_after: Seconds | None = None
    """Seconds after which the server wants to be asked again; None: it does not say."""

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "error", as_sentence(self.error))
        if self.retry_after is not None:
            put(self, "retry_after", as_wait(self.retry_after))


class Kicked(Message, tag="kicked"):
    """The bot was thrown out of the room; the worker exits."""

    reason: Sentence = written("")
    retry_after: Seconds | None = None
    """Seconds after which the network allows it back; None: it does not say."""

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "reason", as_sentence(self.reason))
        if self.retry_after is not None:
            put(self, "retry_after", as_wait(self.retry_after))


class IntentionalLeave(Message, tag="intentional_leave"):
    """The bot leaves on purpose, or the server has ended the room; the worker exits."""

    reason: Sentence = written("")

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "reason", as_sentence(self.reason))


LONGEST_SENT: Final = 1024
"""Characters of the id of a message, or of its place, by which another worker can change it."""

MAX_TOKEN: Final = 4096
"""Bytes of a checkpoint."""


class MessageSent(Message, tag="message_sent"):
    """The answer to `send_message` about what a job has come to, when its turn has come."""

    done: bool
    """Whether it was said, or is for a user who can never be reached; otherwise it is to be said
    again."""
    alone: bool | None = None
    """Whether it was said to its user alone; None: it was not."""


class CommandDone(Message, tag="command_done"):
    """The answer to `run_command`, when the command has ended."""

    replies: tuple[str, ...] = written(())
    """What it has answered, in order; cut where it is more than a frame."""
    error: Sentence = written("")
    """Why it has not run, or has failed; empty: neither."""

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "error", as_sentence(self.error))

    def foreign(self) -> Iterable[object]:
        """Return what plug-ins have said."""
        return (self.replies,)


class Checkpointed(Message, tag="checkpoint"):
    """How far the bot has heard; comes back with the permit of the next connect."""

    token: str
    waits: bool = written(False)
    """Whether the bot acts on what lies before it only once this is kept; answered with
    `checkpoint_kept` then."""

    def __post_init__(self) -> None:
        """Refuse what could not be kept for thousands of meshes."""
        if len(self.token.encode("utf-8", "replace")) > MAX_TOKEN:
            raise ValueError(f"a checkpoint may have {MAX_TOKEN} bytes")


class Spent(Message, tag="spent"):
    """How much of an hour's budget of messages is spent; comes back with the permit to connect."""

    minutes: SentMinutes

    def __post_init__(self) -> None:
        """Refuse what no hour can hold."""
        check_minutes(self.minutes)


class ProgressSent(Message, tag="progress_sent"):
    """Progress was said in a message of its own, which the progress that follows changes: it names
    the message (`SendMessage.changes`), in case that another worker has to.
    """

    handle: str
    sent_id: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_SENT)]
    place: Annotated[str, msgspec.Meta(max_length=LONGEST_SENT)] = written("")


class MeshEvent(Message, tag="mesh_event"):
    """Something happened in the room, of a kind in the current interests."""

    kind: str
    data: Mapping[str, Any] = msgspec.field(default_factory=nothing)

    def foreign(self) -> Iterable[object]:
        """Return what the room's server has said."""
        return (self.data,)


class Usage(Message, tag="usage"):
    """Commands used since the last such message, batched."""

    commands: Mapping[str, Count]
    """Command name to number of uses."""


MOST_COUNTS: Final = 500
"""Rows of one `usage_counts`: with the longest names of escaped characters it is still a frame."""

LONGEST_COUNTED: Final = 128
"""Characters of a user's id, or of a command's name, in `usage_counts`."""

Counted = Literal["message", "command", "join", "leave", "error"]
"""What is counted: messages that were said, commands that were begun, users who came and went, and
commands that have failed."""

CountRow = tuple[
    Annotated[int, msgspec.Meta(ge=0, le=10**11)],
    Counted,
    Annotated[str, msgspec.Meta(max_length=LONGEST_COUNTED)],
    Annotated[str, msgspec.Meta(max_length=LONGEST_COUNTED)],
    Annotated[int, msgspec.Meta(ge=1, le=10**9)],
]
"""The beginning of the hour in epoch seconds, what, the user's id (empty: no user), the command's
name (empty: none), and how often."""


class UsageCounts(Message, tag="usage_counts"):
    """How often what happened in the room since the last such message, by hour and user.

    Only while the supervisor wants it: `usage_counts` is in `set_interests`.
    """

    counts: Annotated[tuple[CountRow, ...], msgspec.Meta(max_length=MOST_COUNTS)]

    def foreign(self) -> Iterable[object]:
        """Return what the room's server has said."""
        return (self.counts,)


MOST_PRESENT: Final = 200
"""Rows of each kind in one `presence`: with the longest names of escaped characters it is still a
frame."""

LONGEST_PRESENT: Final = 255
"""Characters of a user's id in `presence`."""

_Moment = Annotated[float, msgspec.Meta(ge=0, le=1e11)]
_Id = Annotated[str, msgspec.Meta(max_length=LONGEST_PRESENT)]

SeenRow = tuple[_Id, Name, _Moment]
"""A user's id, what the user is called, and when they did something last in epoch seconds."""

PositionRow = tuple[
    _Id,
    Name,
    _Moment,
    Annotated[float, msgspec.Meta(ge=-90, le=90)],
    Annotated[float, msgspec.Meta(ge=-180, le=180)],
    Annotated[float, msgspec.Meta(ge=0, le=1e7)] | None,
]
"""A user's id and name, when they were there, latitude and longitude in degrees, and how exact that
is in metres; None: the network does not say."""


class Presence(Message, tag="presence"):
    """Who did something in the room since the last such message, and where they were.

    Only while the supervisor wants it: `presence` is in `set_interests`.
    """

    seen: Annotated[tuple[SeenRow, ...], msgspec.Meta(max_length=MOST_PRESENT)] = ()
    positions: Annotated[tuple[PositionRow, ...], msgspec.Meta(max_length=MOST_PRESENT)] = ()
    """Oldest first."""

    def foreign(self) -> Iterable[object]:
        """Return what the room's server has said."""
        return (self.seen, self.positions)


class Person(Part):
    """A user in the room whom a command names."""

    user_id: str
    name: Name
    """The handle; the id where the mesh tells none."""

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "name", as_name(self.name))


class AdminRequest(Message, tag="admin_request"):
    """An admin command was used in the room; answered with `admin_result`."""

    command: str
    """One of `features.access.admin_commands`."""
    arguments: tuple[str, ...] = written(())
    """As written, without the people in `mentions`; a command's name as it is registered here."""
    user_id: str
    """Who asks."""
    user_name: Name = written("")
    mentions: tuple[Person, ...] = written(())
    """Those whom the message mentions, and `@handle` where the room has a user of that name."""
    prefix: str = written("")
    """What the command began with, such as `?`: answers show how to write another one."""
    own_user_id: str = written("")
    """The bot's own user id in this room."""
    known: bool = written(False)
    """Whether the first argument is a command of this worker."""
    authenticated: bool = written(False)
    """Whether the network vouches that it is they who ask; only the network may."""

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "user_name", as_name(self.user_name))


FROM_WORKER: Final = Direction(
    "from_worker",
    Ready,
    StatusResponse,
    ConnectRequest,
    Connected,
    Disconnected,
    Remarked,
    ConnectionFailed,
    Kicked,
    IntentionalLeave,
    Error,
    RestartRequest,
    Checkpointed,
    Spent,
    MessageSent,
    CommandDone,
    ProgressSent,
    MeshEvent,
    Usage,
    UsageCounts,
    Presence,
    AdminRequest,
)
