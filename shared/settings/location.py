"""Where a setting stands among the others.

Owns paths into nested settings.  Standard library only.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

Location: TypeAlias = tuple[str | int, ...]
"""A setting as the path to it: `("fleet", "max_processes")`, `("meshes", 0, "id")`."""

MISSING: Final = object()
"""Stands for a missing value."""


def name_of(location: Location) -> str:
    """Return a location as it is written: `fleet.max_processes`, `meshes[0].id`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def find(data: Any, location: Location) -> tuple[Location, Any]:
    """Return what stands at `location` in `data`, and how far the path could be followed.

    A prefix given as text is checked as a list of one, so a location may go deeper than what
    was written.  `MISSING` comes back for a key that a table does not have.
    """
    for depth, part in enumerate(location):
        if isinstance(data, dict):
            data = data.get(str(part), MISSING)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return location[:depth], data
    return location, data
