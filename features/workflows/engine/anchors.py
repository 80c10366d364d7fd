"""What must be true of an event for a condition to be true: one comparison that is easy to look up.

Owns choosing it, and looking many of them up in one event at a time: equal values by their hash,
bounds of numbers by bisection, texts and regular expressions by one walk over the text (RE2).  What
is found still has to be tested; what is not found cannot be meant.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from meshvisor.features.workflows.model.conditions import Tree, as_number
from meshvisor.features.workflows.model.paths import Values, getter
from meshvisor.features.workflows.model.patterns import LONGEST_SEARCHED
from meshvisor.features.workflows.model.templates import is_template

MOST_ALTERNATIVES: Final = 50
"""Values or alternatives of one condition; one with more is tried at each event."""
LARGEST_EXACT: Final = 2**53
"""Whole numbers up to which a float is the same number."""
MOST_CHARACTERS: Final = 50_000
"""Of all texts that are looked for in one walk: preparing it takes a tenth of a second then."""
SENTINEL: Final = "\x00a text that no event has\x00"


class Anchor(NamedTuple):
    """One comparison."""

    how: str
    """`equal`, `above`, `below`, `text`, `pattern`."""
    field: str
    value: Any


def anchors_of(tree: Tree | None) -> list[Anchor] | None:
    """Return comparisons of which at least one is true where a condition is; None: unknown."""
    if tree is None or "not" in tree:
        return None
    if "all" in tree:
        found = [one for part in tree["all"] if (one := anchors_of(part))]
        return min(found, key=_cost, default=None)
    if "any" in tree:
        parts = [anchors_of(part) for part in tree["any"][: MOST_ALTERNATIVES + 1]]
        if any(part is None for part in parts) or len(parts) > MOST_ALTERNATIVES:
            return None
        return [one for part in parts for one in part or ()]
    return _of_leaf(tree["field"], tree["op"], tree.get("value"))


def _cost(anchors: list[Anchor]) -> tuple[int, int]:
    return max(_COSTS[one.how] for one in anchors), len(anchors)


_COSTS: Final = {"equal": 0, "text": 1, "pattern": 2, "above": 3, "below": 3}
"""A bound lets half of all events through, an equal value few."""


def _of_leaf(field: str, op: str, value: Any) -> list[Anchor] | None:  # noqa: PLR0911 - a table
    if is_template(value):
        return None
    if op == "==" and (isinstance(value, str) or _is_exact(value)):
        return [Anchor("equal", field, value if isinstance(value, str) else float(value))]
    if op == "in":
        return _of_list(field, value)
    if op in ("contains", "starts_with", "ends_with") and isinstance(value, str) and value:
        return [Anchor("text", field, value.casefold())]
    if op == "matches":
        return [Anchor("pattern", field, value)]
    if op in ("<", "<=") and _is_exact(value):
        return [Anchor("below", field, float(value))]
    if op in (">", ">=") and _is_exact(value):
        return [Anchor("above", field, float(value))]
    if op == "between" and all(map(_is_exact, value)):
        return [Anchor("above", field, float(value[0]))]
    return None


def _of_list(field: str, value: Sequence[Any]) -> list[Anchor] | None:
    if 0 < len(value) <= MOST_ALTERNATIVES and all(
        isinstance(one, str) and not is_template(one) for one in value
    ):
        return [Anchor("equal", field, one) for one in value]
    return None


def _is_exact(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) <= LARGEST_EXACT


class Field:
    """The anchors of one field of events, each with the place of what it leads to."""

    def __init__(self, path: str, anchors: Sequence[tuple[Anchor, int]]) -> None:
        self._look = getter(path)
        self._equal: dict[str | float, list[int]] = {}
        for anchor, place in anchors:
            if anchor.how == "equal":
                self._equal.setdefault(anchor.value, []).append(place)
        self._above = _Bounds(anchors, "above")
        self._below = _Bounds(anchors, "below")
        self._texts = _Texts(anchors, "text")
        self._patterns = _Texts(anchors, "pattern")

    def find(self, values: Values) -> Iterator[Sequence[int]]:
        """Yield the places of what this value may lead to."""
        found = self._look(values)
        if isinstance(found, str):
            yield self._equal.get(found, ())
            yield self._texts.find(found.casefold())
            yield self._patterns.find(found[:LONGEST_SEARCHED])
            found = as_number(found) if self._above or self._below or self._equal else None
        elif isinstance(found, list):
            # `contains` compares its items.
            yield self._texts.places
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            yield self._equal.get(found, ())
            yield self._above.up_to(found)
            yield self._below.from_(found)


class _Bounds:
    """Numbers in their order; whether the bound itself belongs to it is left to the test."""

    def __init__(self, anchors: Sequence[tuple[Anchor, int]], how: str) -> None:
        known = sorted((one.value, place) for one, place in anchors if one.how == how)
        self._bounds = [bound for bound, _ in known]
        self._places = [place for _, place in known]

    def __bool__(self) -> bool:
        return bool(self._bounds)

    def up_to(self, number: float) -> Sequence[int]:
        return self._places[: bisect_right(self._bounds, number)]

    def from_(self, number: float) -> Sequence[int]:
        return self._places[bisect_left(self._bounds, number) :]


class _Texts:
    """Texts or regular expressions, looked for in one walk."""

    def __init__(self, anchors: Sequence[tuple[Anchor, int]], how: str) -> None:
        known = [(one.value, place) for one, place in anchors if one.how == how]
        self.places = [place for _, place in known]
        self._filter = _filter([text for text, _ in known], is_plain=how == "text")

    def find(self, text: str) -> Sequence[int]:
        if self._filter is None:
            return self.places
        places = self.places
        # The last one is the sentinel.
        found = self._filter.Match(text, potential=True) or ()
        return [places[one] for one in found if one < len(places)]


def _filter(texts: Sequence[str], *, is_plain: bool) -> Any:
    """Return RE2's filter over all of them; None: there are none, or they are too many for it."""
    if not 0 < sum(len(text) + 1 for text in texts) <= MOST_CHARACTERS:
        return None
    import re2  # most processes never need it

    found = re2.Filter()
    try:
        for text in texts:
            found.Add(re2.escape(text) if is_plain else text)
        found.Add(re2.escape(SENTINEL))
        found.Compile()
    except re2.error:
        return None
    # One that has no memory for its walk finds nothing, and says so nowhere.
    return found if len(texts) in (found.Match(SENTINEL, potential=True) or ()) else None
