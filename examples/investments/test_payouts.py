"""The daily payment: everything that is owed, once."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Iterator

import pytest

from examples.investments.business import MESH, PURCHASES, credited, day, found, owed
from examples.investments.investments import payouts
from examples.investments.investments.book import Book, BookError


@pytest.fixture
def book() -> Iterator[Book]:
    """Return accounts of members who have invested."""
    with Book() as opened:
        found(opened, *PURCHASES)
        yield opened


def pay_each(book: Book, until: int) -> int:
    """Pay without a look at what is due; return how many days were paid."""
    numbers = range(1, len(PURCHASES) + 1)
    return sum(payouts.pay(book, number, day(until)).days for number in numbers)


def pay_all(book: Book, until: int) -> int:
    """Pay all that is due until a day, and return how many days were paid."""
    return sum(
        payouts.pay(book, number, day(until)).days for number in payouts.due(book, MESH, day(until))
    )


def test_one_day(book: Book) -> None:
    """A day pays the investor, and five levels above; nothing is due on the day of the purchase."""
    assert payouts.due(book, MESH, day(0)) == []
    assert pay_all(book, 1) == len(PURCHASES)
    # 0.85 % of 50,000.77 rupees; 10, 5, 3, 2 and 1 % of that.
    rows = book.db.execute(
        "SELECT member, kind, amount FROM transactions WHERE investment = 2 AND day = '2026-03-02'"
    )
    assert [tuple(row) for row in rows] == [
        ("m6", "return", 42_500),
        ("m5", "commission", 4_250),
        ("m4", "commission", 2_125),
        ("m3", "commission", 1_275),
        ("m2", "commission", 850),
        ("m1", "commission", 425),
    ]
    assert credited() == owed(1, *PURCHASES)


def test_a_second_run_pays_nothing(book: Book) -> None:
    """Paying a day again, or one before it, pays nothing."""
    pay_all(book, 3)
    for until in (3, 2, 0):
        assert payouts.due(book, MESH, day(until)) == []
        assert payouts.pay(book, 1, day(until)) == payouts.Paid(0, 0)
    assert credited() == owed(3, *PURCHASES)


@pytest.mark.parametrize("seed", range(2))
def test_days_in_any_steps(book: Book, seed: int) -> None:
    """However many days a run has to catch up, the sums are the same after each of them."""
    chance, number = random.Random(seed), 0
    while number < 210:
        number += chance.randint(1, 25)
        pay_all(book, number)
        assert credited() == owed(number, *PURCHASES)
        assert payouts.errors(book, MESH) == []
    assert payouts.credited(book, MESH) == sum(owed(210, *PURCHASES).values())


def test_the_last_day(book: Book) -> None:
    """All days together are what the plan has promised, and no day follows."""
    assert pay_all(book, 1000) == 200 + 150 + 200 + 200
    assert payouts.due(book, MESH, day(5000)) == []
    one = book.investment(2)
    assert (one.days_paid, one.terms.owed(150, 0)) == (150, 5_000_077 * 85 * 150 // 10_000)


def test_behind(book: Book) -> None:
    """It is known for how many days nothing was paid."""
    assert payouts.days_behind(book, MESH, day(0)) == 0
    assert payouts.days_behind(book, MESH, day(40)) == 40
    pay_all(book, 39)
    assert payouts.days_behind(book, MESH, day(40)) == 1


@pytest.mark.usefixtures("book")
def test_three_at_a_time() -> None:
    """Several that pay the same at the same time pay it once."""
    found_days: list[int] = []

    def work() -> None:
        with Book() as own:
            found_days.extend(pay_each(own, until) for until in range(1, 20))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found_days) == 19 * len(PURCHASES)
    assert credited() == owed(19, *PURCHASES)


def test_a_day_that_was_forgotten(book: Book) -> None:
    """Where the days of an investment are set back by hand, the unique rows keep it from paying."""
    pay_all(book, 5)
    book.db.execute("UPDATE investments SET next_day = first_day")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        payouts.pay(book, 1, day(6))
    assert credited() == owed(5, *PURCHASES)


def test_errors_are_found(book: Book) -> None:
    """A paisa too much, a day too few and a balance that was changed by hand are each named."""
    pay_all(book, 2)
    book.db.execute(
        "INSERT INTO transactions (mesh, member, kind, amount, at, investment, day, level)"
        " VALUES ('lobby', 'm6', 'return', 1, 0, 1, '2027-01-01', 0)"
    )
    book.db.execute("UPDATE investments SET next_day = '2026-03-03' WHERE id = 4")
    book.db.execute("UPDATE balances SET paise = paise + 5 WHERE member = 'm2'")
    assert [error.replace("₹", "") for error in payouts.errors(book, MESH)] == [
        "m2 has 18.10, but the transactions are 18.05",
        "investment 1 has paid 6.01 to m6 on level 0 and owes 6.00",
        "investment 4 has paid 14.81 to m0 on level 0 and owes 7.40",
    ]


def test_what_is_none(book: Book) -> None:
    """An investment that does not exist is refused."""
    with pytest.raises(BookError, match="no investment 99"):
        payouts.pay(book, 99, day(1))
