"""Digests: several notifications as one message of a channel.

Owns when the next one of a channel is due, what it says, and what becomes of the notifications in
it.  Does not own which may be gathered: what is info, by the channel's `digest`, and what had to
wait for the end of quiet hours (`routing`).
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from meshvisor.features.notifications.model.notification import NewNotification, Route, Routing
from meshvisor.features.notifications.model.severity import Severity
from meshvisor.features.notifications.settings import ChannelSettings
from meshvisor.features.notifications.supervisor import outbox
from meshvisor.features.notifications.supervisor.outbox import QUERIES, severity_of

MOST_GATHERED: Final = 200
"""Notifications in one message."""


def next_digest(channel: ChannelSettings, due: int) -> int:
    """Return when the next digest of a channel is due, in epoch milliseconds.

    Args:
        channel: one whose `digest` is not 0.
        due: when a notification of its own would be.
    """
    every = round(channel.digest * 1000)
    return (due // every + 1) * every


def gather(db: sqlite3.Connection, channel: str, now: int) -> None:
    """Make one message of those of a channel that are due and may be in one; in a transaction.

    Args:
        db: the connection.
        channel: its name.
        now: epoch milliseconds.
    """
    values = {"channel": channel, "now": now, "limit": MOST_GATHERED}
    rows = db.execute(QUERIES["due_to_gather"], values).fetchall()
    if len(rows) < 2:
        return
    rows_found = [outbox.find(db, notification) for _, notification in rows]
    found = [one for one in rows_found if one is not None]
    worst = max(one["severity"] for one in found)
    new = NewNotification(
        title=f"{len(found)} notifications",
        text="\n".join(map(_line, found)),
        severity=severity_of(worst),
        source="digest",
        is_urgent=True,
    )
    number = outbox.add(db, new, Routing((Route(channel, now, True),)), 0, now).id
    for delivery, notification in rows:
        reason = f"in {number}"
        db.execute(QUERIES["digest"], {"id": delivery, "reason": reason, "now": now})
        db.execute(QUERIES["settle"], {"id": notification, "now": now})


# Private


def _line(row: dict[str, Any]) -> str:
    title, text = outbox.wording(row)
    severity = severity_of(row["severity"])
    mark = "" if severity is Severity.INFO else f"[{severity}] "
    first = " ".join(text.split())
    return f"- {mark}{title}" + (f": {first[:200]}" if first else "")
