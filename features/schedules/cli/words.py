"""How schedules are spoken of: moments in two zones, statuses of runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from meshvisor.supervisor.cli.human import duration, milliseconds
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import CYAN, DIM, GREEN, MAGENTA, RED, YELLOW, has_colours

_COLOURS: Final = {
    "active": CYAN,
    "waiting": YELLOW,
    "skipped": YELLOW,
    "missed": MAGENTA,
    "completed": GREEN,
    "failed": RED,
    "cancelled": DIM,
}

_FORMAT: Final = "%a %Y-%m-%d %H:%M %z"


def status_cell(status: str) -> Cell:
    """Return a run's status in its colour."""
    return Cell(status, _COLOURS.get(status))


def span(count: int | None) -> str:
    """Return how long a run took; None is a dash."""
    if count is None or count < 1000:
        return milliseconds(count)
    return duration(count / 1000)


def times_table(times: Sequence[str], zone_name: str) -> list[str]:
    """Return moments in their own zone and locally, a line for each."""
    if not times:
        return ["It does not fire any more."]
    columns = (Column(f"IN {zone_name}"), Column("LOCALLY"))
    rows = [_row(datetime.fromisoformat(one)) for one in times]
    return render(columns, rows, colours=has_colours())


def _row(moment: datetime) -> list[Any]:
    return [moment.strftime(_FORMAT), moment.astimezone().strftime(_FORMAT)]
