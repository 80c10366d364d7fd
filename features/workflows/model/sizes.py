"""How much of values is kept of a step, and returned of an execution.

Owns the limits, and the note that stands in the place of what is too large.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

LARGEST_RESULT: Final = 32 * 1024
"""Bytes of what one step is given, leads to or changes."""


class Budget:
    """What the values of one answer may still take.

    Args:
        size: bytes of JSON.
    """

    def __init__(self, size: int) -> None:
        self._left = size

    def keep(self, value: Any) -> Any:
        """Return a value, or a note in its place."""
        text = None if value is None else msgspec.json.encode(value)
        return value if text is None or self._takes(len(text)) else too_large(len(text))

    def read(self, text: str | None) -> Any:
        """Return what a JSON text holds, or a note in its place; None for None."""
        if text is None:
            return None
        return msgspec.json.decode(text) if self._takes(len(text)) else too_large(len(text))

    def _takes(self, size: int) -> bool:
        if size > self._left:
            return False
        self._left -= size
        return True


def short(value: Any) -> Any:
    """Return a value of a step as it is kept."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    size = len(msgspec.json.encode(value))
    return value if size <= LARGEST_RESULT else too_large(size)


def too_large(size: int) -> dict[str, Any]:
    """Return the note about a value of so many bytes."""
    return {"too_large": size, "note": "this is longer than what is kept or shown of values"}
