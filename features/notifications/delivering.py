"""What the runner that delivers asks of the supervisor: `notify_due`, `notify_claim` and others.

Owns their shapes.  They are for the action `notification-processing`; the answer to `notify_claim`
holds the address of the channel, which goes nowhere but through the control socket.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from meshvisor.features.notifications.model.notification import Outcome
from meshvisor.features.notifications.supervisor.processing import Processing
from meshvisor.shared.control.request import LongRequest, MeshId, Request
from meshvisor.shared.control.results import Result
from meshvisor.supervisor.control.handling import Call, Handler, handles

LONGEST_PATIENCE: Final = 10.0
"""Seconds that an answer may wait for something to be due."""

MOST_OUTCOMES: Final = 1000

ChannelName = Annotated[str, Field(min_length=1, max_length=64)]
Lease = Annotated[str, Field(min_length=1, max_length=64)]


class DueChannels(Result):
    """Answer to `notify_due`."""

    channels: tuple[str, ...]
    """Those that have something to be delivered now."""


class AskDue(Request):
    """Which channels have something to be delivered."""

    type: Literal["notify_due"] = "notify_due"
    busy: tuple[ChannelName, ...] = ()
    """Channels that are at work already, and are left out."""
    patience: float = Field(0, ge=0, le=LONGEST_PATIENCE)
    """Seconds to wait for one."""


@handles(AskDue)
async def ask_due(request: AskDue, call: Call) -> DueChannels:
    """Return them, also what is not urgent."""
    processing = call.need(Processing)
    found = await processing.due(frozenset(request.busy), request.patience)
    return DueChannels(channels=tuple(found))


class HandedMessage(Result):
    """A message to be delivered."""

    delivery_id: int
    notification_id: int
    title: str
    text: str
    severity: str
    mesh_id: str | None
    """Where it is said, on a channel that is a chat."""
    user_id: str | None
    """To whom; null: to all there."""


class Handout(Result):
    """Answer to `notify_claim`."""

    kind: str
    url: str
    """A secret; empty: the channel is a chat."""
    timeout: float
    at_once: int
    messages: tuple[HandedMessage, ...]


class ClaimMessages(LongRequest):
    """Take what is due on a channel."""

    type: Literal["notify_claim"] = "notify_claim"
    channel: ChannelName
    lease: Lease
    """The number of the job that takes it."""


@handles(ClaimMessages)
async def claim_messages(request: ClaimMessages, call: Call) -> Handout:
    """Hand it out."""
    found = await call.need(Processing).claim(request.channel, request.lease)
    if found is None:
        return Handout(kind="url", url="", timeout=1, at_once=1, messages=())
    settings = found.settings
    messages = tuple(
        HandedMessage(
            delivery_id=one.delivery_id,
            notification_id=one.notification_id,
            title=title,
            text=text,
            severity=one.severity.value,
            mesh_id=settings.mesh or one.mesh_id,
            user_id=settings.user or one.user_id,
        )
        for one, title, text in found.messages
    )
    return Handout(
        kind=settings.kind,
        url=settings.url.get_secret_value(),
        timeout=settings.timeout,
        at_once=settings.at_once,
        messages=messages,
    )


class ReportedOutcome(Result):
    """What became of a message; see `model.notification.Outcome`."""

    delivery_id: int
    error: str | None = Field(None, max_length=1000)
    retry_after: float | None = Field(None, ge=0)
    is_final: bool = False
    is_limited: bool = False
    is_alone: bool = False


class ReportOutcomes(Request):
    """Say what became of messages."""

    type: Literal["notify_report"] = "notify_report"
    channel: ChannelName
    lease: Lease
    outcomes: tuple[ReportedOutcome, ...] = Field(max_length=MOST_OUTCOMES)


@handles(ReportOutcomes)
async def report_outcomes(request: ReportOutcomes, call: Call) -> None:
    """Write it down."""
    outcomes = [Outcome(**dict(one)) for one in request.outcomes]
    await call.need(Processing).report(request.channel, request.lease, outcomes)


class Said(Result):
    """Answer to `notify_say`."""

    is_said: bool
    """False: the bot is not in the room."""


class SayIt(Request):
    """Have the bot of a mesh say a message."""

    type: Literal["notify_say"] = "notify_say"
    notification_id: int
    mesh_id: MeshId
    user_id: str | None = Field(None, max_length=512)
    text: str = Field(max_length=32_768)


@handles(SayIt)
async def say_it(request: SayIt, call: Call) -> Said:
    """Have it said, and wait until it is."""
    said = await call.need(Processing).say(
        request.notification_id, request.mesh_id, request.user_id, request.text
    )
    return Said(is_said=said)


DELIVERING: Final[tuple[Handler, ...]] = (
    ask_due,
    claim_messages,
    report_outcomes,
    say_it,
)
