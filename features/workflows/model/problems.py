"""What is wrong with a document: every error at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

Place = tuple[str | int, ...]
"""Names and numbers on the way to a part of a document."""

MOST_SHOWN: Final = 100
"""Problems of one document; more are of no help."""


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong, or that should be looked at."""

    place: str
    """Where in the document: `steps[2].with.text`; empty: all of it."""
    message: str
    """One sentence without a full stop."""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


def written(place: Place) -> str:
    """Return a place as people read it."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else str(part)
    return text


class DefinitionError(ValueError):
    """A document is no workflow.

    Attributes:
        problems: all that is wrong with it.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems[:5])))
