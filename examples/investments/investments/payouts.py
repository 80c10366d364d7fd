"""The daily payment: which investments are due, paying one, and proving that all of it is right.

Owns the transactions that are returns and commissions, and that there is one of each for an
investment, a day and a level.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from .book import ONE_DAY, Book, Investment
from .money import shown

_DUE: Final = """
SELECT id FROM investments
WHERE mesh = ? AND next_day <= last_day AND next_day <= ? ORDER BY id
"""
_FIRST_DUE: Final = """
SELECT min(next_day) FROM investments
WHERE mesh = ? AND next_day <= last_day AND next_day <= ?
"""
_PAY: Final = """
INSERT INTO transactions (mesh, member, kind, amount, at, investment, day, level)
VALUES (:mesh, :member, :kind, :amount, :at, :investment, :day, :level)
"""
_CREDITED: Final = """
SELECT coalesce(sum(amount), 0) FROM transactions WHERE mesh = ? AND day IS NOT NULL
"""
_CREDITED_BY_LEVEL: Final = """
SELECT level, member, sum(amount) AS paise FROM transactions
WHERE investment = ? AND day IS NOT NULL GROUP BY level, member
"""
_WRONG_BALANCES: Final = """
SELECT members.id, coalesce(kept.paise, 0) AS has, coalesce(sum(t.amount), 0) AS sum
FROM members
LEFT JOIN transactions AS t ON t.mesh = members.mesh AND t.member = members.id
LEFT JOIN balances AS kept ON kept.mesh = members.mesh AND kept.member = members.id
WHERE members.mesh = ? GROUP BY members.id HAVING has <> sum
"""


@dataclass(frozen=True, slots=True)
class Paid:
    """What was credited at once."""

    days: int
    paise: int


def due(book: Book, mesh: str, until: date) -> list[int]:
    """Return the investments that have unpaid days until a day, that one included."""
    return [row["id"] for row in book.db.execute(_DUE, (mesh, f"{until}"))]


def days_behind(book: Book, mesh: str, until: date) -> int:
    """Return for how many days the investment that has waited for longest was not paid."""
    (first,) = book.db.execute(_FIRST_DUE, (mesh, f"{until}")).fetchone()
    return (until - date.fromisoformat(first)).days + 1 if first else 0


def pay(book: Book, number: int, until: date) -> Paid:
    """Pay all days of an investment that are due, with their commissions, or nothing at all.

    All of it is one transaction, so a crash leaves no day that is paid in part.  A second call,
    later or at the same time, finds nothing due.

    Raises:
        BookError: there is no such investment.
    """
    with book.transaction():
        investment = book.investment(number)
        upline = book.upline(investment.mesh, investment.member)
        days = list(_days(investment, until))
        rows = [row for day in days for row in _rows(investment, upline, day)]
        book.db.executemany(_PAY, rows)
        if days:
            following = f"{days[-1] + ONE_DAY}"
            book.db.execute("UPDATE investments SET next_day = ? WHERE id = ?", (following, number))
    return Paid(len(days), sum(row["amount"] for row in rows))


def credited(book: Book, mesh: str) -> int:
    """Return the paise of all returns and commissions so far."""
    return int(book.db.execute(_CREDITED, (mesh,)).fetchone()[0])


def errors(book: Book, mesh: str) -> list[str]:
    """Compare what was credited with what the plans owe, and balances with their transactions.

    Returns:
        A sentence for each difference; none: all is right to the last paisa.
    """
    wrong = [
        f"{row['id']} has {shown(row['has'])}, but the transactions are {shown(row['sum'])}"
        for row in book.db.execute(_WRONG_BALANCES, (mesh,))
    ]
    for investment in book.investments(mesh):
        wrong += _differences(book, investment)
    return wrong


# ---- Private -----------------------------------------------------------------------------------


def _days(investment: Investment, until: date) -> Iterator[date]:
    day = investment.next_day
    while day <= min(until, investment.last_day):
        yield day
        day += ONE_DAY


def _rows(investment: Investment, upline: list[str], day: date) -> Iterator[dict[str, Any]]:
    for level, member in enumerate(upline):
        amount = investment.terms.due(investment.number(day), level)
        if amount:  # what is less than a paisa waits for the next day
            yield {
                "mesh": investment.mesh,
                "member": member,
                "kind": "commission" if level else "return",
                "amount": amount,
                "at": time.time(),
                "investment": investment.id,
                "day": f"{day}",
                "level": level,
            }


def _differences(book: Book, investment: Investment) -> Iterator[str]:
    upline = enumerate(book.upline(investment.mesh, investment.member))
    days = investment.days_paid
    owed = {(level, member): investment.terms.owed(days, level) for level, member in upline}
    rows = book.db.execute(_CREDITED_BY_LEVEL, (investment.id,))
    paid = {(row["level"], row["member"]): row["paise"] for row in rows}
    for level, member in sorted(owed.keys() | paid.keys()):
        was, wanted = paid.get((level, member), 0), owed.get((level, member), 0)
        if was != wanted:
            yield (
                f"investment {investment.id} has paid {shown(was)} to {member} on level {level} "
                f"and owes {shown(wanted)}"
            )
