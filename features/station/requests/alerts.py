"""What can be asked of alerts."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from meshvisor.features.station.model.alert import (
    LONGEST_KEY,
    LONGEST_MESSAGE,
    LONGEST_NOTE,
    LONGEST_SOURCE,
    LONGEST_TITLE,
    AlertFilter,
    AlertState,
    NewAlert,
)
from meshvisor.features.station.model.severity import Severity
from meshvisor.features.station.requests.fields import Limit, Name, UserName
from meshvisor.features.station.results import AlertList, AlertOutcome, AlertReport
from meshvisor.features.station.supervisor.alerts import AlertService, Which
from meshvisor.shared.control.request import LongRequest, MeshId, Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

LARGEST_ID: Final = 2**53

Key = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]
Number = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class ListAlerts(LongRequest):
    """Alerts, newest first."""

    type: Literal["alerts_list"] = "alerts_list"
    state: AlertState | Literal["unresolved"] | None = None
    """Null: any."""
    severity: Severity = Severity.INFO
    """The least."""
    source: str | None = Field(None, max_length=LONGEST_SOURCE)
    user_id: UserName | None = None
    zone: Name | None = None
    mesh_id: MeshId | None = None
    before: Number | None = None
    """The last number of the page before; null: the first page."""
    limit: Limit = 50


@handles(ListAlerts, offline=True)
async def list_alerts(request: ListAlerts, call: Call) -> AlertList:
    """Return one page."""
    wanted = AlertFilter(
        state=request.state,
        severity=request.severity,
        source=request.source,
        user_id=request.user_id,
        zone=request.zone,
        mesh_id=request.mesh_id,
    )
    return await call.need(AlertService).list_alerts(wanted, request.before, request.limit)


class ShowAlert(Request):
    """All about one."""

    type: Literal["alert_show"] = "alert_show"
    number: Number


@handles(ShowAlert, offline=True)
async def show_alert(request: ShowAlert, call: Call) -> AlertReport:
    """Return it."""
    return await call.need(AlertService).show(request.number)


class CreateAlert(Request):
    """Raise an alert."""

    type: Literal["alert_create"] = "alert_create"
    title: str = Field(min_length=1, max_length=LONGEST_TITLE)
    message: str = Field("", max_length=LONGEST_MESSAGE)
    severity: Severity = Severity.WARNING
    source: str = Field("operator", min_length=1, max_length=LONGEST_SOURCE)
    dedup_key: Key | None = None
    """As long as one with the same key is not resolved, that one is counted."""
    idempotency_key: Key | None = None
    """The same request again, and nothing else, has the same one."""
    user_id: UserName | None = None
    zone: Name | None = None
    mesh_id: MeshId | None = None


@handles(CreateAlert, offline=True)
async def create_alert(request: CreateAlert, call: Call) -> AlertOutcome:
    """Raise it."""
    new = NewAlert(
        title=request.title,
        message=request.message,
        severity=request.severity,
        source=request.source,
        dedup_key=request.dedup_key,
        idempotency_key=request.idempotency_key,
        user_id=request.user_id,
        zone=request.zone,
        mesh_id=request.mesh_id,
    )
    return await call.need(AlertService).create(new, call.actor)


class _OneAlert(Request):
    number: Number | None = None
    dedup_key: Key | None = None
    """In place of its number: the one with this key that is not resolved."""
    note: str = Field("", max_length=LONGEST_NOTE)
    """A remark about it; empty: none."""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.number is None) == (self.dedup_key is None):
            raise ValueError("name the alert by its number or by its dedup_key, and not by both")
        return self

    @property
    def which(self) -> Which:
        """Which one is meant."""
        return Which(self.number, self.dedup_key)


class AcknowledgeAlert(_OneAlert):
    """Acknowledge an alert: say that its caller takes care of it."""

    type: Literal["alert_acknowledge"] = "alert_acknowledge"


@handles(AcknowledgeAlert, offline=True)
async def acknowledge_alert(request: AcknowledgeAlert, call: Call) -> AlertReport:
    """Say it; once more changes nothing."""
    return await call.need(AlertService).acknowledge(request.which, request.note, call.actor)


class ResolveAlert(_OneAlert):
    """Say that an alert is over."""

    type: Literal["alert_resolve"] = "alert_resolve"


@handles(ResolveAlert, offline=True)
async def resolve_alert(request: ResolveAlert, call: Call) -> AlertReport:
    """Say it; once more changes nothing."""
    return await call.need(AlertService).resolve(request.which, request.note, call.actor)


class NoteAlert(Request):
    """Write something about an alert."""

    type: Literal["alert_note"] = "alert_note"
    number: Number
    text: str = Field(min_length=1, max_length=LONGEST_NOTE)


@handles(NoteAlert, offline=True)
async def note_alert(request: NoteAlert, call: Call) -> AlertReport:
    """Keep it."""
    return await call.need(AlertService).note(request.number, request.text, call.actor)


HANDLERS: Final[tuple[Handler, ...]] = (
    list_alerts,
    show_alert,
    create_alert,
    acknowledge_alert,
    resolve_alert,
    note_alert,
)
