"""What the control socket can ask of notifications: `notify_send` and others."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from meshvisor.features.notifications.delivering import DELIVERING
from meshvisor.features.notifications.model.notification import LONGEST_KEY
from meshvisor.features.notifications.model.severity import Severity
from meshvisor.features.notifications.results import (
    ChannelList,
    NotificationList,
    NotificationReport,
    PreferencesList,
    Retried,
)
from meshvisor.features.notifications.supervisor.service import Listing, NotificationService, Words
from meshvisor.shared.control.request import LongRequest, MeshId, Request, WrittenUserId
from meshvisor.supervisor.control.handling import Call, Handler, handles

MAX_LISTED: Final = 1000
"""Notifications in one answer."""

StateName = Literal["pending", "sending", "sent", "failed", "digested", "suppressed"]
ChannelName = Annotated[str, Field(min_length=1, max_length=64)]


class SendNotification(Request):
    """Tell people something."""

    type: Literal["notify_send"] = "notify_send"
    title: str | None = None
    text: str | None = None
    template: str | None = None
    """Name of a template, in place of both."""
    data: dict[str, Any] = Field(default_factory=dict)
    """Values for it."""
    severity: Severity = Severity.INFO
    user_id: WrittenUserId | None = None
    """For whom; null: for no user in particular."""
    mesh_id: MeshId | None = None
    """What it is about."""
    key: str | None = Field(None, min_length=1, max_length=LONGEST_KEY)
    channels: tuple[ChannelName, ...] = ()
    """Where; none: as the settings say."""
    is_urgent: bool | None = None
    """Whether it is sent at once; null: it is."""


@handles(SendNotification, offline=True)
async def send_notification(request: SendNotification, call: Call) -> NotificationReport:
    """Add it; it is on its way when a runner has delivered it."""
    words = Words(request.title, request.text, request.template, request.data)
    return await call.need(NotificationService).send(
        words,
        call.actor,
        severity=request.severity,
        user_id=request.user_id,
        mesh_id=request.mesh_id,
        key=request.key,
        channels=request.channels,
        is_urgent=True if request.is_urgent is None else request.is_urgent,
    )


class TestChannel(Request):
    """Send a message on a channel to see whether it works."""

    type: Literal["notify_test"] = "notify_test"
    channel: ChannelName


@handles(TestChannel, offline=True)
async def test_channel(request: TestChannel, call: Call) -> NotificationReport:
    """Add it."""
    return await call.need(NotificationService).test(request.channel, call.actor)


class ListNotifications(LongRequest):
    """Notifications, newest first."""

    type: Literal["notify_list"] = "notify_list"
    before: int | None = Field(None, ge=1)
    """The last number of the page before; null: the first page."""
    limit: int = Field(50, ge=1, le=MAX_LISTED)
    state: StateName | None = None
    severity: Severity = Severity.INFO
    """The least."""
    channel: ChannelName | None = None
    user_id: WrittenUserId | None = None


@handles(ListNotifications, offline=True)
async def list_notifications(request: ListNotifications, call: Call) -> NotificationList:
    """Return one page."""
    wanted = Listing(
        request.before, request.state, request.severity, request.channel, request.user_id
    )
    return await call.need(NotificationService).list_notifications(wanted, request.limit)


class ShowNotification(Request):
    """All about one."""

    type: Literal["notify_show"] = "notify_show"
    number: int = Field(ge=1)


@handles(ShowNotification, offline=True)
async def show_notification(request: ShowNotification, call: Call) -> NotificationReport:
    """Return it."""
    return await call.need(NotificationService).show(request.number)


class RetryNotifications(Request):
    """Try anew what was given up."""

    type: Literal["notify_retry"] = "notify_retry"
    number: int | None = Field(None, ge=1)
    """Which one; null: all."""
    channel: ChannelName | None = None
    """Only those that failed there; null: on any."""


@handles(RetryNotifications, offline=True)
async def retry_notifications(request: RetryNotifications, call: Call) -> Retried:
    """Have them tried."""
    return await call.need(NotificationService).retry(request.number, request.channel, call.actor)


class ListChannels(LongRequest):
    """All channels and how they are."""

    type: Literal["notify_channels"] = "notify_channels"


@handles(ListChannels, offline=True)
async def list_channels(_request: ListChannels, call: Call) -> ChannelList:
    """Return them by name."""
    return await call.need(NotificationService).channels()


class GetPreferences(LongRequest):
    """How users are notified."""

    type: Literal["notify_preferences"] = "notify_preferences"
    user_id: WrittenUserId | None = None
    """One, also who has said nothing; null: all who have said something."""


@handles(GetPreferences, offline=True)
async def get_preferences(request: GetPreferences, call: Call) -> PreferencesList:
    """Return them by user."""
    return await call.need(NotificationService).preferences(request.user_id)


class SetPreferences(Request):
    """Change how a user is notified."""

    type: Literal["notify_preferences_set"] = "notify_preferences_set"
    user_id: WrittenUserId
    changes: dict[str, Any]
    """`channels`, `severity`, `quiet_hours`, `timezone`; what is missing stays as it is."""


@handles(SetPreferences, offline=True)
async def set_preferences(request: SetPreferences, call: Call) -> PreferencesList:
    """Do it."""
    service = call.need(NotificationService)
    return await service.set_preferences(request.user_id, request.changes, call.actor)


class ResetPreferences(Request):
    """Have a user notified as the settings say."""

    type: Literal["notify_preferences_reset"] = "notify_preferences_reset"
    user_id: WrittenUserId


@handles(ResetPreferences, offline=True)
async def reset_preferences(request: ResetPreferences, call: Call) -> PreferencesList:
    """Do it."""
    return await call.need(NotificationService).reset_preferences(request.user_id, call.actor)


HANDLERS: Final[tuple[Handler, ...]] = (
    send_notification,
    test_channel,
    list_notifications,
    show_notification,
    retry_notifications,
    list_channels,
    get_preferences,
    set_preferences,
    reset_preferences,
    *DELIVERING,
)
