"""What the schedules run: paying what is due, and proving that it was right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from meshvisor import GiveUp, JobContext, action

from . import payouts
from .book import Book, BookError
from .money import shown
from .notices import tell

ZONE: Final = ZoneInfo("Asia/Kolkata")
"""In which days begin; the schedule fires at midnight there."""

LANE: Final = "investments"

MOST_DAYS: Final = 31
"""Days that are caught up without a parameter that asks for it.  More than a month behind is rather
a clock that is wrong, or a date with a typing error, and what was credited is not taken back."""

SHOWN_ERRORS: Final = 5


@action(
    "distribute_roi",
    priority=2,
    lane=LANE,
    retries=5,
    retry_delay=30,
    items="",
    inputs={
        "day": {"type": "text", "description": 'Such as "2026-12-01", in place of today'},
        "most_days": {"type": "number", "default": MOST_DAYS, "description": "Most days at once"},
    },
)
def distribute_roi(job: JobContext) -> None:
    """Pay every investment of the mesh all days that are due until today, each of them once.

    A plain function, which runs in a thread: the file may let it wait.
    """
    with Book() as book:
        until = day_of(job.data)
        check_days(book, job, until)
        job.add_items(map(str, payouts.due(book, job.mesh_id, until)))
        total = 0
        for item in job.items():
            try:
                paid = payouts.pay(book, int(item.key), until)
            except (BookError, ValueError) as error:
                item.failed(str(error))
                continue
            total += paid.paise
            # Nothing is left to pay where a crash came between the payment and its outcome.
            result = {"days": paid.days, "paise": paid.paise}
            item.done(result) if paid.days else item.existing()
        job.log(f"credited {shown(total)} for the days until {until}")
        tell(book, job)


@action("audit_roi", priority=4, lane=LANE, items="", inputs={})
def audit_roi(job: JobContext) -> None:
    """Fail when a paisa was credited that is not owed, or one is owed that was not credited."""
    with Book() as book:
        wrong = payouts.errors(book, job.mesh_id)
        credited = shown(payouts.credited(book, job.mesh_id))
    if wrong:
        more = f"; and {len(wrong) - SHOWN_ERRORS} more" if len(wrong) > SHOWN_ERRORS else ""
        raise GiveUp("; ".join(wrong[:SHOWN_ERRORS]) + more)
    job.log(f"the plans owe what was credited, which is {credited}")


def today() -> date:
    """Return which day it is where the business is."""
    return datetime.now(ZONE).date()


def day_of(data: Mapping[str, Any]) -> date:
    """Return the day until which a job pays.

    Raises:
        GiveUp: its data name one that is none.
    """
    day = data.get("day")
    try:
        return today() if day is None else date.fromisoformat(day)
    except (TypeError, ValueError):
        raise GiveUp(f'day is {day!r}; write a date such as {{"day": "2026-12-01"}}') from None


def check_days(book: Book, job: JobContext, until: date) -> None:
    """Refuse to pay for very many days.

    Raises:
        GiveUp: there are more than the job may pay.
    """
    most = job.data.get("most_days", MOST_DAYS)
    if isinstance(most, bool) or not isinstance(most, int):
        raise GiveUp(f'most_days is {most!r}; write a number such as {{"most_days": 60}}')
    behind = payouts.days_behind(book, job.mesh_id, until)
    if behind > most:
        raise GiveUp(
            f"{behind} days are due until {until}, and no more than {most} are paid at once; if "
            f'the date is right, submit the job with {{"most_days": {behind}}}'
        )
