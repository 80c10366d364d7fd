"""The kinds of events of notifications (docs/events.md)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.events.kind import EventKind

_NUMBER: Final = "the notification's number"

ADDED: Final = EventKind(
    "notification.added",
    "There is something to send, on at least one channel.",
    _NUMBER,
    {
        "severity": "`info`, `warning` or `critical`",
        "source": "what has added it: a kind of event, `job 12`, `command line`, `web:ann`",
        "user_id": "for whom it is; null: for no user in particular",
        "channels": "where it goes",
    },
)
SENT: Final = EventKind(
    "notification.sent",
    "A channel has taken a notification.",
    _NUMBER,
    {"channel": "its name", "attempts": "how many it took"},
)
FAILED: Final = EventKind(
    "notification.failed",
    "A notification was given up on a channel; `meshvisor notify retry` tries it anew.",
    _NUMBER,
    {"channel": "its name", "attempts": "how many there were", "error": "one sentence"},
)
RETRIED: Final = EventKind(
    "notification.retried",
    "Notifications that were given up are tried anew on request.",
    "the notification's number, or `all`",
    {"origin": "as in the audit log", "detail": "how many, in words"},
)

PREFERENCES_CHANGED: Final = EventKind(
    "notification.preferences_changed",
    "It was changed at run time how a user is notified.",
    "the user's id",
    {"origin": "as in the audit log", "detail": "what was changed, in words"},
)

KINDS: Final = (ADDED, SENT, FAILED, RETRIED, PREFERENCES_CHANGED)
