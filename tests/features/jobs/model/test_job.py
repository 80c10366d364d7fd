"""What the key of an item may be."""

from __future__ import annotations

import pytest

from meshvisor.features.jobs.model.job import MAX_KEY, check_key, check_keys

FAMILY = "👩\u200d👩\u200d👧"
PERSIAN = "می\u200cخواهم"


@pytest.mark.parametrize(
    "key", ["a", "a b", "é", "🎲" * MAX_KEY, FAMILY, f"the {FAMILY}s", PERSIAN, "a\u200d\u200cb"]
)
def test_keys(key: str) -> None:
    """All that can be read, with the joiners that are part of it, up to a length."""
    assert check_key(key) == key


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ("", "an item has an empty key"),
        (" \t", "an item has an empty key"),
        (" a", "has blanks around it"),
        ("a\n", "has blanks around it"),
        ("x" * (MAX_KEY + 1), "has 201 characters; 200 are allowed"),
        ("\u200d".join("a" * MAX_KEY), "has 399 characters; 200 are allowed"),
        ("a\x00b", "has control characters"),
        ("a\nb", "has control characters"),
        ("a\x1b[2Jb", "has control characters"),
        ("a\ud800b", "has control characters"),
        ("a\u200bb", "has control characters"),
        ("a\u202eb", "has control characters"),
        (f"{FAMILY}\x07{FAMILY}", "has control characters"),
        ("\u200d", "has control characters"),
        ("\u200ca", "has control characters"),
        ("a\u200d", "has control characters"),
    ],
)
def test_keys_that_cannot_be(key: str, error: str) -> None:
    """One sentence says what is wrong; a joiner that joins nothing cannot be seen."""
    with pytest.raises(ValueError, match=error):
        check_key(key)


def test_many_keys() -> None:
    """Each counts once, where it came first; none at all is a mistake."""
    assert check_keys(["b", "a", "b"]) == ("b", "a")
    with pytest.raises(ValueError, match="the list of items is empty"):
        check_keys([])
