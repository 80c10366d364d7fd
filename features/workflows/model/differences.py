"""What differs between two workflows, in their own terms: steps are known by their ids.

Pure.  A step that was moved is one difference, however many stand before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from meshvisor.features.workflows.model.condition_text import as_line

_LONGEST: Final = 80
_CONDITIONS: Final = ("when", "if", "where")


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the differences of two stored forms, each with `place` and `what`, in words."""
    return [{"place": place, "what": what} for place, what in _mappings("", before, after)]


def _mappings(
    place: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys((*before, *after)):
        where = f"{place}.{name}" if place else str(name)
        if name not in before:
            yield where, f"added: {_shown(name, after[name])}"
        elif name not in after:
            yield where, f"removed: {_shown(name, before[name])}"
        else:
            yield from _values(where, name, before[name], after[name])


def _values(place: str, name: str, before: Any, after: Any) -> Iterator[tuple[str, str]]:
    if before == after:
        return
    if _are_steps(before) and _are_steps(after):
        yield from _steps(place, before, after)
    elif name in _CONDITIONS:
        yield place, f"{_shown(name, before)} → {_shown(name, after)}"
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _mappings(place, before, after)
    else:
        yield place, f"{_shown(name, before)} → {_shown(name, after)}"


def _are_steps(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, Mapping) and "id" in one for one in value)
    )


def _steps(place: str, before: list[Any], after: list[Any]) -> Iterator[tuple[str, str]]:
    old = {one["id"]: one for one in before}
    new = {one["id"]: one for one in after}
    for name in old:
        if name not in new:
            yield f"{place}.{name}", f"removed ({old[name]['type']})"
    for name, step in new.items():
        if name not in old:
            yield f"{place}.{name}", f"added ({step['type']})"
        else:
            yield from _mappings(f"{place}.{name}", old[name], step)
    stayed_before = [name for name in old if name in new]
    stayed_after = [name for name in new if name in old]
    if stayed_before != stayed_after:
        yield place, f"other order: {', '.join(stayed_after)}"


def _shown(name: str, value: Any) -> str:
    if name in _CONDITIONS and isinstance(value, Mapping):
        text = as_line(dict(value))
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
