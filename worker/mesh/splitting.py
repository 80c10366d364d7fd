"""Cutting a text into messages of a bounded size.  A pure function.

The limit is in UTF-8 bytes, the one measure that every transport has.  Cuts are looked for, best
first, at a line end, at a space, between two characters that people see as one each.  A code
block (```) that has to be cut is closed in one part and opened again in the next, where that means
something.
"""

from __future__ import annotations

import unicodedata
from typing import Final

FENCE: Final = "```"

CLOSING: Final = "\n" + FENCE

SMALLEST_LIMIT: Final = 64
"""Bytes.  Below it fences and long emoji sequences would leave no room for text.  No network is
known with less: what a nickname or a name takes of a line still leaves twice that."""

LONGEST_OPENING: Final = 24
"""Bytes of the line that opens a code block, the name of its language included."""

JOINER: Final = "\u200d"


def split(text: str, limit: int, *, lines: bool = True, fences: bool = True) -> list[str]:
    """Return the parts of `text`, none empty and none longer than `limit` UTF-8 bytes.

    Nothing but whitespace around the cuts is lost; fences may be added.  Text of whitespace only
    has no parts.

    Args:
        text: what to cut.
        limit: UTF-8 bytes of one part.
        lines: whether a part may have several lines; otherwise each line is a part of its own, and
            empty ones are none.
        fences: whether code blocks that are cut are closed and opened again; never without `lines`.

    Raises:
        ValueError: when `limit` is less than `SMALLEST_LIMIT`.
    """
    if limit < SMALLEST_LIMIT:
        raise ValueError(f"messages need at least {SMALLEST_LIMIT} bytes, not {limit}")
    text = text.strip()
    if lines:
        return _split(text, limit, fences)
    return [part for line in text.splitlines() for part in _split(line.rstrip(), limit, False)]


def shorten(text: str, limit: int, ending: str) -> str:
    """Return as much of a text as fits into one message together with an ending.

    Args:
        text: what to shorten; it may fit by itself.
        limit: UTF-8 bytes, at least `SMALLEST_LIMIT`.
        ending: what comes behind it, of a few bytes.
    """
    room = limit - _size(ending)
    return (text if _size(text) <= room else _take(text, room)[0]) + ending


# Private


def _split(rest: str, limit: int, fences: bool) -> list[str]:
    parts: list[str] = []
    while rest:
        if _size(rest) <= limit:
            parts.append(rest)
            break
        part, rest = _cut_once(rest, limit, fences)
        if part:  # else it was an indentation that is longer than a message
            parts.append(part)
    return parts


def _cut_once(text: str, limit: int, fences: bool) -> tuple[str, str]:
    """Return the first part of a text that is too long, and what remains."""
    part, rest = _take(text, limit)
    opening = _open_fence(part) if fences else None
    if opening is None:
        return part, rest
    # Taken anew, with room for the fence that ends this part.
    part, rest = _take(text, limit - len(CLOSING))
    opening = _open_fence(part)
    if opening is None or part.strip() == opening:
        return part, rest
    return part + CLOSING, f"{opening}\n{rest}"


def _take(text: str, limit: int) -> tuple[str, str]:
    end = _characters_within(text, limit)
    cut = _nice_cut(text, end)
    part, rest = text[:cut].rstrip(), text[cut:]
    # Indentation after a line end belongs to the text; other whitespace at a cut does not.
    rest = rest.removeprefix("\n") if rest.startswith("\n") else rest.lstrip()
    return part, rest.rstrip()


def _nice_cut(text: str, end: int) -> int:
    """Return where to cut at or before `end`; never 0."""
    least = end // 2  # a nicer cut is not worth more than half a message
    for mark in ("\n", " "):
        cut = text.rfind(mark, least, end + 1)
        if cut > 0 and text[:cut].strip():
            return cut
    cut = end
    while cut > least and _belongs_to_previous(text, cut):
        cut -= 1
    return cut if cut > least else end


def _belongs_to_previous(text: str, index: int) -> bool:
    """Say whether people see the character at `index` as one with the one before it."""
    character, previous = text[index], text[index - 1]
    return (
        unicodedata.combining(character) != 0
        or unicodedata.category(character) in {"Mn", "Me", "Mc"}
        or JOINER in {character, previous}
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or (_is_flag_half(character) and _is_flag_half(previous))
        or (character == "\n" and previous == "\r")
    )


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _open_fence(part: str) -> str | None:
    """Return the line that opens a code block which `part` does not close, or None."""
    opening = None
    for line in part.splitlines():
        stripped = line.strip()
        if stripped.startswith(FENCE):
            opening = stripped if opening is None else None
    # A "line" that is far too long for a language name is text that happens to begin so.
    return opening if opening is not None and _size(opening) <= LONGEST_OPENING else None


def _characters_within(text: str, limit: int) -> int:
    """Return how many characters from the start have at most `limit` bytes."""
    head = text[:limit].encode("utf-8", "replace")
    if len(head) <= limit:
        return min(len(text), limit)
    return len(head[:limit].decode("utf-8", "ignore"))


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
