"""Putting pages of an answer together: one frame holds no more than it can."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

PAGE: Final = 1000
"""Entries to ask for at once, `shared.control.job_messages.MAX_LISTED`; fewer may come."""

LookUp = Callable[[int, Any], dict[str, Any]]
"""Asks for so many entries behind one of them; None: from the beginning."""


def gather(look_up: LookUp, field: str, limit: int | None) -> dict[str, Any]:
    """Return the last page with the entries of all of them.

    Args:
        look_up: asks for a page.
        field: where its entries are.
        limit: how many are wanted; None: all.
    """
    entries: list[dict[str, Any]] = []
    while True:
        wanted = PAGE if limit is None else min(PAGE, limit - len(entries))
        page = look_up(wanted, entries[-1] if entries else None)
        entries += page[field]
        if not page["more"] or len(entries) == limit:
            return {**page, field: entries}
