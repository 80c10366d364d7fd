"""Text from anywhere, made harmless and bounded.

Workers print what strangers write in chat rooms.  Log files are shown on terminals, which obey
escape sequences, so what terminals obey never gets into a log.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_TEXT: Final = 32 * 1024
"""Characters of one record, its traceback included; a worker cuts its own to 24 K."""

_ESCAPE_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-9;:?]{0,32}[@-~]"  # colours, cursor, erasing
    r"|\x1b[\]PX^_\\\[]"  # what begins and ends titles, links and pictures
    r"|\x1b[()][0-9A-B]"  # sets of characters
)
"""Of what may be long, only the beginning and the end go: a text with a beginning and no end must
not make the rest of a record vanish.  The escape character never stays."""

_JOINERS: Final = frozenset("\u200c\u200d")
"""Invisible, but parts of words and of emoji."""


class _Visible(dict[int, str | int | None]):
    """For `str.translate`: what becomes of each character; None: it vanishes."""

    def __missing__(self, code: int) -> str | int | None:
        character = chr(code)
        if character == "\n" or character.isprintable() or character in _JOINERS:
            return code
        if character in "\t\r" or unicodedata.category(character).startswith("Z"):
            return " "
        # Control characters, halves of characters, and those that turn the writing direction.
        return None


_VISIBLE: Final = _Visible()


def clean(text: str) -> str:
    """Return `text` without escape sequences and control characters; newlines stay."""
    if text.isprintable():
        return text
    return _ESCAPE_SEQUENCE.sub("", text).translate(_VISIBLE)


def shorten(text: str, limit: int = MAX_TEXT) -> str:
    """Return at most about `limit` characters of `text`, and how many are missing.

    The middle is left out: of a traceback the last lines say most, of a message the first.
    """
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} … ({len(text) - 2 * half} characters left out) … {text[-half:]}"
