r"""JSON from outside: the one decoder for JSON of another program.

Owns what a decoded value may hold: text that can be printed, stored and sent, finite numbers, and
no deeper nesting than any parser takes.  Does not own the shape; each caller reads that without
trust.  Called wherever a platform, a mesh server or a child speaks JSON; for clients of
the control socket, which get an error instead, it says what to look for.

Python's own decoder takes half characters (`"\ud83d"`), which no socket and no file takes after
it, numbers that overflow to infinity, and nesting on which the next recursive function fails.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec

from meshvisor.shared.nesting import are_too_deep, may_be_deep

REPLACEMENT: Final = "?"
"""Stands for half a character and for NUL, which C libraries take for the end of a text."""

LONGEST_NUMBER: Final = 300
"""Digits; a float holds 308 at most, so that whatever is longer cannot be computed with."""

_ESCAPE: Final = re.compile(
    r"\\(?:"
    r"(?P<kept>[^u]|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2}))"
)
"""An escape as a whole, so that the second backslash of `\\\\` does not begin another one."""

_TO_REPLACE: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_MAYBE_HALF: Final = re.compile(_TO_REPLACE.pattern.encode())
_LONG_NUMBER: Final = re.compile(rf"[0-9]{{{LONGEST_NUMBER}}}")
_FOUR_DIGITS: Final = re.compile(r"[0-9]{4}")
_ANYTHING: Final = msgspec.json.Decoder[Any]()


class ForeignJsonError(ValueError):
    """Something is no JSON, or more than JSON should hold."""


def decode(content: bytes | str) -> object:
    """Return the value in a JSON text, UTF-8 if it is bytes.

    Half characters and NUL in it become question marks.

    Raises:
        ForeignJsonError: it is no JSON, holds a number that is not finite, or is nested more
            than two hundred levels deep.
    """
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        if _TO_REPLACE.search(text):
            text = _ESCAPE.sub(lambda found: found[0] if found["kept"] else REPLACEMENT, text)
        value: object = _ANYTHING.decode(text)
        if may_be_deep(text) and are_too_deep((value,)):
            raise ValueError("it is nested too deeply")
        if _may_hold_long_numbers(text):
            # They may be digits within a text, so that only a parser can tell.
            json.loads(text, parse_int=_check_length)
    except (TypeError, ValueError, RecursionError) as error:
        # A TypeError: the text itself holds half a character.
        raise ForeignJsonError(str(error)) from None
    return value


def decode_object(content: bytes | str) -> dict[str, object] | None:
    """Return the JSON object in a text, or None when it holds none; see `decode`."""
    try:
        value = decode(content)
    except ForeignJsonError:
        return None
    return value if isinstance(value, dict) else None


def has_half_character(content: bytes) -> bool:
    """Say whether a JSON text may hold half a character, or NUL; a whole one looks so, too."""
    return _MAYBE_HALF.search(content) is not None


# ---- Private -------------------------------------------------------------------------------------


def _may_hold_long_numbers(text: str) -> bool:
    # Of so many digits in a row each fourth part has one, so that a sample tells of most texts.
    sample = text[:: LONGEST_NUMBER // 4]
    return _FOUR_DIGITS.search(sample) is not None and _LONG_NUMBER.search(text) is not None


def _check_length(digits: str) -> None:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError(f"{digits:.20} is no number that can be computed with")
