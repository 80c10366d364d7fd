"""The rows of notifications that are added: functions on a connection inside a transaction.

Owns which notifications are the same, their counts and their wording.  Does not own deliveries on
channels (`deliveries`), nor which these are (`routing`).  Called in the transaction of the cause,
so that neither is there without the other.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any, Final

import msgspec

from meshvisor.features.notifications import events as kinds
from meshvisor.features.notifications.model.notification import (
    LONGEST_KEY,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_LINES,
    NewNotification,
    Routing,
    State,
)
from meshvisor.features.notifications.model.severity import BY_RANK, Severity
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

LONGEST_NAME: Final = 80

LONGEST_LINE: Final = 200
"""Characters of the text of one of several."""

NAMED: Final = 5
"""Of several in one notification, those that the title names."""


class Added(msgspec.Struct, frozen=True):
    """A notification that there is now."""

    id: int
    is_counted: bool
    """Whether it was there already and was counted up."""


def add(
    db: sqlite3.Connection, new: NewNotification, ways: Routing, window: int, now: int
) -> Added:
    """Add a notification, or count it up where the same was added within the window.

    Several of a kind (`many`) are one notification until a message of it has gone out.  The next
    ones are another notification, which is due when the window of the former is over: so that a
    message names only what is new.

    Args:
        db: inside the transaction of its cause.
        new: what it is.
        ways: where it goes.
        window: milliseconds; 0: nothing is the same.
        now: epoch milliseconds.
    """
    if new.key is not None and window:
        same = {"key": new.key[:LONGEST_KEY], "user_id": new.user_id, "now": now}
        found = db.execute(QUERIES["same"], same).fetchone()
        if found is not None:
            number, lines, until, has_gone_out = found
            if not (new.many and has_gone_out):
                _count_up(db, new, number, lines, now)
                return Added(number, True)
            ways, window = ways.not_before(until), window + until - now
    return Added(_insert(db, new, ways, window, now), False)


def take_back(db: sqlite3.Connection, notification_id: int, name: str, now: int) -> None:
    """Take one back that was over before it was sent; without any left nothing is sent."""
    row = _row(db, notification_id)
    if row is None:
        return
    lines = [one for one in json.loads(row["lines"]) if one["name"] != _name(name)]
    first = lines[0] if lines else {"title": row["title"], "text": row["text"]}
    values = {
        "id": notification_id,
        "lines": json.dumps(lines, ensure_ascii=False),
        "title": first["title"],
        "text": first["text"],
        "now": now,
    }
    (left,) = db.execute(QUERIES["count_down"], values).fetchone()
    if left <= 0:
        reason = "it was over before it was told"
        db.execute(QUERIES["suppress"], {"id": notification_id, "reason": reason, "now": now})
        db.execute(QUERIES["settle"], {"id": notification_id, "now": now})


def is_told(db: sqlite3.Connection, notification_id: int) -> bool:
    """Say whether a notification has reached a channel, or is on its way."""
    return bool(db.execute(QUERIES["is_told"], (notification_id,)).fetchone()[0])


def wording(row: dict[str, Any]) -> tuple[str, str]:
    """Return the title and the text of a notification, with how often it was counted."""
    count, title, text = row["count"], row["title"], row["text"]
    if count <= 1:
        return title, text
    if not row["many"]:
        return f"{title} ({count} times)", text
    lines = json.loads(row["lines"])
    names = [line["name"] for line in lines]
    if len(names) == 1 and row["count"] > 1:
        return f"{title} ({count} times)", text
    shown = ", ".join(names[:NAMED])
    if count > NAMED:
        shown += f" and {count - NAMED} more"
    text = "\n".join(map(_line, lines))
    if count > len(lines):
        text += f"\n… and {count - len(lines)} more"
    return f"{row['many'].replace('{count}', str(count))}: {shown}", text


def find(db: sqlite3.Connection, notification_id: int) -> dict[str, Any] | None:
    """Return the columns of a notification by name; None: there is none."""
    return _row(db, notification_id)


def as_dict(row: tuple[Any, ...]) -> dict[str, Any]:
    """Return a row of `shown` or `listed` by the names of its columns."""
    return dict(zip(COLUMNS, row, strict=True))


COLUMNS: Final = (
    *("id", "created_at", "updated_at", "state", "reason", "severity", "title", "many", "text"),
    *("lines", "count", "key", "user_id", "mesh_id", "source"),
)

# Private


def _row(db: sqlite3.Connection, notification_id: int) -> dict[str, Any] | None:
    row = db.execute(QUERIES["shown"], (notification_id,)).fetchone()
    return None if row is None else as_dict(row)


def _insert(
    db: sqlite3.Connection, new: NewNotification, ways: Routing, window: int, now: int
) -> int:
    values = {
        "now": now,
        "state": State.PENDING if ways.routes else State.SUPPRESSED,
        "reason": ways.reason,
        "severity": new.severity.rank,
        "title": _one_line(new.title)[:LONGEST_TITLE],
        "many": new.many[:LONGEST_TITLE],
        "text": new.text[:LONGEST_TEXT],
        "lines": json.dumps([_part(new)] if new.name else [], ensure_ascii=False),
        "key": None if new.key is None else new.key[:LONGEST_KEY],
        "window_until": now + window,
        "user_id": new.user_id,
        "mesh_id": new.mesh_id,
        "source": new.source,
    }
    (number,) = db.execute(QUERIES["add"], values).fetchone()
    for route in ways.routes:
        db.execute(
            QUERIES["add_delivery"],
            {
                "notification_id": number,
                "channel": route.channel,
                "rank": new.severity.rank,
                "due_at": route.due_at,
                "is_prompt": route.is_prompt,
                "can_gather": route.can_gather,
                "reason": route.reason,
                "now": now,
            },
        )
    if ways.routes:
        data = {
            "severity": new.severity.value,
            "source": new.source,
            "user_id": new.user_id,
            "channels": [route.channel for route in ways.routes],
        }
        added = NewEvent(now, kinds.ADDED.name, str(number), mesh_id=new.mesh_id, data=data)
        log.append(db, [added if new.cause is None else added.after(new.cause)])
    return int(number)


def _count_up(
    db: sqlite3.Connection, new: NewNotification, number: int, lines: str, now: int
) -> None:
    known = json.loads(lines)
    part = _part(new)
    if new.name and len(known) < MOST_LINES and part not in known:
        known.append(part)
    values = {
        "id": number,
        "now": now,
        "lines": json.dumps(known, ensure_ascii=False),
        "text": new.text[:LONGEST_TEXT],
        "severity": new.severity.rank,
    }
    db.execute(QUERIES["count_up"], values)
    db.execute(QUERIES["tell_again"], {"id": number, "now": now})
    db.execute(QUERIES["settle"], {"id": number, "now": now})


def _part(new: NewNotification) -> dict[str, str]:
    """Return what is kept of one of several in one notification."""
    return {
        "name": _name(new.name),
        "title": _one_line(new.title)[:LONGEST_TITLE],
        "text": _one_line(new.text)[:LONGEST_LINE],
    }


def _name(name: str) -> str:
    return _one_line(name)[:LONGEST_NAME]


def _line(part: dict[str, str]) -> str:
    return f"{part['name']}: {part['text']}" if part["text"] else part["name"]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def severity_of(rank: int) -> Severity:
    """Return the severity of a row."""
    return BY_RANK[rank]
