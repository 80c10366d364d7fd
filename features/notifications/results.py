"""What requests about notifications return: the JSON that `--json` prints (docs/cli.md)."""

from __future__ import annotations

from meshvisor.shared.control.results import Result


class DeliveryInfo(Result):
    """One way of a notification."""

    channel: str
    state: str
    """`pending`, `sending`, `sent`, `failed`, `digested` or `suppressed`."""
    attempts: int
    due_at: str | None
    """When it is tried, or tried again; None: it is not."""
    reason: str | None
    """Why it waits or was given up."""
    changed_at: str


class NotificationInfo(Result):
    """One notification as it is listed."""

    id: int
    created_at: str
    updated_at: str
    state: str
    """As of a delivery; of several the one that needs something most."""
    reason: str | None
    severity: str
    title: str
    count: int
    """How often it was added."""
    user_id: str | None
    mesh_id: str | None
    source: str
    channels: tuple[str, ...]


class NotificationReport(NotificationInfo):
    """Answer to `notify_show` and `notify_send`."""

    text: str
    key: str | None
    deliveries: tuple[DeliveryInfo, ...]


class NotificationList(Result):
    """Answer to `notify_list`."""

    notifications: tuple[NotificationInfo, ...]
    """Newest first."""
    more: bool


class ChannelInfo(Result):
    """One channel."""

    name: str
    kind: str
    address: str
    """Without anything secret."""
    enabled: bool
    everything: bool
    severity: str
    quiet_until: str | None
    """None: it has no quiet hours now."""
    paused_until: str | None
    """Until when it is left alone, because it has failed, has asked for it, or has had its `rate`;
    None: it is not."""
    failures: int
    """In a row."""
    error: str | None
    """What it has said last in place of taking a message; None: it works."""
    sent_at: str | None
    """When it has taken something last."""
    counts: dict[str, int]
    """Deliveries by state."""


class ChannelList(Result):
    """Answer to `notify_channels`."""

    channels: tuple[ChannelInfo, ...]


class PreferencesInfo(Result):
    """How one user wants to be notified."""

    user_id: str
    channels: tuple[str, ...]
    severity: str
    """The least."""
    quiet_hours: str | None
    timezone: str | None
    """None: that of `[notifications]`."""
    source: str
    """`default` (they have said nothing), `settings` or `run time`."""
    changed: bool
    """Whether their entry of the settings was changed at run time."""


class PreferencesList(Result):
    """Answer to `notify_preferences`, `notify_preferences_set` and `notify_preferences_reset`."""

    preferences: tuple[PreferencesInfo, ...]
    """By user."""


class Retried(Result):
    """Answer to `notify_retry`."""

    notifications: tuple[int, ...]
    """Those that are tried anew."""
