"""Items that are too many for one request and come in several, before the job that they belong to.

Owns them until they are taken, or were not asked for in a while.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from meshvisor.features.jobs.model.job import MAX_ITEMS
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.shared.errors import UsageError

PATIENCE: Final = 60_000
"""Milliseconds after which a staged list is forgotten."""

MOST: Final = 12
"""Lists at the same time: a million short keys take about 80 MB."""

EACH: Final = 4
"""Lists of one owner, so that a client that stages and dies keeps no other waiting."""


_Key: TypeAlias = tuple[str, str]


class Staging:
    """Lists of items by their owners and the tokens that these have chosen."""

    def __init__(self, now: Callable[[], Millis]) -> None:
        self._now = now
        self._lists: dict[_Key, list[str]] = {}
        self._touched: dict[_Key, Millis] = {}

    def add(self, owner: str, token: str, items: Sequence[str]) -> int:
        """Keep items; return how many there are now.

        Raises:
            UsageError: they are too many, or too many are submitted at the same time.
        """
        self._forget_old()
        key = (owner, token)
        if key not in self._lists:
            self._check_room(owner)
        kept = self._lists.setdefault(key, [])
        if len(kept) + len(items) > MAX_ITEMS:
            self._drop(key)
            raise UsageError(
                f"these items are too many for one job; submit up to {MAX_ITEMS:,} at a time"
            )
        kept.extend(items)
        self._touched[key] = self._now()
        return len(kept)

    def take(self, owner: str, token: str) -> Sequence[str]:
        """Return the staged items, and forget them.

        Raises:
            UsageError: nothing was, or not lately.
        """
        self._forget_old()
        key = (owner, token)
        if key not in self._lists:
            raise UsageError("the items of this job came too long ago; submit it again")
        return self._drop(key)

    def _check_room(self, owner: str) -> None:
        if sum(one == owner for one, _ in self._lists) >= EACH:
            raise UsageError(
                f"{EACH} large jobs of the same sender are being submitted already; "
                "try again in a minute"
            )
        if len(self._lists) >= MOST:
            raise UsageError("too many large jobs are being submitted; try again in a minute")

    def _drop(self, key: _Key) -> Sequence[str]:
        self._touched.pop(key, None)
        return self._lists.pop(key)

    def _forget_old(self) -> None:
        old = self._now() - PATIENCE
        for key in [key for key, touched in self._touched.items() if touched < old]:
            self._drop(key)
