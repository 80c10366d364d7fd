"""`events` and `events_follow`: what has happened, and what happens now (docs/events.md)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from meshvisor.shared.control.request import LongRequest, MeshId, Request
from meshvisor.shared.control.results import Result
from meshvisor.shared.events.event import Event
from meshvisor.shared.events.log import Page, Wanted
from meshvisor.supervisor.control.handling import Call, handles
from meshvisor.supervisor.events.known_kinds import check_kinds
from meshvisor.supervisor.events.reading import EventReader
from meshvisor.supervisor.events.service import EventService, all_kinds

MAX_EVENTS: Final = 1000
"""Events of one answer."""

MAX_KIND: Final = 100
"""Characters of the name of a kind."""

MAX_SEQ: Final = 2**53
"""Highest number of an event that may be named: every JSON reader tells it from its neighbours."""


def _check_kind(text: str) -> str:
    if not 0 < len(text) <= MAX_KIND:
        raise ValueError(
            f"a kind of event has 1 to {MAX_KIND} characters, such as 'job.failed', or 'job.*' for "
            f"a family; this one has {len(text) or 'none'}"
        )
    return text


Kinds = tuple[Annotated[str, AfterValidator(_check_kind)], ...]


class GetEvents(LongRequest):
    """Events of the log, oldest first."""

    type: Literal["events"] = "events"
    kinds: Kinds = ()
    """Names and families such as `job.*`; none: all."""
    mesh_id: MeshId | None = None
    """None: events of all meshes and of no mesh."""
    subject: str | None = Field(None, min_length=1, max_length=255)
    """What they are about, such as a user or a job; None: anything."""
    after: int | None = Field(None, ge=0, le=MAX_SEQ)
    """Only events after this one, from the oldest on; None: the newest events."""
    limit: int = Field(50, ge=1, le=MAX_EVENTS)
    """How many."""


class FollowEvents(Request):
    """Stream past events, then new ones until the client leaves."""

    type: Literal["events_follow"] = "events_follow"
    kinds: Kinds = ()
    mesh_id: MeshId | None = None
    subject: str | None = Field(None, min_length=1, max_length=255)
    after: int | None = Field(None, ge=0, le=MAX_SEQ)
    limit: int = Field(50, ge=1, le=MAX_EVENTS)
    """How many of the past; the others are as those of `GetEvents`."""


class EventRecord(Result):
    """One event."""

    seq: int
    at: str
    kind: str
    subject: str | None
    mesh_id: str | None
    actor: str | None
    data: Mapping[str, Any]


class EventPage(Result):
    """Answer to `events`."""

    events: tuple[EventRecord, ...]
    """Oldest first."""
    next: int
    """What `after` has to be for what comes behind this page."""
    unreadable: tuple[int, ...] = ()
    """Numbers of those that are left out, because their data is no JSON object."""


class EventsLive(Result):
    """Where the past of `events_follow` ends and the present begins."""

    live: Literal[True] = True
    next: int
    """As that of a page."""


@handles(GetEvents, offline=True)
async def show_events(request: GetEvents, call: Call) -> EventPage:
    """Return events that were committed, and the cursor of the next page.

    Raises:
        UsageError: there is no such kind.
    """
    page = await _past(request, call)
    return EventPage(
        events=tuple(map(_record, page.events)),
        next=page.next,
        unreadable=tuple(page.unreadable),
    )


@handles(FollowEvents)
async def follow_events(
    request: FollowEvents, call: Call
) -> AsyncGenerator[EventRecord | EventsLive, None]:
    """Yield past events, a mark, and then new ones until the generator is closed.

    Raises:
        UsageError: there is no such kind.
    """
    page = await _past(request, call)
    for event in page.events:
        yield _record(event)
    yield EventsLive(next=page.next)
    # Closed here and not whenever it is collected: until then it counts as a subscriber.
    async with aclosing(call.need(EventService).follow(page.next, _wanted(request))) as coming:
        async for new in coming:
            yield _record(new)


# Private


async def _past(request: GetEvents | FollowEvents, call: Call) -> Page:
    reader = call.need(EventReader)
    await check_kinds(request.kinds, [kind.name for kind in all_kinds()], reader)
    return await reader.page(request.after, request.limit, _wanted(request))


def _wanted(request: GetEvents | FollowEvents) -> Wanted:
    return Wanted(request.kinds, request.mesh_id, subject=request.subject)


def _record(event: Event) -> EventRecord:
    """Return an event as people and programs read it."""
    return EventRecord(
        seq=event.seq,
        at=datetime.fromtimestamp(event.at / 1000, UTC).isoformat(timespec="milliseconds"),
        kind=event.kind,
        subject=event.subject,
        mesh_id=event.mesh_id,
        actor=event.actor,
        data=event.content,
    )
