"""What becomes of notifications on their channels: functions on a connection in a transaction.

Owns the states of deliveries, attempts and pauses of a channel.  Does not own what is added
(`outbox`), what is gathered into one message (`digests`), nor who delivers.  A delivery is handed
out under a lease, and what is said under another one changes nothing.

A delivery that fails is tried again after a growing pause, and so is its channel as a whole: while
a service is down, one message at a time finds that out, and not each of ten thousand.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from meshvisor.features.notifications import events as kinds
from meshvisor.features.notifications.model.notification import (
    Message,
    Outcome,
)
from meshvisor.features.notifications.settings import ChannelSettings
from meshvisor.features.notifications.supervisor import outbox
from meshvisor.features.notifications.supervisor.digests import gather
from meshvisor.features.notifications.supervisor.outbox import QUERIES, severity_of
from meshvisor.features.notifications.wordings import CHANNEL_GONE
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent

MINUTE: Final = 60_000
"""Milliseconds: within which a channel has at most its `rate` of messages."""

FIRST_PAUSE: Final = 15_000
"""Milliseconds after the first failure; each further one waits twice as long."""

LONGEST_PAUSE: Final = 900_000
"""Milliseconds: a service that is back has not to wait longer than a quarter of an hour."""

LONGEST_WAIT: Final = 86_400_000
"""Milliseconds that a service may want to be left alone; one that says more is not believed."""

AT_A_TIME: Final = 50
"""Messages that are handed out together: few enough that what a crash repeats is little."""

UNSURE: Final = "a runner was killed while it delivered this, again and again"


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel and what holds for it."""

    name: str
    settings: ChannelSettings
    window: int
    """Milliseconds within which the same is counted."""
    expires: int
    """Milliseconds after which what could not be delivered is given up."""


def claim(
    db: sqlite3.Connection, channel: Channel, lease: str, now: int, limit: int = AT_A_TIME
) -> list[Message]:
    """Hand out what is due on a channel, the worst first.

    Args:
        db: inside a transaction.
        channel: which one.
        lease: under which it is handed out.
        now: epoch milliseconds.
        limit: how many at most.
    """
    allowed = _allowed(db, channel, limit, now)
    if allowed <= 0:
        return []
    gather(db, channel.name, now)
    due = db.execute(
        QUERIES["due"], {"channel": channel.name, "now": now, "limit": allowed}
    ).fetchall()
    messages = [_hand_out(db, channel, row, lease, now) for row in due]
    if messages:
        used = {"channel": channel.name, "minute": now // MINUTE, "used": len(messages)}
        is_used_up = _allowed(db, channel, AT_A_TIME, now) <= len(messages)
        has_rate = channel.settings.most_in_a_minute > 0
        until = (now // MINUTE + 1) * MINUTE if is_used_up and has_rate else 0
        db.execute(QUERIES["use"], {**used, "paused_until": until})
    return messages


def report(
    db: sqlite3.Connection, channel: Channel, lease: str, outcomes: Iterable[Outcome], now: int
) -> None:
    """Take in what became of messages that were handed out."""
    events: list[NewEvent] = []
    for outcome in outcomes:
        values = {"id": outcome.delivery_id, "lease": lease}
        found = db.execute(QUERIES["leased"], values).fetchone()
        if found is None:
            continue
        events += _take_in(db, channel, outcome, found, now)
        db.execute(QUERIES["settle"], {"id": found[0], "now": now})
    log.append(db, events)


def release(db: sqlite3.Connection, lease: str | None, most_attempts: int, now: int) -> list[str]:
    """Take back what was handed out to a runner that is gone; return the channels.

    Args:
        db: inside a transaction.
        lease: its lease; None: no runner is left.
        most_attempts: what was handed out as often is given up: it may be what kills runners.
        now: epoch milliseconds.
    """
    rows = db.execute(QUERIES["release"], {"lease": lease, "now": now}).fetchall()
    for delivery, notification, channel, attempts in rows:
        if attempts >= most_attempts:
            events = _give_up(db, delivery, (notification, channel, attempts), UNSURE, now)
            log.append(db, events)
        db.execute(QUERIES["settle"], {"id": notification, "now": now})
    return [channel for _, _, channel, _ in rows]


def give_up_gone(db: sqlite3.Connection, channel: str, now: int) -> int:
    """Give up what is due on a channel that the settings do not have any more."""
    reason = CHANNEL_GONE(channel=channel)
    values = {"channel": channel, "reason": reason, "now": now}
    rows = db.execute(QUERIES["give_up_channel"], values).fetchall()
    for (notification,) in rows:
        log.append(db, [_failed(notification, channel, 0, reason, now)])
        db.execute(QUERIES["settle"], {"id": notification, "now": now})
    return len(rows)


def retry(db: sqlite3.Connection, notification_id: int, channel: str | None, now: int) -> list[str]:
    """Have what was given up of a notification tried anew; return its channels.

    Args:
        db: inside a transaction.
        notification_id: its number.
        channel: only what failed there; None: on any.
        now: epoch milliseconds.
    """
    values = {"id": notification_id, "channel": channel, "now": now}
    rows = db.execute(QUERIES["retry"], values).fetchall()
    for row in rows:
        db.execute(QUERIES["unpause"], row)
    db.execute(QUERIES["settle"], {"id": notification_id, "now": now})
    return [tried for (tried,) in rows]


def pause_after(failures: int) -> int:
    """Return the milliseconds to wait after so many failures in a row."""
    return int(min(FIRST_PAUSE * 2 ** min(failures - 1, 30), LONGEST_PAUSE))


# Private


def _allowed(db: sqlite3.Connection, channel: Channel, limit: int, now: int) -> int:
    """Return how many messages a channel may have now."""
    row = db.execute(QUERIES["channel"], (channel.name,)).fetchone()
    if row is None:
        return _within_rate(channel, limit, 0)
    paused_until, failures, _, minute, used, _ = row
    if paused_until > now:
        return 0
    if failures:
        limit = 1  # one finds out whether it works again
    return _within_rate(channel, limit, used if minute == now // MINUTE else 0)


def _within_rate(channel: Channel, limit: int, used: int) -> int:
    rate = channel.settings.most_in_a_minute
    return min(limit, rate - used) if rate else limit


def _hand_out(
    db: sqlite3.Connection, channel: Channel, due: tuple[Any, ...], lease: str, now: int
) -> Message:
    delivery, notification, _, _ = due
    row = outbox.find(db, notification)
    assert row is not None
    values = {"id": delivery, "lease": lease, "told": row["count"], "now": now}
    (attempt,) = db.execute(QUERIES["lease"], values).fetchone()
    db.execute(QUERIES["keep_window"], {"id": notification, "until": now + channel.window})
    db.execute(QUERIES["settle"], {"id": notification, "now": now})
    title, text = outbox.wording(row)
    severity = severity_of(row["severity"])
    return Message(
        delivery,
        notification,
        title,
        text,
        severity,
        row["mesh_id"],
        row["user_id"],
        attempt,
        row["count"],
        row["source"],
    )


def _take_in(
    db: sqlite3.Connection,
    channel: Channel,
    outcome: Outcome,
    found: tuple[Any, ...],
    now: int,
) -> list[NewEvent]:
    notification, name, attempts, created_at = found
    if outcome.error is None:
        db.execute(QUERIES["sent"], {"id": outcome.delivery_id, "now": now})
        db.execute(QUERIES["works"], {"channel": name, "now": now})
        (has_grown,) = db.execute(QUERIES["grown"], (outcome.delivery_id,)).fetchone()
        if has_grown:
            db.execute(QUERIES["tell_again"], {"id": notification, "now": now})
        data = {"channel": name, "attempts": attempts}
        return [NewEvent(now, kinds.SENT.name, str(notification), data=data)]
    return _take_in_failure(db, channel, outcome, (notification, name, attempts, created_at), now)


def _take_in_failure(
    db: sqlite3.Connection,
    channel: Channel,
    outcome: Outcome,
    found: tuple[int, str, int, int],
    now: int,
) -> list[NewEvent]:
    notification, name, attempts, created_at = found
    error = outcome.error or "it has failed"
    is_untried = outcome.is_limited and outcome.retry_after is None
    wait = 0 if is_untried else pause_after(attempts)
    if outcome.retry_after is not None:
        wait = min(max(round(outcome.retry_after * 1000), 1000), LONGEST_WAIT)
    if not (outcome.is_final or outcome.is_alone or is_untried):
        _pause(db, channel, outcome, error, wait, now)
    is_over = attempts >= channel.settings.attempts and not outcome.is_limited
    if outcome.is_final or is_over or now - created_at > channel.expires:
        return _give_up(db, outcome.delivery_id, (notification, name, attempts), error, now)
    values = {
        "id": outcome.delivery_id,
        "due_at": now + wait,
        "reason": error,
        "uncounted": int(outcome.is_limited),
        "now": now,
    }
    db.execute(QUERIES["put_off"], values)
    return []


def _pause(
    db: sqlite3.Connection, channel: Channel, outcome: Outcome, error: str, wait: int, now: int
) -> None:
    values = {"channel": channel.name, "error": error}
    if outcome.is_limited and outcome.retry_after is not None:
        db.execute(QUERIES["limit"], {**values, "until": now + wait})
        return
    row = db.execute(QUERIES["channel"], (channel.name,)).fetchone()
    paused_until, failures = (0, 0) if row is None else row[:2]
    is_asked = outcome.retry_after is not None
    if paused_until > now and not is_asked:
        return  # others that were under way have failed for the same reason
    pause = wait if is_asked else pause_after(failures + 1)
    db.execute(QUERIES["pause"], {**values, "until": now + pause})


def _give_up(
    db: sqlite3.Connection, delivery: int, found: tuple[int, str, int], error: str, now: int
) -> list[NewEvent]:
    notification, name, attempts = found
    db.execute(QUERIES["give_up"], {"id": delivery, "reason": error, "now": now})
    return [_failed(notification, name, attempts, error, now)]


def _failed(notification: int, channel: str, attempts: int, error: str, now: int) -> NewEvent:
    data = {"channel": channel, "attempts": attempts, "error": error}
    return NewEvent(now, kinds.FAILED.name, str(notification), data=data)
