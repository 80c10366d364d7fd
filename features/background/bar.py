"""A bar that shows how far something is, for terminals."""

from __future__ import annotations

from typing import Final

CELLS: Final = 24


def bar(percent: float | None) -> str:
    """Return `[######------]  50 %`; without a number where that is not known."""
    if percent is None:
        return f"[{'-' * CELLS}]    ?"
    full = int(CELLS * percent / 100)
    return f"[{'#' * full}{'-' * (CELLS - full)}] {percent:3.0f} %"
