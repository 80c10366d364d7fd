"""The accounts: members, and what they may do with what they have."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from examples.investments.business import BOUGHT, MESH, PURCHASES, day, found
from examples.investments.investments.book import DATABASE, Book, BookError


@pytest.fixture
def book() -> Iterator[Book]:
    """Return accounts with nothing in them."""
    with Book() as opened:
        yield opened


def test_the_file_is_private() -> None:
    """No other user of the machine can read it."""
    Book().db.close()
    assert DATABASE.stat().st_mode & 0o077 == 0


def test_members(book: Book) -> None:
    """A member joins once, with or without a recommendation by a member."""
    book.join(MESH, "ann", "Ann", None)
    book.join(MESH, "bob", "Bob", "ann")
    assert book.upline(MESH, "bob") == ["bob", "ann"]
    for member, referrer, said in (
        ("bob", None, "a member already"),
        ("cid", "nobody", "is no member"),
        ("cid", "cid", "is no member"),
    ):
        with pytest.raises(BookError, match=said):
            book.join(MESH, member, "", referrer)


def test_an_upline_ends(book: Book) -> None:
    """Five levels above the investor get something, the sixth does not."""
    found(book)
    assert book.upline(MESH, "m6") == ["m6", "m5", "m4", "m3", "m2", "m1"]
    assert book.upline(MESH, "m1") == ["m1", "m0"]


def test_meshes_are_separate(book: Book) -> None:
    """The same id in another mesh is another member."""
    book.join(MESH, "ann", "Ann", None)
    book.deposit(MESH, "ann", 100)
    with pytest.raises(BookError, match="for members only"):
        book.balance("irc", "ann")
    book.join("irc", "ann", "Ann", None)
    assert (book.balance(MESH, "ann"), book.balance("irc", "ann")) == (100, 0)


def test_invest(book: Book) -> None:
    """An investment takes what it costs, and is paid from the next day for as long as agreed."""
    book.join(MESH, "ann", "Ann", None)
    book.deposit(MESH, "ann", 60_000)
    bought = book.invest(MESH, "ann", "starter", 50_000, BOUGHT)
    assert (bought.first_day, bought.last_day, bought.days_paid) == (day(1), day(200), 0)
    assert book.investments(MESH, "ann") == [bought]
    assert book.balance(MESH, "ann") == 10_000


@pytest.mark.parametrize(
    ("plan", "paise", "said"),
    [
        ("gold", 50_000, "There is no plan 'gold'; there are starter, growth, premium."),
        ("starter", 49_999, "which takes ₹500.00 to ₹50,000.00."),
        ("growth", 50_000_001, "which takes ₹50,000.00 to ₹500,000.00."),
        ("starter", 60_001, "You have ₹600.00, which is less than ₹600.01."),
    ],
)
def test_what_cannot_be_invested(book: Book, plan: str, paise: int, said: str) -> None:
    """What cannot be is refused with what can, and nothing is taken."""
    book.join(MESH, "ann", "Ann", None)
    book.deposit(MESH, "ann", 60_000)
    with pytest.raises(BookError) as error:
        book.invest(MESH, "ann", plan, paise, BOUGHT)
    assert said in str(error.value)
    assert (book.balance(MESH, "ann"), book.investments(MESH)) == (60_000, [])


INSERT = (
    "INSERT INTO transactions (mesh, at, member, amount, kind, investment, day, level)"
    " VALUES ('lobby', 0, ?, ?, ?, ?, ?, ?)"
)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(("m6", -1, "deposit", None, None, None), id="more than somebody has"),
        pytest.param(("m9", 1, "deposit", None, None, None), id="nobody's"),
        pytest.param(("m6", 0, "deposit", None, None, None), id="nothing"),
        pytest.param(("m6", 1, "gift", None, None, None), id="an unknown kind"),
        pytest.param(("m6", 1, "deposit", None, "2026-03-02", 0), id="a deposit for a day"),
        pytest.param(("m6", 1, "return", 1, None, None), id="a return for no day"),
        pytest.param(("m6", 1, "return", 1, "2026-03-02", None), id="a return on no level"),
        pytest.param(("m6", 1, "return", 1, "2026-03-02", 1), id="a return on another level"),
        pytest.param(
            ("m6", 1, "commission", 1, "2026-03-02", 0), id="a commission to the investor"
        ),
        pytest.param(("m6", 1, "commission", None, "2026-03-02", 1), id="of no investment"),
        pytest.param(("m6", 1, "return", 9, "2026-03-02", 0), id="of one that does not exist"),
    ],
)
def test_the_database_refuses(book: Book, values: tuple[object, ...]) -> None:
    """A transaction that must not be is refused by the database itself, whatever the code does."""
    found(book, *PURCHASES)
    with pytest.raises(sqlite3.IntegrityError, match="constraint failed"):
        book.db.execute(INSERT, values)


@pytest.mark.parametrize(
    "statement", ["UPDATE transactions SET amount = 1", "DELETE FROM transactions"]
)
def test_what_has_happened_stays(book: Book, statement: str) -> None:
    """A transaction is never changed and never removed."""
    found(book, *PURCHASES)
    with pytest.raises(sqlite3.IntegrityError, match="a transaction is never"):
        book.db.execute(statement)


def test_what_fails_leaves_nothing(book: Book) -> None:
    """A transaction in which something raises is as if it had not begun."""

    def fail() -> None:
        with book.transaction():
            book.db.execute("INSERT INTO members VALUES ('lobby', 'x', 'x', NULL)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with pytest.raises(BookError, match="for members only"):
        book.balance(MESH, "x")
