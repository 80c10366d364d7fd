"""Where a notification goes and when: a pure function of the settings and the moment."""

from __future__ import annotations

from collections.abc import Iterator

from meshvisor.features.notifications.model.notification import NewNotification, Route, Routing
from meshvisor.features.notifications.model.quiet_hours import QuietHours
from meshvisor.features.notifications.model.severity import Severity
from meshvisor.features.notifications.settings import (
    CHAT,
    ChannelSettings,
    NotificationSettings,
    RecipientSettings,
    channels_of,
)
from meshvisor.features.notifications.supervisor.digests import next_digest
from meshvisor.features.notifications.wordings import (
    KNOWN_CHANNELS,
    NO_SUCH_CHANNEL,
    NOBODY,
    NOT_FOR_USER,
)
from meshvisor.shared.errors import UsageError
from meshvisor.shared.settings.model import Settings

NO_CHANNEL = NOBODY()


def routing(
    settings: Settings, new: NewNotification, now: int, wanted: RecipientSettings | None = None
) -> Routing:
    """Return where a notification goes.

    Args:
        settings: say which channels there are.
        new: the notification.
        now: epoch milliseconds.
        wanted: the preferences of the user for whom it is; None: the defaults.

    Raises:
        UsageError: it names a channel that there is not.
    """
    channels = channels_of(settings)
    if new.channels:
        named = [(name, known_channel(channels, name)) for name in dict.fromkeys(new.channels)]
        return Routing(tuple(_route(settings, new, name, one, (), now) for name, one in named))
    if new.user_id is not None:
        return _to_user(settings, channels, new, wanted, now)
    rank = max(new.severity.rank, (new.reaches or new.severity).rank)
    routes = tuple(
        _route(settings, new, name, one, (), now)
        for name, one in channels.items()
        if one.enabled and one.everything and rank >= one.severity.rank
    )
    return Routing(routes, None if routes else NO_CHANNEL)


def known_channel(channels: dict[str, ChannelSettings], name: str) -> ChannelSettings:
    """Return a channel.

    Raises:
        UsageError: there is none; one sentence.
    """
    if name in channels:
        return channels[name]
    from meshvisor.shared.near_names import LOOSE, NEAREST, did_you_mean, near_names

    hint = did_you_mean(near_names(name, channels, NEAREST, LOOSE))
    hint = hint or KNOWN_CHANNELS(names=", ".join(channels), channel=name[:40])
    raise UsageError(NO_SUCH_CHANNEL.said(channel=name[:64], hint=hint))


# Private


def _to_user(
    settings: Settings,
    channels: dict[str, ChannelSettings],
    new: NewNotification,
    wanted: RecipientSettings | None,
    now: int,
) -> Routing:
    wanted = wanted or RecipientSettings(user=new.user_id or "")
    if new.severity.rank < wanted.severity.rank:
        return Routing((), f"{new.user_id} wants to be told of {wanted.severity} and worse")
    zone = settings.of(NotificationSettings).timezone
    routes = tuple(
        _route(settings, new, name, channels[name], (wanted.hours(zone),), now)
        for name in dict.fromkeys(wanted.channels)
        # One that the settings have no more may stand in what was changed at run time.
        if name in channels
        and channels[name].enabled
        and (name != CHAT or new.mesh_id or channels[name].mesh)
    )
    return Routing(routes, None if routes else NOT_FOR_USER(user_id=new.user_id))


def _route(
    settings: Settings,
    new: NewNotification,
    name: str,
    channel: ChannelSettings,
    others: tuple[QuietHours, ...],
    now: int,
) -> Route:
    due = now + round(new.gather * 1000)
    if new.severity is Severity.CRITICAL or new.channels:
        return Route(name, due, new.is_prompt)
    hours = (channel.hours(settings.of(NotificationSettings).timezone), *others)
    ends = list(_ends(hours, due))
    if ends:
        return Route(name, max(ends), True, can_gather=True, reason="quiet hours")
    if channel.digest and new.severity is Severity.INFO:
        return Route(name, next_digest(channel, due), True, can_gather=True, reason="digest")
    return Route(name, due, new.is_prompt)


def _ends(hours: tuple[QuietHours, ...], moment: int) -> Iterator[int]:
    for one in hours:
        until = one.until(moment)
        if until is not None:
            yield until
