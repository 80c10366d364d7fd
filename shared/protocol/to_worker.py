"""Messages from the supervisor to a mesh worker (docs/architecture.md, Messages)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from meshvisor.shared.protocol.directions import Direction
from meshvisor.shared.protocol.fields import SentMinutes
from meshvisor.shared.protocol.messages import Error, Message
from meshvisor.shared.protocol.parts import Part, written
from meshvisor.shared.secret import Secret


class Credentials(Part):
    """Who the bot is on the mesh platform.  Secrets print as asterisks."""

    peer_id: str
    """`userId_deviceId`; what the bot is called in a room.  Empty for an account of the
    settings."""
    auth_token: Secret = written(Secret())
    """Sent as a bearer token; empty: none is sent."""
    account: str = ""
    """Name of the account in the settings; empty: the one of the platform."""
    fields: Mapping[str, Secret] = msgspec.field(default_factory=dict)
    """What `[accounts.NAME]` holds for the transport, as text; empty for the platform's account."""


class Shutdown(Message, tag="shutdown"):
    """Stop: leave the room and exit."""

    mode: Literal["graceful", "forced"] = written("graceful")
    """graceful: running commands may finish; forced: leave at once."""
    deadline: float
    """Seconds until SIGTERM follows."""


class StatusRequest(Message, tag="status_request"):
    """Answer with `status_response`."""


class RestartConnection(Message, tag="restart_connection"):
    """Leave the room and join again, with the newest credentials."""


class RefreshAdmins(Message, tag="refresh_admins"):
    """The whole new set of admins."""

    admins: frozenset[str]
    """User ids."""


class RefreshPermissions(Message, tag="refresh_permissions"):
    """The whole new table of command permissions."""

    requires_admin: Mapping[str, bool]
    """Command name in lower case to whether it needs an admin; others keep their default."""


class RefreshCredentials(Message, tag="refresh_credentials"):
    """New credentials, used at the next connect."""

    credentials: Credentials


class ConnectPermit(Message, tag="connect_permit"):
    """The answer to `connect_request`: one connect may be tried now."""

    resume: str | None = None
    """The last `checkpoint` of this mesh, of whichever worker; None: there was none."""
    sent: SentMinutes = written(())
    """What the last `spent` of this mesh said, of whichever worker."""


class CheckpointKept(Message, tag="checkpoint_kept"):
    """The answer to a `checkpoint` that the bot waits for: it survives the supervisor."""


class SendMessage(Message, tag="send_message"):
    """Say something in the room."""

    text: str
    reply_to_message: str | None = None
    """Id of the chat message that this answers."""
    to_user: str | None = None
    """For whom it is: said to them alone where the transport can; None: for all."""
    address: str | None = None
    """What stands before the text where others read it, too: `Ann: `; None: nothing."""
    place: str | None = None
    """Where it is said, as a message from there named it; None: in the mesh's own room.  One that
    is gone is replaced by `to_user` alone, or by nothing."""
    is_direct: bool = False
    """Whether only they may read it: said in `place`, else to `to_user` alone, else not at
    all."""
    handle: str | None = None
    """What it is about; None: nothing in particular.  Progress replaces the last with the same
    one where the transport can edit, and what waits to be said is left out when it is overtaken; an
    outcome or a question is not said before what has no kind and the same one."""
    changes: str | None = None
    """Id of the message in which progress with this handle was said before, by whichever worker
    (`ProgressSent`); None: there is none."""
    changes_in: str | None = None
    """In which place; None: in the mesh's own room."""
    kind: Literal["outcome", "question", "progress"] | None = None
    """What of a job it is, which says how soon it is said where not everything can be; None:
    something else.  An outcome is for all in its place.  Outcomes and questions are answered
    with `message_sent`."""


class RunCommand(Message, tag="run_command"):
    """Run a command as if a user had written it; answered with `command_done`."""

    command: str
    """Its name and what follows it, without a prefix."""
    user_id: str
    """Who would have written it.  Nobody vouches for them: admin commands are refused."""
    user_name: str = ""
    """What they are called; empty: by their id."""
    is_said: bool = written(True)
    """Whether its answers are said in the room, too."""


class SetInterests(Message, tag="set_interests"):
    """The kinds of `mesh_event` that the supervisor wants from now on; with `usage_counts` or
    `presence` among them it wants those messages, too.
    """

    kinds: frozenset[str]


class AdminResult(Message, tag="admin_result"):
    """The answer to `admin_request`."""

    ok: bool
    """Whether it was done."""
    text: str
    """What to say to the person who asked."""


TO_WORKER: Final = Direction(
    "to_worker",
    Shutdown,
    StatusRequest,
    RestartConnection,
    RefreshAdmins,
    RefreshPermissions,
    RefreshCredentials,
    ConnectPermit,
    CheckpointKept,
    SendMessage,
    RunCommand,
    SetInterests,
    AdminResult,
    Error,
)
