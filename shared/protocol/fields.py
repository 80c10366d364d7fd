"""What the fields of messages may hold: texts of bounded length and numbers that can be stored.

Owns the bounds.  A child runs code of plug-ins and repeats what strangers say, and what it says is
shown by `status`, kept in a database and said in rooms.  Texts that are too long are cut, because
that does no harm; numbers that cannot be are a broken child's.
"""

from __future__ import annotations

import math
from typing import Annotated, Final

from msgspec import Meta
from msgspec.structs import force_setattr

from meshvisor.shared.logs.text import MAX_TEXT, clean

LONGEST_SENTENCE: Final = 500
"""Characters; status shows one for each mesh, and what is longer is no sentence."""

LONGEST_NAME: Final = 128
"""Characters of what people call themselves, or something."""

put: Final = force_setattr
"""Sets a field of a frozen part; for `__post_init__` only."""

LARGEST: Final = 2**63 - 1
"""What a database takes."""

LONGEST_WAIT: Final = 366 * 86_400.0
"""Seconds; a request to wait for longer than a year is nonsense, and a year is waited."""


def one_line(text: str) -> str:
    """Return a text without line ends and without what no terminal should be shown."""
    return text if _is_one_line(text) else " ".join(clean(text).split())


def _is_one_line(text: str) -> bool:
    return text.isprintable() and "  " not in text


def _cut(text: str, limit: int) -> str:
    # Cut again it stays the same: both sides look.
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def as_sentence(text: str) -> str:
    """Return a text as one sentence for people."""
    return _cut(one_line(text[: 4 * LONGEST_SENTENCE]), LONGEST_SENTENCE)


def as_name(text: str) -> str:
    """Return the name of a user or thing as it is kept."""
    return one_line(text[: 4 * LONGEST_NAME])[:LONGEST_NAME]


def as_paragraph(text: str) -> str:
    """Return a text of a few lines, cut to what a log takes."""
    return _cut(text, MAX_TEXT)


def as_wait(seconds: float) -> float:
    """Return how long to wait, between nothing and a year.

    Raises:
        ValueError: it is no number.
    """
    if not math.isfinite(seconds):
        raise ValueError("the seconds to wait are no finite number")
    return min(max(float(seconds), 0.0), LONGEST_WAIT)


Sentence = Annotated[str, Meta(extra={"cut": as_sentence})]
"""One sentence for people.

This and the next two are cut where a message is made and where it is read: `__post_init__` of each
message that has some does it, and a test looks whether it does.
"""

Name = Annotated[str, Meta(extra={"cut": as_name})]
"""The name of a user or thing, for people; not an id."""

Paragraph = Annotated[str, Meta(extra={"cut": as_paragraph})]
"""A text of a few lines, at most as long as a record in a log."""

Count = Annotated[int, Meta(ge=0, le=LARGEST)]
Number = Annotated[int, Meta(ge=-LARGEST, le=LARGEST)]
Seconds = Annotated[float, Meta(extra={"cut": as_wait})]
"""How long to wait.  Servers name moments in thousands of years, and that is no child's fault."""

SentMinutes = tuple[tuple[Count, Count], ...]
"""How many messages were sent in which minute since 1970; minutes without any are left out."""

MOST_MINUTES: Final = 62
"""That an hour has a share in, with one for a clock that is set meanwhile."""

MOST_SENT: Final = 1_000_000
"""Messages within an hour, as many as a budget may have."""


def check_minutes(minutes: SentMinutes) -> None:
    """Refuse what no hour can hold.

    Raises:
        ValueError: it cannot.
    """
    if len(minutes) > MOST_MINUTES or sum(count for _, count in minutes) > MOST_SENT:
        raise ValueError(f"an hour has {MOST_MINUTES} minutes and {MOST_SENT} messages at most")
