"""What the fields of messages may hold: texts of bounded length and numbers that can be stored.

Owns the bounds.  A child runs code of plug-ins and repeats what strangers say, and what it says is
shown by `status`, kept in a database and said in rooms.  Texts that are too long are cut, because
that harms nobody; numbers that cannot be are a broken child's.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from meshvisor.shared.logs.text import MAX_TEXT, clean

LONGEST_SENTENCE: Final = 500
"""Characters; status shows one for each mesh, and what is longer is no sentence."""

LONGEST_NAME: Final = 128
"""Characters of what people call themselves, or something."""

LARGEST: Final = 2**63 - 1
"""What a database takes."""

LONGEST_WAIT: Final = 366 * 86_400.0
"""Seconds; whoever is told to wait for longer than a year is told nonsense, and waits a year."""


def one_line(text: str) -> str:
    """Return a text without line ends and without what no terminal should be shown."""
    return text if _is_one_line(text) else " ".join(clean(text).split())


def _is_one_line(text: str) -> bool:
    return text.isprintable() and "  " not in text


def _cut(text: str, limit: int) -> str:
    # Cut again it stays the same: both sides look.
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _sentence(text: str) -> str:
    return _cut(one_line(text[: 4 * LONGEST_SENTENCE]), LONGEST_SENTENCE)


def _name(text: str) -> str:
    return one_line(text[: 4 * LONGEST_NAME])[:LONGEST_NAME]


Sentence = Annotated[str, AfterValidator(_sentence)]
"""One sentence for people."""

Name = Annotated[str, AfterValidator(_name)]
"""What somebody or something is called; not what tells one from another."""

Paragraph = Annotated[str, AfterValidator(lambda text: _cut(text, MAX_TEXT))]
"""A text of a few lines, at most as long as a record in a log."""

Count = Annotated[int, Field(ge=0, le=LARGEST)]
Number = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
Seconds = Annotated[
    float,
    Field(allow_inf_nan=False),
    AfterValidator(lambda seconds: min(max(seconds, 0.0), LONGEST_WAIT)),
]
"""How long to wait.  Servers name moments in thousands of years, and that is no child's fault."""
