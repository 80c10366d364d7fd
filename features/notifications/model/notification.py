"""A notification, its ways and their outcomes.

Values between those who add notifications, the rows and those who deliver.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec.structs import replace

from meshvisor.features.notifications.model.severity import Severity
from meshvisor.shared.events.event import Event

LONGEST_TITLE: Final = 300
"""Characters of a title that are kept; a line of a mail."""

LONGEST_TEXT: Final = 20_000
"""Characters of a text that are kept; services take less, and cut it themselves."""

LONGEST_KEY: Final = 200

MOST_LINES: Final = 10
"""Of several in one notification, those that the text has lines for."""


class State(enum.StrEnum):
    """Where a notification stands, or its delivery on one channel."""

    PENDING = "pending"
    """It waits: for its moment, for the channel, or for another attempt."""
    SENDING = "sending"
    """A runner has it.  What becomes of it is unknown if that one is killed now."""
    SENT = "sent"
    """The service has taken it."""
    FAILED = "failed"
    """It was given up; `notify retry` tries it anew."""
    DIGESTED = "digested"
    """It is in a message with others."""
    SUPPRESSED = "suppressed"
    """No notification is sent: no channel takes it, or it was over before it was sent."""


class NewNotification(msgspec.Struct, frozen=True, kw_only=True):
    """A notification to be added."""

    title: str
    text: str = ""
    severity: Severity = Severity.INFO
    reaches: Severity | None = None
    """It goes also to channels from this severity on, such as those that know what is over now;
    None: from its own on."""
    user_id: str | None = None
    """For whom it is; None: for everybody who looks after this."""
    mesh_id: str | None = None
    """What it is about, and in whose chat a user is notified without another channel."""
    key: str | None = None
    """The same within the settings' window is counted and sent once; None: nothing is the same."""
    channels: tuple[str, ...] = ()
    """Where it goes whatever the settings say; empty: as they say."""
    is_urgent: bool | None = None
    """Whether it is sent at once, and not with the next processing; None: if it is no info."""
    source: str = ""
    """What adds it: a kind of event, `job 12`, `command line`, `web:ann`."""
    many: str = ""
    """The title where several with the same key are one notification, with `{count}`; empty: it is
    theirs."""
    name: str = ""
    """What it is called among several."""
    gather: float = 0
    """Seconds that it waits for others with the same key."""
    window: float | None = None
    """Seconds within which the same is counted; None: as the settings say."""
    cause: Event | None = None
    """The event that it is about; None: it is about none."""

    @property
    def is_prompt(self) -> bool:
        """Whether it is sent at once."""
        return self.severity is not Severity.INFO if self.is_urgent is None else self.is_urgent


class Route(msgspec.Struct, frozen=True):
    """A way of a notification."""

    channel: str
    due_at: int
    """Epoch milliseconds before which it is not sent."""
    is_prompt: bool
    """Whether it is sent at that moment, and not with the next processing after it."""
    can_gather: bool = False
    """Whether it may be in a message with others."""
    reason: str | None = None
    """Why it waits."""


class Routing(msgspec.Struct, frozen=True):
    """Ways, or why there is none."""

    routes: tuple[Route, ...]
    reason: str | None = None

    def not_before(self, moment: int) -> Routing:
        """Return the same ways, none of which is due before a moment in epoch milliseconds."""
        later = (replace(one, due_at=max(one.due_at, moment)) for one in self.routes)
        return replace(self, routes=tuple(later))


@dataclass(frozen=True, slots=True)
class Message:
    """A notification as it is handed to who delivers it."""

    delivery_id: int
    notification_id: int
    title: str
    text: str
    severity: Severity
    mesh_id: str | None
    user_id: str | None
    attempt: int
    count: int
    source: str


class Outcome(msgspec.Struct, frozen=True):
    """What became of an attempt to deliver."""

    delivery_id: int
    error: str | None = None
    """One sentence; None: the service has taken it."""
    retry_after: float | None = None
    """Seconds for which the service wants to be left alone; None: it does not say."""
    is_final: bool = False
    """Whether another attempt would be of no use: the service does not want this message."""
    is_limited: bool = False
    """Whether that was no attempt: the service has too much to do, or, where `retry_after` is None,
    none was made because the one before has failed."""
    is_alone: bool = False
    """Whether it says nothing about others on the channel, such as when one mesh is not joined."""
