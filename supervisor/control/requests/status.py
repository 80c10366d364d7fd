"""`status`: the state of the supervisor and of everything that it keeps, as last known."""

from __future__ import annotations

from typing import Literal

from meshvisor.shared.control.request import LongRequest
from meshvisor.supervisor.control.handling import Call, handles
from meshvisor.supervisor.status_report import StatusReport, StatusReporter


class GetStatus(LongRequest):
    """The state of the supervisor and of every mesh, as last known."""

    type: Literal["status"] = "status"


@handles(GetStatus)
async def show_status(_request: GetStatus, call: Call) -> StatusReport:
    """Return it without asking any worker."""
    return call.need(StatusReporter).report()
