"""The accounts: members, what they have and their investments, in a file of the plug-in's own.

Owns the file and what is written when members join, pay in and invest.  What a method has written
is on the disk when it returns.  Does not own what is owed (`plans`), the daily payment (`payouts`),
nor who may do what (`commands`).
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, Self

from .money import shown
from .plans import LEVELS, PLANS, Terms

DATABASE: Final = Path("var/investments.db")
"""Below the home, which is the working directory of every child."""

BUSY_TIMEOUT: Final = 10.0
"""Seconds for another process' write to end, which takes milliseconds.  Actions and commands of
this plug-in run in threads, so no event loop waits meanwhile."""

ONE_DAY: Final = timedelta(days=1)

_SCHEMA: Final = Path(__file__).with_name("schema.sql")

_UPLINE: Final = """
WITH RECURSIVE upline (level, mesh, id, referrer) AS (
    SELECT 0, mesh, id, referrer FROM members WHERE mesh = ? AND id = ?
    UNION ALL
    SELECT level + 1, above.mesh, above.id, above.referrer
    FROM upline JOIN members AS above ON above.mesh = upline.mesh AND above.id = upline.referrer
    WHERE level < ?
)
SELECT id FROM upline ORDER BY level
"""
_INVEST: Final = """
INSERT INTO investments
    (mesh, member, plan, principal, daily_rate, commissions, first_day, last_day, next_day)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_MOVE: Final = """
INSERT INTO transactions (mesh, member, kind, amount, at, investment) VALUES (?, ?, ?, ?, ?, ?)
"""


class BookError(Exception):
    """It cannot be; the text is one sentence that says what people can do."""


@dataclass(frozen=True, slots=True)
class Investment:
    """An investment as it is kept."""

    id: int
    mesh: str
    member: str
    plan: str
    terms: Terms
    first_day: date
    last_day: date
    next_day: date
    """The first one that is not paid; behind the last one when all are."""

    @property
    def days_paid(self) -> int:
        """How many of its days are paid."""
        return (self.next_day - self.first_day).days

    def number(self, day: date) -> int:
        """Return which of its days one is, from 1."""
        return (day - self.first_day).days + 1


class Book:
    """The accounts of all meshes, for one thread; `with Book() as book`."""

    def __init__(self, path: Path = DATABASE) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made by hand, because SQLite would make a file that other users may read.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self.db = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self.db.execute(f"PRAGMA {pragma}")
        self.db.executescript(_SCHEMA.read_text(encoding="utf-8"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all that is written within, or nothing of it."""
        # Immediate: what was read first must still hold when something is written.
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    # ---- Members and what they have ----------------------------------------------------------

    def join(self, mesh: str, member: str, name: str, referrer: str | None) -> None:
        """Add a member.

        Raises:
            BookError: they are one already, or the one who has recommended it is none.
        """
        with self.transaction():
            if self._is_member(mesh, member):
                raise BookError("You are a member already.")
            if referrer is not None and not self._is_member(mesh, referrer):
                raise BookError("Who has recommended this to you is no member; they join first.")
            self.db.execute(
                "INSERT INTO members VALUES (?, ?, ?, ?)", (mesh, member, name, referrer)
            )

    def deposit(self, mesh: str, member: str, paise: int) -> None:
        """Credit what a member has paid in.

        Raises:
            BookError: there is no such member.
        """
        with self.transaction():
            self._need_member(mesh, member)
            self._move(mesh, member, "deposit", paise)

    def balance(self, mesh: str, member: str) -> int:
        """Return the paise that a member can spend.

        Raises:
            BookError: there is no such member.
        """
        self._need_member(mesh, member)
        query = "SELECT paise FROM balances WHERE mesh = ? AND member = ?"
        row = self.db.execute(query, (mesh, member)).fetchone()
        return row["paise"] if row else 0

    def upline(self, mesh: str, member: str) -> list[str]:
        """Return a member and those above, the nearest first: the levels of a payment from 0."""
        return [row["id"] for row in self.db.execute(_UPLINE, (mesh, member, LEVELS))]

    # ---- Investments -------------------------------------------------------------------------

    def invest(self, mesh: str, member: str, plan: str, paise: int, today: date) -> Investment:
        """Buy a plan with what a member has; its first return is due on the day after.

        Raises:
            BookError: there is no such plan or member, or the amount cannot be.
        """
        terms = _terms(plan, paise)
        first = today + ONE_DAY
        last = today + terms.days * ONE_DAY
        agreed = (paise, terms.daily_rate, json.dumps(terms.commissions))
        with self.transaction():
            if (has := self.balance(mesh, member)) < paise:
                raise BookError(f"You have {shown(has)}, which is less than {shown(paise)}.")
            days = (f"{first}", f"{last}", f"{first}")
            number = self.db.execute(_INVEST, (mesh, member, plan, *agreed, *days)).lastrowid
            assert number is not None
            self._move(mesh, member, "investment", -paise, number)
        return self.investment(number)

    def investment(self, number: int) -> Investment:
        """Return one investment.

        Raises:
            BookError: there is none.
        """
        row = self.db.execute("SELECT * FROM investments WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise BookError(f"there is no investment {number}")
        return _investment(row)

    def investments(self, mesh: str, member: str | None = None) -> Sequence[Investment]:
        """Return the investments of a member, or with None of all, the oldest first."""
        query = (
            "SELECT * FROM investments WHERE mesh = ? AND (member = ?2 OR ?2 IS NULL) ORDER BY id"
        )
        return [_investment(row) for row in self.db.execute(query, (mesh, member))]

    # ---- Private -----------------------------------------------------------------------------

    def _is_member(self, mesh: str, member: str) -> bool:
        query = "SELECT 1 FROM members WHERE mesh = ? AND id = ?"
        return self.db.execute(query, (mesh, member)).fetchone() is not None

    def _need_member(self, mesh: str, member: str) -> None:
        if not self._is_member(mesh, member):
            raise BookError("That is for members only; the command join makes one.")

    def _move(
        self, mesh: str, member: str, kind: str, paise: int, investment: int | None = None
    ) -> None:
        self.db.execute(_MOVE, (mesh, member, kind, paise, time.time(), investment))


def _terms(plan: str, paise: int) -> Terms:
    wanted = PLANS.get(plan)
    if wanted is None:
        raise BookError(f"There is no plan {plan[:20]!r}; there are {', '.join(PLANS)}.")
    if not wanted.least <= paise <= wanted.most:
        raise BookError(
            f"{shown(paise)} cannot be invested in {plan}, which takes {shown(wanted.least)} to "
            f"{shown(wanted.most)}."
        )
    return wanted.terms(paise)


def _investment(row: Any) -> Investment:
    first, last, following = (
        date.fromisoformat(row[name]) for name in ("first_day", "last_day", "next_day")
    )
    commissions = tuple(json.loads(row["commissions"]))
    terms = Terms(row["principal"], row["daily_rate"], (last - first).days + 1, commissions)
    return Investment(
        row["id"], row["mesh"], row["member"], row["plan"], terms, first, last, following
    )
