"""What the control socket can ask about reports: `reports_basis`, `reports_keep`."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from meshvisor.features.records.supervisor.service import LONGEST_KEY
from meshvisor.features.reports.results import ReportBasis
from meshvisor.features.reports.supervisor.service import ReportService
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, Handler, handles


class GetBasis(Request):
    """What holds for a report that is made now."""

    type: Literal["reports_basis"] = "reports_basis"


@handles(GetBasis)
async def get_basis(_request: GetBasis, call: Call) -> ReportBasis:
    """Return it."""
    return await call.need(ReportService).basis()


class KeepReport(Request):
    """Keep a report and tell that it was made."""

    type: Literal["reports_keep"] = "reports_keep"
    key: str = Field(
        pattern=r"^(weekly_report|monthly_analytics)_[0-9_-]+$", max_length=LONGEST_KEY
    )
    document: dict[str, Any]
    page: str
    """Where its page is, below the home."""


@handles(KeepReport)
async def keep_report(request: KeepReport, call: Call) -> None:
    """Keep it."""
    await call.need(ReportService).keep(request.key, request.document, request.page)


HANDLERS: Final[tuple[Handler, ...]] = (get_basis, keep_report)
