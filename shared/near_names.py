"""Which of the known names was probably meant by an unknown one, and how to ask.

Owns what counts as near and the words of the question.  Does not own the sentence around it: each
caller says what to do when nothing is near.

A supervisor loads this when a user has made a typing error, inside the function that needs it:
it would carry the standard library's comparison about for life.  Workers load it at once, since
what the zygote has loaded is shared by all of them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

from meshvisor.shared.wording import Wording

NEAR: Final = Wording("names.near", "did you mean {names}?")
LISTED: Final = Wording("names.listed", "{command} shows those there are")
"""What to do where nothing is near."""

LIKELY: Final = 0.6
"""How alike (0 to 1) a name must be; the standard library's own measure."""

LOOSE: Final = 0.5
"""The same where several names are suggested: a wrong guess among them costs but a glance."""

NEAREST: Final = 3
"""Names to suggest at most; more would not be read."""


def near_names(
    name: str, known: Iterable[str], most: int = 1, likeness: float = LIKELY
) -> list[str]:
    """Return the names that are most like one, the nearest first.

    Args:
        name: what was written.
        known: the names that there are.
        most: names to return; one at least.
        likeness: how alike (0 to 1) they must be.
    """
    return difflib.get_close_matches(name, list(known), most, likeness)


def did_you_mean(names: Iterable[str]) -> str:
    """Return the question whether one of these was meant; empty: there are none."""
    choice = " or ".join(names)
    return NEAR(names=choice) if choice else ""
