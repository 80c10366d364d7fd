"""Items that are too many for one request and come in several, before the job that they belong to.

Owns them until they are taken, or nobody has asked for them for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from shared.errors import UsageError
from shared.model.job import MAX_ITEMS
from supervisor.jobs.ledger.job import Millis

PATIENCE: Final = 60_000
"""Milliseconds after which nobody comes any more."""

MOST: Final = 8
"""Lists at the same time: a million short keys take about 80 MB."""


class Staging:
    """Lists of items by the tokens of their owners."""

    def __init__(self, now: Callable[[], Millis]) -> None:
        self._now = now
        self._lists: dict[str, list[str]] = {}
        self._touched: dict[str, Millis] = {}

    def add(self, token: str, items: Sequence[str]) -> int:
        """Keep items; return how many there are now.

        Raises:
            UsageError: they are too many, or too many others do the same.
        """
        self._forget_old()
        if token not in self._lists and len(self._lists) >= MOST:
            raise UsageError("too many large jobs are being submitted; try again in a minute")
        kept = self._lists.setdefault(token, [])
        if len(kept) + len(items) > MAX_ITEMS:
            self._drop(token)
            raise UsageError(
                f"these items are too many for one job; submit up to {MAX_ITEMS:,} at a time"
            )
        kept.extend(items)
        self._touched[token] = self._now()
        return len(kept)

    def take(self, token: str) -> Sequence[str]:
        """Return what was kept, and forget it.

        Raises:
            UsageError: nothing was, or not lately.
        """
        self._forget_old()
        if token not in self._lists:
            raise UsageError("the items of this job came too long ago; submit it again")
        return self._drop(token)

    def _drop(self, token: str) -> Sequence[str]:
        self._touched.pop(token, None)
        return self._lists.pop(token)

    def _forget_old(self) -> None:
        old = self._now() - PATIENCE
        for token in [token for token, touched in self._touched.items() if touched < old]:
            self._drop(token)
