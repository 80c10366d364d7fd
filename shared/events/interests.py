"""Which kinds the present subscribers want, for producers that make events only on demand.

Owns the counting.  Does not own what is done about it.  Called by `subscriptions`, and
listened to by the fleet, whose workers report what is said in rooms only while a subscriber wants
it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from meshvisor.shared.events.kind import matches


class Interests:
    """Counts names and patterns of kinds over all who are present."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._listeners: list[Callable[[], None]] = []

    def listen(self, changed: Callable[[], None]) -> None:
        """Have `changed` called when a pattern is new or gone; it must be quick."""
        self._listeners.append(changed)

    def names(self, kind: str) -> bool:
        """Say whether a subscriber wants a kind by its name or its family; `*` names none."""
        return any(pattern != "*" and matches(pattern, kind) for pattern in self._counts)

    def add(self, patterns: Iterable[str]) -> None:
        """Count a new subscriber; no pattern at all is `*`."""
        before = len(self._counts)
        self._counts.update(set(patterns))
        if len(self._counts) != before:
            self._changed()

    def remove(self, patterns: Iterable[str]) -> None:
        """Stop counting a subscriber that leaves."""
        before = len(self._counts)
        self._counts.subtract(set(patterns))
        self._counts = +self._counts
        if len(self._counts) != before:
            self._changed()

    @contextmanager
    def held(self, patterns: Iterable[str]) -> Iterator[None]:
        """Count a subscriber for as long as the context lasts."""
        wanted = frozenset(patterns)
        self.add(wanted)
        try:
            yield
        finally:
            self.remove(wanted)

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()
