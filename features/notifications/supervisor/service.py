"""The service of notifications: what features add, and what the command line and the console ask.

Owns checking, the audit entries and the results, which are the JSON of `--json`.  Works with a
running supervisor and without, when nothing is delivered.  Does not own the rows (`outbox`,
`deliveries`) nor the moment at which something is delivered (`processing`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from meshvisor.features.notifications import events as kinds
from meshvisor.features.notifications.model.address import secret_parts
from meshvisor.features.notifications.model.notification import NewNotification
from meshvisor.features.notifications.model.severity import Severity
from meshvisor.features.notifications.model.template import fill, without_value
from meshvisor.features.notifications.settings import (
    ChannelSettings,
    NotificationSettings,
    TemplateSettings,
    channels_of,
)
from meshvisor.features.notifications.supervisor import deliveries, outbox, preferences
from meshvisor.features.notifications.supervisor.deliveries import Channel
from meshvisor.features.notifications.supervisor.outbox import QUERIES, Added, severity_of
from meshvisor.features.notifications.supervisor.routing import known_channel, routing
from meshvisor.features.notifications.wordings import (
    DISABLED,
    NO_CHANGE,
    NO_NOTIFICATION,
    NO_TITLE,
    NOT_GIVEN_UP,
    NOT_GIVEN_UP_THERE,
)
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import UnknownError, UsageError
from meshvisor.shared.late import late
from meshvisor.shared.logs.secrets import remember
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import Actor, AuditLog, Done

if TYPE_CHECKING:
    from meshvisor.features.notifications import results
else:
    results = late("meshvisor.features.notifications.results")

MOST_RETRIED: Final = 10_000
"""Notifications that one request tries anew."""

NEWEST: Final = 2**62
"""A number behind all of them."""


class Words(msgspec.Struct, frozen=True):
    """The words of a notification: its own, or a template with values."""

    title: str | None = None
    text: str | None = None
    template: str | None = None
    data: Mapping[str, Any] | None = None


class Listing(msgspec.Struct, frozen=True):
    """A filter of notifications, and where a page begins."""

    before: int | None = None
    state: str | None = None
    severity: Severity = Severity.INFO
    channel: str | None = None
    user_id: str | None = None


class NotificationService:
    """Notifications of a home.

    Args:
        store: the database.
        audit: gets an entry for what is sent and retried.
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
        """Add a notification, in the transaction of its cause.

        It is delivered after the commit, at least once on each of its channels.

        Args:
            db: inside the caller's transaction.
            new: what; see its fields.

        Raises:
            UsageError: it names a channel that there is not.
        """
        now = self.now()
        wanted = None
        if new.user_id is not None and not new.channels:
            wanted = preferences.of_user(db, self.settings, new.user_id).wanted
        ways = routing(self.settings, new, now, wanted)
        window = self._window if new.window is None else round(new.window * 1000)
        return outbox.add(db, new, ways, window, now)

    # ---- What people ask ---------------------------------------------------------------------

    async def send(self, words: Words, actor: Actor, **fields: Any) -> results.NotificationReport:
        """Tell people something.

        Args:
            words: what.
            actor: who wants it.
            fields: of `NewNotification`.

        Raises:
            UsageError: it cannot be.
        """
        title, text = self.worded(words)
        source = actor.user_id or actor.origin
        new = NewNotification(title=title, text=text, source=source, **fields)
        added = await self._store.write(lambda db: self.add(db, new))
        await self._audit.add(actor, "notify.send", str(added.id), detail=title)
        return await self.show(added.id)

    async def test(self, channel: str, actor: Actor) -> results.NotificationReport:
        """Send a message on a channel, whatever its settings say about when and what.

        Raises:
            UsageError: there is no such channel, or it is disabled.
        """
        if not known_channel(channels_of(self.settings), channel).enabled:
            raise UsageError(DISABLED.said(channel=channel))
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

    async def list_notifications(self, wanted: Listing, limit: int) -> results.NotificationList:
        """Return notifications, newest first.

        Raises:
            UsageError: there is none of the channel, and no such channel.
        """
        values = {
            "before": wanted.before or NEWEST,
            "state": wanted.state,
            "severity": wanted.severity.rank,
            "channel": wanted.channel,
            "user_id": wanted.user_id,
            "limit": limit + 1,
        }

        def work(db: sqlite3.Connection) -> list[results.NotificationInfo]:
            rows = db.execute(QUERIES["listed"], values).fetchall()
            return [results.NotificationInfo(**_info(db, outbox.as_dict(row))) for row in rows]

        found = await self._store.read(work)
        if not found and wanted.channel is not None:
            known_channel(channels_of(self.settings), wanted.channel)
        return results.NotificationList(notifications=tuple(found[:limit]), more=len(found) > limit)

    async def show(self, number: int) -> results.NotificationReport:
        """Return all about one.

        Raises:
            UsageError: there is none.
        """
        return await self._store.read(lambda db: _report(db, number))

    async def retry(self, number: int | None, channel: str | None, actor: Actor) -> results.Retried:
        """Try anew what was given up.

        Args:
            number: which one; None: all.
            channel: only what failed there; None: on any.
            actor: who wants it.

        Raises:
            UsageError: there is none, nothing of it was given up, or there is no such channel.
        """
        what = "all" if number is None else str(number)
        done = self._audit.done(actor, "notify.retry", what, kinds.RETRIED, channel or "")

        def work(db: sqlite3.Connection) -> list[int]:
            chosen = _chosen(db, number, channel)
            if not chosen and channel is not None:
                known_channel(channels_of(self.settings), channel)
            for one in chosen:
                deliveries.retry(db, one, channel, self.now())
            done.write(db)
            return chosen

        retried = await self._store.write(work)
        await self._audit.keep(done, is_written=True)
        return results.Retried(notifications=tuple(retried))

    async def channels(self) -> results.ChannelList:
        """Return all channels by name, and how they are."""
        now = self.now()
        zone = self.settings.of(NotificationSettings).timezone

        def work(db: sqlite3.Connection) -> list[results.ChannelInfo]:
            counts: dict[str, dict[str, int]] = {}
            for name, state, count in db.execute(QUERIES["counts"]):
                counts.setdefault(name, {})[state] = count
            return [
                _channel_info(db, name, one, counts.get(name, {}), (zone, now))
                for name, one in sorted(channels_of(self.settings).items())
            ]

        return results.ChannelList(channels=tuple(await self._store.read(work)))

    # ---- How users are notified ---------------------------------------------------------------

    async def preferences(self, user_id: str | None) -> results.PreferencesList:
        """Return how users are notified.

        Args:
            user_id: one, also who has said nothing; None: all who have said something.
        """

        def work(db: sqlite3.Connection) -> list[preferences.Preferences]:
            if user_id is None:
                return preferences.of_all(db, self.settings)
            return [preferences.of_user(db, self.settings, user_id)]

        found = await self._store.read(work)
        return results.PreferencesList(preferences=tuple(map(_preferences_info, found)))

    async def set_preferences(
        self, user_id: str, changes: Mapping[str, Any], actor: Actor
    ) -> results.PreferencesList:
        """Change how a user is notified.

        Args:
            user_id: who.
            changes: fields of a `[[recipients]]` entry; others stay as they are.
            actor: who wants it.

        Raises:
            UsageError: nothing is to be changed, it cannot be so, or there is no such channel.
        """
        if not changes:
            raise UsageError(NO_CHANGE.said())
        channels = channels_of(self.settings)
        given = preferences.checked(user_id, changes)
        for name in given.channels:
            known_channel(channels, name)

        def work(db: sqlite3.Connection) -> Done:
            before, after = preferences.change(
                db, self.settings, user_id, changes, actor.id, self.now()
            )
            was, is_now = (
                before.wanted.model_dump(mode="json"),
                after.wanted.model_dump(mode="json"),
            )
            detail = ", ".join(
                f"{name}: {is_now[name]!r}, was {was[name]!r}"
                for name in preferences.FIELDS
                if is_now[name] != was[name]
            )
            done = self._preferences_done(user_id, actor, detail or "all is as it was")
            done.write(db)
            return done

        await self._audit.keep(await self._store.write(work), is_written=True)
        return await self.preferences(user_id)

    async def reset_preferences(self, user_id: str, actor: Actor) -> results.PreferencesList:
        """Have a user notified as the settings say.

        Raises:
            UsageError: nothing of theirs was changed at run time.
        """
        done = self._preferences_done(user_id, actor, "as the settings say")

        def work(db: sqlite3.Connection) -> None:
            if not preferences.forget(db, user_id):
                raise UsageError(
                    f"{user_id} is notified as the settings say already; "
                    f"'meshvisor notify preferences show {user_id}' says how"
                )
            done.write(db)

        await self._store.write(work)
        await self._audit.keep(done, is_written=True)
        return await self.preferences(user_id)

    def _preferences_done(self, user_id: str, actor: Actor, detail: str) -> Done:
        return self._audit.done(
            actor, "notify.preferences", user_id, kinds.PREFERENCES_CHANGED, detail
        )

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
        """Return the title and the text of a notification.

        Raises:
            UsageError: there is no such template, or there are no words.
        """
        if words.template is None:
            if not (words.title or "").strip():
                raise UsageError(NO_TITLE.said())
            return words.title or "", words.text or ""
        templates = self.settings.named(TemplateSettings)
        found = templates.get(words.template)
        if found is None:
            raise UsageError(_no_template(words.template, templates))
        data = words.data or {}
        used = [found.title] if not words.title else []
        used += [found.text] if not words.text else []
        if missing := without_value(used, data):
            named = " and ".join(f"{{{name}}}" for name in missing)
            raise UsageError(
                f"the template {words.template!r} needs {named}, which the data has not; add it, "
                "as null where it is not known"
            )
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
    if not any(state == "failed" and channel in (None, way) for way, state, *_ in states):
        nothing = NOT_GIVEN_UP if channel is None else NOT_GIVEN_UP_THERE
        raise UsageError(nothing.said(number=number, channel=channel))
    return [number]


def _no_notification(number: int) -> UnknownError:
    return UnknownError(NO_NOTIFICATION.said(number=number))


def _no_template(name: str, known: Collection[str]) -> str:
    from meshvisor.shared.near_names import LOOSE, NEAREST, did_you_mean, near_names

    hint = did_you_mean(near_names(name, known, NEAREST, LOOSE))
    if not hint and known:
        hint = f"known are {', '.join(known)}"
    if not hint:
        hint = 'none is set up; add [templates.NAME] with title = "{who} has won"'
    return f"there is no template {name[:64]!r} in the settings; {hint}"


def _report(db: sqlite3.Connection, number: int) -> results.NotificationReport:
    row = outbox.find(db, number)
    if row is None:
        raise _no_notification(number)
    ways = [
        results.DeliveryInfo(
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
    return results.NotificationReport(
        **_info(db, row), text=text, key=row["key"], deliveries=tuple(ways)
    )


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


def _preferences_info(found: preferences.Preferences) -> results.PreferencesInfo:
    wanted = found.wanted
    return results.PreferencesInfo(
        user_id=wanted.user,
        channels=wanted.channels,
        severity=wanted.severity.value,
        quiet_hours=wanted.quiet_hours or None,
        timezone=wanted.timezone or None,
        source=found.source,
        changed=found.is_changed,
    )


def _channel_info(
    db: sqlite3.Connection,
    name: str,
    one: ChannelSettings,
    counts: dict[str, int],
    at: tuple[str, int],
) -> results.ChannelInfo:
    zone, now = at
    row = db.execute(QUERIES["channel"], (name,)).fetchone()
    paused_until, failures, error, _, _, sent_at = row or (0, 0, None, 0, 0, None)
    return results.ChannelInfo(
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
