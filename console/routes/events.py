"""`/api/v1/events`: what has happened, what happens now, and who has changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Header, Query, Request
from pydantic import Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Moment
from meshvisor.console.problem import of_error
from meshvisor.console.routes.history import entries, known, page
from meshvisor.console.routing import FeatureRoutes, as_json_text, event_stream
from meshvisor.console.stream import EventReading, Viewer
from meshvisor.shared.control.results import AuditRecords, Result
from meshvisor.shared.errors import UsageError
from meshvisor.shared.events.log import Wanted

ROUTES: Final = FeatureRoutes("events", about="What has happened, and what happens now.")
AUDIT: Final = FeatureRoutes("audit", about="Who has changed what, from where and when.")

MOST_EVENTS: Final = 1000
MOST_ENTRIES: Final = 10_000
LONGEST_KIND: Final = 100

Kinds = Annotated[
    str,
    Query(
        max_length=2000,
        description="Names and families, separated by commas; empty: all.",
        examples=["job.*,mesh.failed"],
    ),
]


class EventRecord(Result):
    """One event."""

    seq: int
    at: str
    kind: str
    subject: str | None
    mesh_id: str | None
    actor: str | None
    data: dict[str, Any]


class EventPage(Result):
    """Events, and where to go on."""

    events: tuple[EventRecord, ...]
    """Oldest first."""
    next: int = Field(description="The `cursor` of what comes behind this page.")
    unreadable: tuple[int, ...] = ()
    """Numbers of those that are left out, because their data is no JSON object."""


@ROUTES.get("", "view", result=EventPage)
async def list_events(  # noqa: PLR0913, PLR0917 - each is a parameter of the query
    caller: Asking,
    kinds: Kinds = "",
    mesh_id: Annotated[str | None, Query(max_length=255)] = None,
    subject: Annotated[
        str | None, Query(max_length=255, description="What they are about: a user, a job.")
    ] = None,
    cursor: Annotated[
        int | None,
        Query(ge=0, le=2**53, description="Only those behind this one; null: the newest ones."),
    ] = None,
    since: Annotated[
        Moment | None, Query(description="Only those since about this moment; null: all.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_EVENTS)] = 50,
) -> Any:
    """List events of the log, oldest first."""
    names = split(kinds)
    if not known(names):
        # It says what there is instead, or finds events of another version.
        answer = await caller.ask(
            "events", kinds=names, mesh_id=mesh_id, subject=subject, after=cursor, limit=limit
        )
        late = [one for one in answer["events"] if since is None or _moment_of(one) >= since]
        return {**answer, "events": late}
    wanted = Wanted(tuple(names), mesh_id, subject=subject)
    question = ("events", wanted, cursor, limit, since)
    found = await caller.look(question, lambda db: page(db, cursor, limit, wanted, since))
    return as_json_text(found)


@ROUTES.get(
    "/stream",
    "view",
    responses={
        200: {
            "description": "Server-sent events; `id` is `seq`, `data` the JSON of one event.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
)
async def stream_events(
    request: Request,
    caller: Asking,
    kinds: Kinds = "",
    mesh_id: Annotated[str | None, Query(max_length=255, description="Only of this mesh.")] = None,
    after: Annotated[
        int | None, Query(ge=0, le=2**53, description="As `Last-Event-ID`, which comes first.")
    ] = None,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> Any:
    """Follow the log; a client that comes back with `Last-Event-ID` misses nothing.

    `event: live` says that the past ends, or that the supervisor is back; `event: lost` that it is
    not there at present; `event: gap` that events are left out, because more were missed than are
    sent again: read the lists anew; `event: signed_out` that the session or the token has ended. A
    client that reads too slowly is left, and comes back.
    """
    start = int(last_event_id) if last_event_id and last_event_id.isdecimal() else after
    console = caller.console
    viewer = Viewer(split(kinds), mesh_id)
    reading = EventReading(console.hub, console.control, viewer, start)
    try:
        await reading.check()
    except UsageError as error:
        raise of_error(error) from None
    return event_stream(request, reading.events())


@AUDIT.get("", "view", result=AuditRecords)
async def list_audit(
    caller: Asking, limit: Annotated[int, Query(ge=1, le=MOST_ENTRIES)] = 50
) -> Any:
    """List the newest entries of the audit log, the newest first."""
    return as_json_text(await caller.look(("audit", limit), lambda db: entries(db, limit)))


def split(kinds: str) -> list[str]:
    """Return the kinds that a request names."""
    return [kind.strip()[:LONGEST_KIND] for kind in kinds.split(",") if kind.strip()]


def _moment_of(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["at"])
