"""Where values are found: `event.data.severity`, `steps.ask.answer`, `users.0.name`.

Owns the form of a path and looking one up.  A path that leads nowhere is `MISSING`, which is no
error: conditions on it are false, and templates write nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from meshvisor.features.workflows import wordings as say

LONGEST_PATH: Final = 200
"""Characters."""

PATH: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")

Values = Mapping[str, Any]
Getter = Callable[[Values], Any]


class Missing:
    """The type of `MISSING`."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "missing"


MISSING: Final = Missing()


def check_path(text: str) -> str:
    """Return a path.

    Raises:
        ValueError: it is none; the message is one sentence.
    """
    if len(text) <= LONGEST_PATH and PATH.fullmatch(text):
        return text
    raise ValueError(say.NO_PATH(found=repr(text[:60])))


def getter(path: str) -> Getter:
    """Return a function that looks a path up."""
    first, *rest = path.split(".")
    if not rest:
        return lambda values: values.get(first, MISSING)
    if len(rest) == 1 and not rest[0].isdigit():
        (second,) = rest

        def two(values: Values) -> Any:
            found = values.get(first)
            return found.get(second, MISSING) if isinstance(found, Mapping) else MISSING

        return two

    def many(values: Values) -> Any:
        found = values.get(first, MISSING)
        for name in rest:
            found = _step(found, name)
        return found

    return many


def _step(found: Any, name: str) -> Any:
    if isinstance(found, Mapping):
        return found.get(name, MISSING)
    if isinstance(found, list) and name.isdigit() and int(name) < len(found):
        return found[int(name)]
    return MISSING
