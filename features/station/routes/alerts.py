"""`/api/v1/station/alerts`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Header, Path, Query
from pydantic import BaseModel, Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body
from meshvisor.features.station.model.alert import (
    LONGEST_KEY,
    LONGEST_MESSAGE,
    LONGEST_NOTE,
    LONGEST_SOURCE,
    LONGEST_TITLE,
)
from meshvisor.features.station.results import AlertList, AlertOutcome, AlertReport
from meshvisor.features.station.routes.area import (
    LARGEST_ID,
    MOST_LISTED,
    ROUTES,
    MeshField,
    NameField,
    UserField,
)

SeverityName = Literal["info", "warning", "critical", "emergency"]

Number = Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[7])]
Key = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]
RequestKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=LONGEST_KEY,
        description="Under a key that is known the alert that is there already is the answer.",
    ),
]


class Wanted(BaseModel, extra="forbid"):
    """Which alerts are wanted; what is not given is not asked for."""

    state: Literal["open", "acknowledged", "resolved", "unresolved"] | None = None
    severity: SeverityName = Field("info", description="The least.")
    source: Annotated[str, Field(max_length=LONGEST_SOURCE)] | None = None
    user_id: UserField | None = None
    zone: NameField | None = None
    mesh_id: MeshField | None = None
    before: int | None = Field(
        None, ge=1, le=LARGEST_ID, description="The last number of the page before."
    )
    limit: int = Field(50, ge=1, le=MOST_LISTED)


class NewAlert(Body):
    """What operators have to know and take care of."""

    title: str = Field(
        min_length=1, max_length=LONGEST_TITLE, examples=["The pump does not answer"]
    )
    message: str = Field("", max_length=LONGEST_MESSAGE)
    severity: SeverityName = "warning"
    source: str = Field(
        "operator", min_length=1, max_length=LONGEST_SOURCE, description="What raises it."
    )
    dedup_key: Key | None = Field(
        None,
        description="As long as an alert with the same key is not resolved, that one is counted.",
        examples=["pump"],
    )
    user_id: UserField | None = None
    zone: NameField | None = None
    mesh_id: MeshField | None = None


class Note(Body):
    """A remark about an alert."""

    note: str = Field("", max_length=LONGEST_NOTE, examples=["On my way"])


class Text(Body):
    """Something to be kept with an alert."""

    text: str = Field(min_length=1, max_length=LONGEST_NOTE, examples=["The fuse was blown"])


@ROUTES.get("/alerts", "view", result=AlertList)
async def list_alerts(caller: Asking, wanted: Annotated[Wanted, Query()]) -> Any:
    """List alerts that match, newest first, and how many there are of each state."""
    return await caller.ask("alerts_list", **wanted.model_dump(mode="json"))


@ROUTES.post("/alerts", "operate", result=AlertOutcome, status=201)
async def create_alert(caller: Asking, body: NewAlert, key: RequestKey = None) -> Any:
    """Raise an alert; one with the same key that is not resolved is counted instead."""
    return await caller.ask("alert_create", **body.model_dump(), idempotency_key=key)


@ROUTES.get("/alerts/{number:int}", "view", result=AlertReport)
async def show_alert(caller: Asking, number: Number) -> Any:
    """Show all about one, with its newest notes."""
    return await caller.ask("alert_show", number=number)


@ROUTES.post("/alerts/{number:int}/acknowledge", "operate", result=AlertReport)
async def acknowledge_alert(caller: Asking, number: Number, body: Note) -> Any:
    """Say that you take care of an alert; once more changes nothing but adds the note."""
    return await caller.ask("alert_acknowledge", number=number, note=body.note)


@ROUTES.post("/alerts/{number:int}/resolve", "operate", result=AlertReport)
async def resolve_alert(caller: Asking, number: Number, body: Note) -> Any:
    """Say that an alert is over, which is final; once more changes nothing but adds the note."""
    return await caller.ask("alert_resolve", number=number, note=body.note)


@ROUTES.post("/alerts/{number:int}/notes", "operate", result=AlertReport)
async def note_alert(caller: Asking, number: Number, body: Text) -> Any:
    """Write something about an alert."""
    return await caller.ask("alert_note", number=number, text=body.text)
