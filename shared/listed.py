"""A few of many names in a sentence: as many as fit, and how many are left out."""

from __future__ import annotations

from collections.abc import Sequence


def listed(names: Sequence[str], most: int, *, between: str = ", ") -> str:
    """Return names for a sentence, like `ann, bob and 3 more`; empty: there are none.

    Args:
        names: all of them, the ones to be shown first.
        most: names to show.
        between: what separates them; in front of the last part its comma is left out.
    """
    shown = between.join(names[:most])
    left = len(names) - most
    return f"{shown}{between.strip(', ')} and {left} more".strip() if left > 0 else shown
