"""A small business for tests: seven members, each recommended by the one before, who invest.

Owns an account of what they are owed that shares nothing with the plug-in but the terms: fractions,
rounded down at the end.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Final

from examples.investments.investments.book import DATABASE, Book

MESH: Final = "lobby"
BOUGHT: Final = date(2026, 3, 1)
"""The day on which all members invest; the next one is the first that is paid."""

MEMBERS: Final = tuple(f"m{number}" for number in range(7))

PERCENT: Final = {"starter": ("0.6", 200), "growth": ("0.85", 150), "premium": ("1.25", 100)}
"""Of each plan: percent a day, and days."""
SHARES: Final = ("100", "10", "5", "3", "2", "1")
"""Percent of the return that each level gets, the investor first."""

Purchase = tuple[str, str, int]
"""Member, plan and paise."""

PURCHASES: Final[tuple[Purchase, ...]] = (
    ("m6", "starter", 50_001),
    ("m6", "growth", 5_000_077),
    ("m3", "starter", 77_777),
    ("m0", "starter", 123_456),
)
"""Amounts of which no day's return is whole paise."""

Account = Mapping[tuple[str, int, int], int]
"""Paise by member, investment and level."""


def day(number: int) -> date:
    """Return the day so many days after the purchase."""
    return BOUGHT + timedelta(days=number)


def found(book: Book, *purchases: Purchase) -> None:
    """Have all members join, pay in and invest."""
    for above, member in zip((None, *MEMBERS), MEMBERS, strict=False):
        book.join(MESH, member, member, above)
    for member, plan, paise in purchases:
        book.deposit(MESH, member, paise)
        book.invest(MESH, member, plan, paise, BOUGHT)


def owed(days: int, *purchases: Purchase) -> Account:
    """Return what all members are owed after so many days."""
    account: Counter[tuple[str, int, int]] = Counter()
    for number, (member, plan, paise) in enumerate(purchases, start=1):
        percent, most = PERCENT[plan]
        exact = Fraction(percent) / 100 * paise * min(days, most)
        upline = reversed(MEMBERS[: MEMBERS.index(member) + 1])
        for level, (who, share) in enumerate(zip(upline, SHARES, strict=False)):
            if amount := floor(exact * Fraction(share) / 100):
                account[who, number, level] = amount
    return account


def credited(path: Path = DATABASE) -> Account:
    """Return what all members have got, as the file has it."""
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute(
            "SELECT member, investment, level, sum(amount) FROM transactions "
            "WHERE day IS NOT NULL GROUP BY member, investment, level"
        )
        return {(member, investment, level): paise for member, investment, level, paise in rows}
