"""The actions in a real runner: a month day by day, days that were missed, and runs twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from examples.investments.business import MESH, PURCHASES, credited, day, found, owed
from examples.investments.investments import actions
from examples.investments.investments.book import Book
from examples.investments.investments.notices import pending_notices, tell
from examples.lane import Job, Lane
from meshvisor import JobContext

pytestmark = pytest.mark.usefixtures("plugin")

ALL = ["1", "2", "3", "4"]
"""Items: the investments."""


@pytest.fixture
def book() -> Iterator[Book]:
    """Return accounts of members who have invested."""
    with Book() as opened:
        found(opened, *PURCHASES)
        yield opened


@pytest.fixture
async def lane(book: Book) -> AsyncIterator[Lane]:  # noqa: ARG001 - it is there
    """Return a lane whose runner has the plug-in."""
    async with Lane("investments") as opened:
        yield opened


class Mesh:
    """What telling wants to know of a job."""

    mesh_id = MESH


async def distribute(lane: Lane, number: int, **data: Any) -> Job:
    """Run the job of a day."""
    return await lane.do("distribute_roi", day=f"{day(number)}", **data)


async def test_a_month(lane: Lane, book: Book) -> None:
    """Thirty days in thirty runs: after each of them all members have what the plans owe."""
    for number in range(1, 31):
        job = await distribute(lane, number)
        assert job.states == dict.fromkeys(ALL, "done")
        assert credited() == owed(number, *PURCHASES)
    await lane.do("audit_roi")
    # 30 days of 0.6 % of 500.01 rupees, of 0.85 % of 50,000.77, and what two recommendations bring.
    assert book.balance(MESH, "m6") == 9_000 + 1_275_019
    assert book.balance(MESH, "m0") == 22_222 + 419


async def test_missed_days(lane: Lane) -> None:
    """A run pays the days before it that were not paid, as if each had been paid in time."""
    await distribute(lane, 3)
    job = await distribute(lane, 20)
    assert job.outcomes[0].result == {"days": 17, "paise": 5_100 + 510 + 255 + 153 + 102 + 51}
    assert credited() == owed(20, *PURCHASES)


async def test_twice(lane: Lane, book: Book) -> None:
    """A second run of a day, and one of a day before, pays nothing and notifies no member."""
    await distribute(lane, 2)
    waiting = pending_notices(book, MESH)
    for number in (2, 1):
        job = await distribute(lane, number)
        assert job.keys == []
        assert pending_notices(book, MESH) == waiting
    assert credited() == owed(2, *PURCHASES)


async def test_an_outcome_that_was_lost(lane: Lane) -> None:
    """After a crash between payment and outcome the investment is `existing`, not paid again."""
    job = await distribute(lane, 1)
    job.forget("2")
    await lane.run(job)
    assert job.states == {"1": "done", "2": "existing", "3": "done", "4": "done"}
    assert credited() == owed(1, *PURCHASES)


async def test_notices(lane: Lane, book: Book) -> None:
    """Each member is notified once of what all investments have paid, and what they have now."""
    await distribute(lane, 1)
    sent: list[tuple[str, dict[str, Any]]] = []

    def send(title: str, **fields: Any) -> int:
        sent.append((title, fields))
        return len(sent)

    def say_all() -> list[str]:
        sent.clear()
        tell(book, cast("JobContext", Mesh()), send)
        return [title for title, _ in sent]

    lines = say_all()
    assert len(lines) == 7
    assert lines[0] == "m0: ₹7.40 of returns and ₹0.13 of commissions; you have ₹7.53 now."
    assert lines[6] == "m6: ₹428.00 of returns; you have ₹428.00 now."
    assert [fields["user_id"] for _, fields in sent] == [f"m{number}" for number in range(7)]
    assert len({fields["key"] for _, fields in sent}) == 7
    assert say_all() == []
    await distribute(lane, 3)
    assert "m6: ₹856.01 of returns; you have ₹1,284.01 now." in say_all()


async def test_notified_later(lane: Lane, book: Book) -> None:
    """Where nothing can be sent members are notified by the next run, and paid in time."""
    job = await distribute(lane, 1)
    assert job.log[-1].startswith("7 members are told later: No supervisor runs")
    assert credited() == owed(1, *PURCHASES)
    assert len(pending_notices(book, MESH)) == 7


async def test_nothing_is_due(lane: Lane) -> None:
    """On the day of the purchase a run does nothing and succeeds."""
    job = await distribute(lane, 0)
    assert (job.keys, job.log) == ([], [f"credited ₹0.00 for the days until {day(0)}"])


async def test_one_that_cannot_be_paid(lane: Lane, book: Book) -> None:
    """An investment that cannot be paid fails by itself, and the others are paid."""
    job = lane.submit("distribute_roi", ["99", "x"], day=f"{day(1)}")
    await lane.run(job)
    assert job.states == {"99": "failed", "x": "failed", **dict.fromkeys(ALL, "done")}
    assert job.error("99") == "there is no investment 99"
    assert book.balance(MESH, "m6") == 42_800


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"day": "tomorrow"}, 'day is \'tomorrow\'; write a date such as {"day": "2026-12-01"}'),
        ({"day": 5}, "day is 5;"),
        ({"day": "2026-04-02"}, "32 days are due until 2026-04-02, and no more than 31 are paid"),
        ({"day": "2062-12-01"}, 'if the date is right, submit the job with {"most_days": 13424}'),
        ({"most_days": "many"}, "most_days is 'many'; write a number"),
    ],
)
async def test_data_that_are_wrong(lane: Lane, data: dict[str, Any], said: str) -> None:
    """A date that cannot be meant fails the job before anything is paid, and says what to do."""
    assert said in await lane.fail("distribute_roi", **data)
    assert credited() == {}


async def test_far_behind(lane: Lane) -> None:
    """More days than usual are paid when a parameter asks for it."""
    await distribute(lane, 60, most_days=60)
    assert credited() == owed(60, *PURCHASES)


async def test_an_audit_that_fails(lane: Lane, book: Book) -> None:
    """What is wrong with the accounts is the error of the job."""
    await distribute(lane, 1)
    book.db.execute("UPDATE balances SET paise = 1")
    error = await lane.fail("audit_roi")
    assert "m0 has ₹0.01, but the transactions are ₹7.53" in error
    assert error.endswith("; and 2 more")


def test_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day begins at midnight in India."""

    class Late(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Late:
            return cls(2026, 3, 1, 18, 30, tzinfo=ZoneInfo("UTC")).astimezone(tz)

    monkeypatch.setattr(actions, "datetime", Late)
    assert actions.today() == date(2026, 3, 2)
