"""Telling members what was credited to them.

Owns who has not been notified of what.  A transaction and the note that its member is to be
notified of it are written together (`schema.sql`), so a crash loses no notice; one that happens
between telling and writing that down repeats one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from meshvisor import JobContext, NotifyError, notify_blocking

from .book import Book
from .money import shown

Send = Callable[..., int]
"""Sends a notification, as `notify_blocking` does."""

_PENDING: Final = """
SELECT members.id AS member, members.name, max(t.id) AS until, balances.paise AS balance,
    coalesce(sum(t.amount) FILTER (WHERE t.kind = 'return'), 0) AS returns,
    coalesce(sum(t.amount) FILTER (WHERE t.kind = 'commission'), 0) AS commissions
FROM pending_notices
JOIN transactions AS t ON t.id = pending_notices.transaction_id
JOIN members ON members.mesh = t.mesh AND members.id = t.member
JOIN balances ON balances.mesh = t.mesh AND balances.member = t.member
WHERE t.mesh = ? GROUP BY members.id ORDER BY members.id
"""
_NOTIFIED: Final = """
DELETE FROM pending_notices WHERE transaction_id IN
    (SELECT id FROM transactions WHERE mesh = ? AND member = ? AND id <= ?)
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """What was credited to a member who does not know of it."""

    member: str
    name: str
    until: int
    """The newest transaction in it."""
    balance: int
    returns: int
    commissions: int

    @property
    def text(self) -> str:
        """The text to the member."""
        parts = [f"{shown(self.returns)} of returns"] if self.returns else []
        parts += [f"{shown(self.commissions)} of commissions"] if self.commissions else []
        return f"{self.name}: {' and '.join(parts)}; you have {shown(self.balance)} now."


def pending_notices(book: Book, mesh: str) -> list[Notice]:
    """Return one notice for each member who is to be notified of something."""
    return [Notice(**row) for row in book.db.execute(_PENDING, (mesh,))]


def note_notified(book: Book, mesh: str, notices: Iterable[Notice]) -> None:
    """Write down that members know."""
    with book.transaction():
        rows = [(mesh, one.member, one.until) for one in notices]
        book.db.executemany(_NOTIFIED, rows)


def tell(book: Book, job: JobContext, send: Send = notify_blocking) -> None:
    """Tell all members of the job's mesh, each as they want to be notified (`meshvisor notify`).

    A notice is on the disk before it is written down that its member knows; the key lets one that
    is sent a second time, after a crash in between, be counted and not sent again.  Where nothing
    can be sent the next job tells them.
    """
    waiting = pending_notices(book, job.mesh_id)
    for done, one in enumerate(waiting):
        key = f"investments {job.mesh_id} {one.member} {one.until}"
        try:
            send(one.text, user_id=one.member, mesh_id=job.mesh_id, key=key, urgent=True)
        except NotifyError as error:
            job.log(f"{len(waiting) - done} members are told later: {error}", "warning")
            return
        note_notified(book, job.mesh_id, [one])
