"""`audit`: the newest entries of the audit log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from meshvisor.shared.control.audit import MAX_ENTRIES
from meshvisor.shared.control.request import Request
from meshvisor.shared.control.results import AuditRecord, AuditRecords
from meshvisor.supervisor.audit.log import AuditLog, Entry
from meshvisor.supervisor.control.handling import Call, handles


class GetAudit(Request):
    """The newest entries of the audit log."""

    type: Literal["audit"] = "audit"
    limit: int = Field(50, ge=1, le=MAX_ENTRIES)


@handles(GetAudit, offline=True)
async def show_audit(request: GetAudit, call: Call) -> AuditRecords:
    """List them."""
    entries = await call.need(AuditLog).newest(request.limit)
    return AuditRecords(entries=tuple(map(_record, entries)))


def _record(entry: Entry) -> AuditRecord:
    at = datetime.fromtimestamp(entry.at / 1000, UTC)
    return AuditRecord(
        at=at.isoformat(timespec="milliseconds"),
        actor=entry.actor,
        origin=entry.origin,
        action=entry.action,
        subject=entry.subject,
        outcome=entry.outcome,
        detail=entry.detail,
    )
