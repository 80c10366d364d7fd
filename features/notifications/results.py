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
    """When it is tried again after it has failed; None: it is not left alone."""
    failures: int
    """In a row."""
    error: str | None
    """Of the newest failure; None: it works."""
    sent_at: str | None
    """When it has taken something last."""
    counts: dict[str, int]
    """Deliveries by state."""


class ChannelList(Result):
    """Answer to `notify_channels`."""

    channels: tuple[ChannelInfo, ...]


class Retried(Result):
    """Answer to `notify_retry`."""

    notifications: tuple[int, ...]
    """Those that are tried anew."""
