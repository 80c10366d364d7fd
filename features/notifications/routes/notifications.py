"""`/api/v1/notifications`: what people are notified of, and the channels on which they are."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import Path, Query
from pydantic import BaseModel, Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.notifications.model.notification import (
    LONGEST_KEY,
    LONGEST_TEXT,
    LONGEST_TITLE,
    State,
)
from meshvisor.features.notifications.model.severity import Severity
from meshvisor.features.notifications.results import (
    ChannelList,
    NotificationList,
    NotificationReport,
    PreferencesList,
    Retried,
)

ROUTES: Final = FeatureRoutes(
    "notifications", about="What people are told who do not watch, and on which channels."
)

MOST_LISTED: Final = 1000
LARGEST_ID: Final = 2**53

Number = Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[17])]
ChannelName = Annotated[str, Field(min_length=1, max_length=64, examples=["mail"])]
ChannelPath = Annotated[str, Path(min_length=1, max_length=64, examples=["mail"])]
Name = Annotated[str, Field(min_length=1, max_length=255)]
UserPath = Annotated[str, Path(min_length=1, max_length=255, examples=["12345"])]


class NotificationFilter(BaseModel, extra="forbid"):
    """Which notifications are wanted; what is not given is not asked for."""

    state: State | None = Field(None, description="Where they stand.")
    severity: Severity = Field(Severity.INFO, description="The least.")
    channel: ChannelName | None = None
    user_id: Name | None = None
    before: int | None = Field(
        None, ge=1, le=LARGEST_ID, description="The last number of the page before."
    )
    limit: int = Field(50, ge=1, le=MOST_LISTED)


class NewNotification(Body):
    """What is to be sent: a title, or a template with its values."""

    title: Annotated[str, Field(max_length=LONGEST_TITLE)] | None = Field(
        None, examples=["The server moves at noon"]
    )
    text: Annotated[str, Field(max_length=LONGEST_TEXT)] | None = None
    template: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="Of the settings, in place of words."
    )
    data: dict[str, Any] = Field({}, description="Values for the template.")
    severity: Literal["info", "warning", "critical"] = "info"
    channels: list[ChannelName] = Field(
        [], max_length=64, description="Where; none: as the settings say."
    )
    user_id: Name | None = Field(None, description="For whom; null: for no user in particular.")
    mesh_id: Name | None = Field(None, description="What it is about.")
    key: Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)] | None = Field(
        None, description="The same key is sent once, and counted."
    )
    is_urgent: bool = Field(True, description="Whether it is sent at once.")


class Retry(Body):
    """What is tried anew of what was given up."""

    number: int | None = Field(None, ge=1, le=LARGEST_ID, description="null: all.")
    channel: ChannelName | None = Field(None, description="Only what failed there; null: on any.")


class Preferences(Body):
    """How a user wants to be notified; what is missing stays as it is."""

    channels: list[ChannelName] = Field(
        [], max_length=64, description="Where, in place of all before."
    )
    severity: Literal["info", "warning", "critical"] = Field("info", description="The least.")
    quiet_hours: Annotated[str, Field(max_length=32)] = Field(
        "", description="From when to when; empty: none.", examples=["20:00-09:00"]
    )
    timezone: Annotated[str, Field(max_length=64)] = Field(
        "", description="Of the quiet hours; empty: as in the settings.", examples=["Asia/Kolkata"]
    )


@ROUTES.get("", "view", result=NotificationList)
async def list_notifications(caller: Asking, wanted: Annotated[NotificationFilter, Query()]) -> Any:
    """List notifications that match, newest first, and where they stand."""
    return await caller.ask("notify_list", **wanted.model_dump(mode="json"))


@ROUTES.post("", "operate", result=NotificationReport, status=201)
async def send_notification(caller: Asking, body: NewNotification) -> Any:
    """Tell people something."""
    return await caller.ask("notify_send", **body.model_dump())


@ROUTES.post("/retry", "operate", result=Retried)
async def retry_notifications(caller: Asking, body: Retry) -> Any:
    """Try anew what was given up."""
    return await caller.ask("notify_retry", **body.model_dump())


@ROUTES.get("/channels", "view", result=ChannelList)
async def list_channels(caller: Asking) -> Any:
    """List all channels and how they are; addresses are without anything secret."""
    return await caller.ask("notify_channels")


@ROUTES.post("/channels/{channel}/test", "operate", result=NotificationReport, status=201)
async def test_channel(caller: Asking, channel: ChannelPath) -> Any:
    """Send a message on a channel, to see whether it arrives."""
    return await caller.ask("notify_test", channel=channel)


@ROUTES.get("/preferences", "view", result=PreferencesList)
async def list_preferences(caller: Asking) -> Any:
    """List how users are notified who have said so."""
    return await caller.ask("notify_preferences")


@ROUTES.get("/preferences/{user_id}", "view", result=PreferencesList)
async def show_preferences(caller: Asking, user_id: UserPath) -> Any:
    """Show how a user is notified, also one who has said nothing."""
    return await caller.ask("notify_preferences", user_id=user_id)


@ROUTES.patch("/preferences/{user_id}", "edit", result=PreferencesList)
async def set_preferences(caller: Asking, user_id: UserPath, body: Preferences) -> Any:
    """Change how a user is notified; it overrides the settings."""
    changes = body.model_dump(exclude_unset=True)
    return await caller.ask("notify_preferences_set", user_id=user_id, changes=changes)


@ROUTES.delete("/preferences/{user_id}", "edit", result=PreferencesList)
async def reset_preferences(caller: Asking, user_id: UserPath) -> Any:
    """Have a user notified as the settings say."""
    return await caller.ask("notify_preferences_reset", user_id=user_id)


@ROUTES.get("/{number:int}", "view", result=NotificationReport)
async def show_notification(caller: Asking, number: Number) -> Any:
    """Show all about one, and what became of it on each of its channels."""
    return await caller.ask("notify_show", number=number)
