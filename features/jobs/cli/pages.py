"""Putting pages of an answer together: one frame holds no more than it can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from meshvisor.features.jobs.requests.limits import MAX_LISTED

LookUp = Callable[[int, Any], dict[str, Any]]
"""Asks for so many entries behind one of them; None: from the beginning."""


def gather(look_up: LookUp, field: str, limit: int | None) -> dict[str, Any]:
    """Return the last page with the entries of all of them; see `each`."""
    entries: list[dict[str, Any]] = []
    page: dict[str, Any] = {}
    for page in each(look_up, field, limit):
        entries += page[field]
    return {**page, field: entries}


def each(look_up: LookUp, field: str, limit: int | None) -> Iterator[dict[str, Any]]:
    """Yield one page after the other, at least one.

    Args:
        look_up: asks for a page.
        field: where its entries are.
        limit: how many entries are wanted; None: all.
    """
    count, last = 0, None
    while True:
        page = look_up(MAX_LISTED if limit is None else min(MAX_LISTED, limit - count), last)
        yield page
        count += len(page[field])
        if not page["more"] or count == limit:
            return
        last = page[field][-1]
