"""What requests about reports return."""

from __future__ import annotations

from meshvisor.shared.control.results import Result


class ReportBasis(Result):
    """Answer to `reports_basis`."""

    timezone: str
    """In which days are meant."""
    now: int
    """Epoch milliseconds."""
    today: str
    """ISO date."""
    recorded_since: str | None
    """The first day of which anything is known, as ISO date; None: nothing is."""
    counts_rooms: bool
    """Whether messages and users are counted."""
