"""The actions `weekly-report` and `monthly-analytics`.

Own which days a report is about, and where its page is.  Run again for the same days, the report is
made anew under the same key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from meshvisor.features.jobs.worker.cancellation import GiveUp
from meshvisor.features.jobs.worker.context import JobContext
from meshvisor.features.jobs.worker.home import HomeData
from meshvisor.features.reports.model.days import Period, month_before, week_before
from meshvisor.features.reports.page.page import page
from meshvisor.features.reports.worker.document import Basis, make
from meshvisor.features.reports.worker.usage import Usage
from meshvisor.features.statistics.aggregation.run import Wanted, aggregate
from meshvisor.features.statistics.store.database import database_of
from meshvisor.features.statistics.store.reading import opened
from meshvisor.shared.files import write_atomically
from meshvisor.shared.folders import make_folder

FOLDER: Final = "reports"
"""Below `var`."""

UNTIL: Final = "until"
"""Key of the data: the day, as ISO date, up to which a report is to be made; that day is not in
it.  Without it: today."""


def weekly(job: JobContext) -> None:
    """Report about the seven days before today; `BuiltInAction.function`."""
    _report(job, week_before)


def monthly(job: JobContext) -> None:
    """Report about the month before this one; `BuiltInAction.function`."""
    _report(job, month_before)


# Private


def _report(job: JobContext, choose: Callable[[date], Period]) -> None:
    with HomeData(f"job:{job.id}") as home:
        found = home.ask("reports_basis")
        period = choose(_day(job.data.get(UNTIL, found["today"])))
        with _usage(home, ZoneInfo(found["timezone"]), period) as usage:
            basis = Basis(ZoneInfo(found["timezone"]), found["now"], found["counts_rooms"], usage)
            document: dict[str, Any] = home.read(lambda db: make(db, period, basis))
        if job.dry_run:
            job.log(f"a dry run: {period.key} would say: {document['summary']}")
            return
        folder = home.home.var / FOLDER
        make_folder(folder)
        path = folder / f"{period.key}.html"
        write_atomically(path, page(document).encode())
        shown = str(path.relative_to(home.home.root))
        home.ask("reports_keep", key=period.key, document=document, page=shown)
        job.log(f"{period.key}: {document['summary']} Its page is {shown}")


@contextmanager
def _usage(home: HomeData, zone: ZoneInfo, period: Period) -> Iterator[Usage | None]:
    """Bring statistics up to date and open them; None: nothing was ever recorded."""
    path = database_of(home.home)
    if not path.exists():
        yield None
        return
    aggregate(path, Wanted(zone=zone, end=period.last), lambda _percent, _task: None)
    with opened(path) as statistics:
        first = statistics.first_day()
        yield None if first is None or first > period.last else Usage(statistics, first)


def _day(text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise GiveUp(
            f"{str(text)[:40]!r} is no day for {UNTIL}; write one such as 2026-03-01"
        ) from None
