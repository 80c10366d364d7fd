"""The service of notifications: what features add, and what the command line and the console ask.

Owns checking, the audit entries and the results, which are the JSON of `--json`.  Works with a
running supervisor and without, when nothing is delivered.  Does not own the rows (`outbox`,
`deliveries`) nor the moment at which something is delivered (`processing`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from meshvisor.features.notifications import events as kinds
from meshvisor.features.notifications.model.address import secret_parts
from meshvisor.features.notifications.model.notification import NewNotification
from meshvisor.features.notifications.model.severity import Severity
from meshvisor.features.notifications.model.template import fill
from meshvisor.features.notifications.results import (
    ChannelInfo,
    ChannelList,
    DeliveryInfo,
    NotificationInfo,
    NotificationList,
    NotificationReport,
    Retried,
)
from meshvisor.features.notifications.settings import (
    ChannelSettings,
    NotificationSettings,
    TemplateSettings,
    channels_of,
)
from meshvisor.features.notifications.supervisor import deliveries, outbox
from meshvisor.features.notifications.supervisor.deliveries import Channel
from meshvisor.features.notifications.supervisor.outbox import QUERIES, Added, severity_of
from meshvisor.features.notifications.supervisor.routing import routing
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import UsageError
from meshvisor.shared.logs.secrets import remember
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import Actor, AuditLog

MOST_RETRIED: Final = 10_000
"""Notifications that one request tries anew."""

NEWEST: Final = 2**62
"""A number behind all of them."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is to be told, as somebody writes it."""

    title: str | None = None
    text: str | None = None
    template: str | None = None
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Which notifications somebody wants."""

    before: int | None = None
    state: str | None = None
    severity: Severity = Severity.INFO
    channel: str | None = None
    user_id: str | None = None


class NotificationService:
    """Notifications of a home.

    Args:
        store: the database.
        audit: is told who has sent and retried what.
        clock: says when.
        settings: as they are; replaced by `configure`.
    """

    def __init__(self, store: Store, audit: AuditLog, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self.settings = settings
        for channel in settings.named(ChannelSettings).values():
            remember(secret_parts(channel.url.get_secret_value()))

    # ---- For other features ------------------------------------------------------------------

    def add(self, db: sqlite3.Connection, new: NewNotification) -> Added:
        """Have people told something, in the transaction of what they are told of.

        It is delivered after the commit, at least once on each of its channels.

        Args:
            db: inside the caller's transaction.
            new: what; see its fields.

        Raises:
            UsageError: it names a channel that there is not.
        """
        now = self.now()
        ways = routing(self.settings, new, now)
        window = self._window if new.window is None else round(new.window * 1000)
        return outbox.add(db, new, ways, window, now)

    # ---- What people ask ---------------------------------------------------------------------

    async def send(self, words: Words, actor: Actor, **fields: Any) -> NotificationReport:
        """Tell people something.

        Args:
            words: what.
            actor: who wants it.
            fields: of `NewNotification`.

        Raises:
            UsageError: it cannot be.
        """
        title, text = self.worded(words)
        new = NewNotification(title=title, text=text, source=actor.origin, **fields)
        added = await self._store.write(lambda db: self.add(db, new))
        await self._audit.add(actor, "notify.send", str(added.id), detail=title)
        return await self.show(added.id)

    async def test(self, channel: str, actor: Actor) -> NotificationReport:
        """Send a message on a channel, whatever its settings say about when and what.

        Raises:
            UsageError: there is no such channel.
        """
        new = NewNotification(
            title=f"A test of the channel {channel}",
            text=f"Meshvisor can reach you on the channel {channel}.",
            source="test",
            channels=(channel,),
            is_urgent=True,
        )

        def work(db: sqlite3.Connection) -> Added:
            added = self.add(db, new)
            db.execute(QUERIES["unpause"], (channel,))
            return added

        added = await self._store.write(work)
        await self._audit.add(actor, "notify.test", channel)
        return await self.show(added.id)

    async def list_notifications(self, wanted: Listing, limit: int) -> NotificationList:
        """Return notifications, newest first."""
        values = {
            "before": wanted.before or NEWEST,
            "state": wanted.state,
            "severity": wanted.severity.rank,
            "channel": wanted.channel,
            "user_id": wanted.user_id,
            "limit": limit + 1,
        }

        def work(db: sqlite3.Connection) -> list[NotificationInfo]:
            rows = db.execute(QUERIES["listed"], values).fetchall()
            return [NotificationInfo(**_info(db, outbox.as_dict(row))) for row in rows]

        found = await self._store.read(work)
        return NotificationList(notifications=tuple(found[:limit]), more=len(found) > limit)

    async def show(self, number: int) -> NotificationReport:
        """Return all about one.

        Raises:
            UsageError: there is none.
        """
        return await self._store.read(lambda db: _report(db, number))

    async def retry(self, number: int | None, channel: str | None, actor: Actor) -> Retried:
        """Try anew what was given up.

        Args:
            number: which one; None: all.
            channel: only what failed there; None: on any.
            actor: who wants it.

        Raises:
            UsageError: there is none, or nothing of it was given up.
        """
        what = "all" if number is None else str(number)
        done = self._audit.done(actor, "notify.retry", what, kinds.RETRIED, channel or "")

        def work(db: sqlite3.Connection) -> list[int]:
            chosen = _chosen(db, number, channel)
            for one in chosen:
                deliveries.retry(db, one, self.now())
            done.write(db)
            return chosen

        retried = await self._store.write(work)
        await self._audit.keep(done, is_written=True)
        return Retried(notifications=tuple(retried))

    async def channels(self) -> ChannelList:
        """Return all channels by name, and how they are."""
        now = self.now()
        zone = self.settings.of(NotificationSettings).timezone

        def work(db: sqlite3.Connection) -> list[ChannelInfo]:
            counts: dict[str, dict[str, int]] = {}
            for name, state, count in db.execute(QUERIES["counts"]):
                counts.setdefault(name, {})[state] = count
            return [
                _channel_info(db, name, one, counts.get(name, {}), (zone, now))
                for name, one in sorted(channels_of(self.settings).items())
            ]

        return ChannelList(channels=tuple(await self._store.read(work)))

    # ---- What those who deliver need -----------------------------------------------------------

    def now(self) -> int:
        """Return the present moment in epoch milliseconds."""
        return round(self._clock.wall() * 1000)

    def channel(self, name: str) -> Channel | None:
        """Return a channel that is in use; None: there is none."""
        found = channels_of(self.settings).get(name)
        if found is None or not found.enabled:
            return None
        expires = round(self.settings.of(NotificationSettings).expires * 1000)
        return Channel(name, found, self._window, expires)

    def worded(self, words: Words) -> tuple[str, str]:
        """Return the title and the text of what somebody wants told.

        Raises:
            UsageError: there is no such template, or there are no words.
        """
        if words.template is None:
            if not (words.title or "").strip():
                raise UsageError("a notification needs a title; write one line of it")
            return words.title or "", words.text or ""
        templates = self.settings.named(TemplateSettings)
        found = templates.get(words.template)
        if found is None:
            known = ", ".join(templates) or f"none; [templates.{words.template[:40]}] makes one"
            raise UsageError(
                f"there is no template {words.template[:64]!r} in the settings; known are {known}"
            )
        data = words.data or {}
        return words.title or fill(found.title, data), words.text or fill(found.text, data)

    @property
    def _window(self) -> int:
        return round(self.settings.of(NotificationSettings).window * 1000)


def iso(moment: int | None) -> str | None:
    """Return epoch milliseconds as programs read them."""
    if not moment:
        return None
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")


# Private


def _chosen(db: sqlite3.Connection, number: int | None, channel: str | None) -> list[int]:
    if number is not None and outbox.find(db, number) is None:
        raise _no_notification(number)
    values = {"channel": channel, "limit": MOST_RETRIED}
    failed = [one for (one,) in db.execute(QUERIES["failed_ids"], values)]
    if number is None:
        return failed
    states = db.execute(QUERIES["deliveries"], (number,)).fetchall()
    if not any(state == "failed" for _, state, *_ in states):
        raise UsageError(
            f"nothing of notification {number} was given up; "
            f"'meshvisor notify show {number}' says where it stands"
        )
    return [number]


def _no_notification(number: int) -> UsageError:
    return UsageError(
        f"there is no notification {number}; 'meshvisor notify list' shows those there are"
    )


def _report(db: sqlite3.Connection, number: int) -> NotificationReport:
    row = outbox.find(db, number)
    if row is None:
        raise _no_notification(number)
    ways = [
        DeliveryInfo(
            channel=channel,
            state=state,
            attempts=attempts,
            due_at=iso(due_at) if state == "pending" else None,
            reason=reason,
            changed_at=iso(changed_at) or "",
        )
        for channel, state, due_at, attempts, reason, changed_at in db.execute(
            QUERIES["deliveries"], (number,)
        )
    ]
    _, text = outbox.wording(row)
    return NotificationReport(**_info(db, row), text=text, key=row["key"], deliveries=tuple(ways))


def _info(db: sqlite3.Connection, row: dict[str, Any]) -> dict[str, Any]:
    ways = db.execute(QUERIES["deliveries"], (row["id"],)).fetchall()
    title, _ = outbox.wording(row)
    return {
        "id": row["id"],
        "created_at": iso(row["created_at"]) or "",
        "updated_at": iso(row["updated_at"]) or "",
        "state": row["state"],
        "reason": row["reason"],
        "severity": severity_of(row["severity"]).value,
        "title": title,
        "count": row["count"],
        "user_id": row["user_id"],
        "mesh_id": row["mesh_id"],
        "source": row["source"],
        "channels": tuple(channel for channel, *_ in ways),
    }


def _channel_info(
    db: sqlite3.Connection,
    name: str,
    one: ChannelSettings,
    counts: dict[str, int],
    at: tuple[str, int],
) -> ChannelInfo:
    zone, now = at
    row = db.execute(QUERIES["channel"], (name,)).fetchone()
    paused_until, failures, error, _, _, sent_at = row or (0, 0, None, 0, 0, None)
    return ChannelInfo(
        name=name,
        kind=one.kind,
        address=one.address,
        enabled=one.enabled,
        everything=one.everything,
        severity=one.severity.value,
        quiet_until=iso(one.hours(zone).until(now)),
        paused_until=iso(paused_until) if paused_until > now else None,
        failures=failures,
        error=error,
        sent_at=iso(sent_at),
        counts=counts,
    )
