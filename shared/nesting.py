"""How deep values of others may be nested, and whether some are nested more deeply.

A parser takes a thousand levels; the next recursive function that gets the value may not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

DEEPEST: Final = 200
"""Levels of lists and objects within each other."""

_CONTAINERS: Final = frozenset({dict, list})


def may_be_deep(content: bytes | str) -> bool:
    """Say whether a JSON text has so many brackets that its values may be nested too deeply.

    Few texts have, and fewer are nested: asked first, because it costs next to nothing.
    """
    if len(content) <= DEEPEST:
        return False
    if isinstance(content, str):
        return content.count("[") + content.count("{") > DEEPEST
    return content.count(b"[") + content.count(b"{") > DEEPEST


def are_too_deep(values: Iterable[object], deepest: int = DEEPEST) -> bool:
    """Say whether in one of these, as a JSON parser returns them, there are too many levels."""
    level: list[Any] = [value for value in values if type(value) in _CONTAINERS]
    for _ in range(deepest):
        if not level:
            return False
        inner: list[Any] = []
        for one in level:
            inner.extend(one.values() if isinstance(one, dict) else one)
        level = [value for value in inner if type(value) in _CONTAINERS]
    return bool(level)
