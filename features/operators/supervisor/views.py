"""Views: filters of pages that operators have given a name.

They concern only their owner, so the audit log has no entries of them.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from meshvisor.features.operators.supervisor.records import QUERIES, Records, role_of
from meshvisor.features.operators.wordings import MOST_VIEWS
from meshvisor.shared.errors import UsageError
from meshvisor.shared.late import late

if TYPE_CHECKING:
    from meshvisor.features.operators import results
else:
    results = late("meshvisor.features.operators.results")

MOST: Final = 100
"""Views of one operator."""


class Views:
    """Views, with a running supervisor."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def list_views(self, operator: str) -> results.ViewList:
        """Return those of one operator, by page and name."""
        return await self._records.read(lambda db: _views(db, operator))

    async def keep(self, operator: str, view: results.View) -> results.ViewList:
        """Keep one, in place of the one of its name; return all.

        Raises:
            UnknownError: there is no such operator.
            UsageError: they have too many.
        """

        def work(db: sqlite3.Connection) -> results.ViewList:
            role_of(db, operator)
            db.execute(QUERIES["keep_view"], {"operator": operator, **view.model_dump()})
            kept = _views(db, operator)
            if len(kept.views) > MOST:
                raise UsageError(MOST_VIEWS.said(name=operator, most=MOST))
            return kept

        return await self._records.write(work)

    async def forget(self, operator: str, page: str, name: str) -> results.ViewList:
        """Forget one, or nothing where there is none; return the others."""

        def work(db: sqlite3.Connection) -> results.ViewList:
            values = {"operator": operator, "page": page, "name": name}
            db.execute(QUERIES["forget_view"], values)
            return _views(db, operator)

        return await self._records.write(work)


def _views(db: sqlite3.Connection, operator: str) -> results.ViewList:
    rows = db.execute(QUERIES["views"], (operator,)).fetchall()
    views = (results.View(page=page, name=name, search=search) for page, name, search in rows)
    return results.ViewList(views=tuple(views))
