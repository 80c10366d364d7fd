"""A few of many names in a sentence."""

from __future__ import annotations

import pytest

from meshvisor.shared.listed import listed


@pytest.mark.parametrize(
    ("names", "most", "between", "sentence"),
    [
        ((), 3, ", ", ""),
        (("ann",), 3, ", ", "ann"),
        (("ann", "bob", "cid"), 3, ", ", "ann, bob, cid"),
        (("ann", "bob", "cid", "dan"), 3, ", ", "ann, bob, cid and 1 more"),
        (("ann", "bob", "cid"), 1, ", ", "ann and 2 more"),
        (("ann", "bob"), 0, ", ", "and 2 more"),
        (("it is late", "it is dark", "it rains"), 2, "; ", "it is late; it is dark; and 1 more"),
    ],
)
def test_listed(names: tuple[str, ...], most: int, between: str, sentence: str) -> None:
    """None is left out without being counted."""
    assert listed(names, most, between=between) == sentence
