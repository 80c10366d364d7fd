"""What the supervisor says about notifications, each sentence by its code (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

NO_NOTIFICATION: Final = Wording(
    "notifications.unknown",
    "there is no notification {number}; 'meshvisor notify list' shows those there are",
)
NO_SUCH_CHANNEL: Final = Wording(
    "notifications.no_channel",
    "there is no channel {channel!r}; {hint}",
)
KNOWN_CHANNELS: Final = Wording(
    "notifications.known_channels",
    "known are {names}; [channels.{channel}] would make one",
)
CHANNEL_GONE: Final = Wording(
    "notifications.channel_gone",
    "there is no channel {channel} in the settings any more",
)
NOBODY: Final = Wording("notifications.nobody", "no channel takes it")
NOT_FOR_USER: Final = Wording("notifications.not_for_user", "no channel leads to {user_id}")
DISABLED: Final = Wording(
    "notifications.disabled",
    "the channel {channel!r} is disabled; write enabled = true in [channels.{channel}]",
)
NOT_GIVEN_UP: Final = Wording(
    "notifications.not_given_up",
    "nothing of notification {number} was given up; 'meshvisor notify show {number}' says "
    "where it stands",
)
NOT_GIVEN_UP_THERE: Final = Wording(
    "notifications.not_given_up_there",
    "nothing of notification {number} was given up on the channel {channel}; 'meshvisor notify "
    "show {number}' says where it stands",
)
NO_TITLE: Final = Wording(
    "notifications.no_title",
    "a notification needs a title; write one line of it",
)
NO_CHANGE: Final = Wording(
    "notifications.no_change",
    "say what is to be changed, such as --channel mail",
)
WAIT: Final = Wording("notifications.wait", "Notifications wait: {why}")
CHANNEL_FAILS: Final = Wording(
    "notifications.channel_fails",
    "The channel {name} takes no notifications: {why}; 'meshvisor notify test {name}' tries it.",
)
ACTION: Final = Wording("notifications.action", "Deliver the notifications that are due.")
