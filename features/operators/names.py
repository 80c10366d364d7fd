"""What operators and tokens may be called."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 64

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def check_name(text: str) -> str:
    """Return the name of an operator or a token.

    Raises:
        ValueError: it is none; the message is one sentence.
    """
    if _NAME.fullmatch(text):
        return text
    raise ValueError(
        f"{text[:40]!r} is no name here: 1 to {LONGEST} small letters, digits, _, . or -, the "
        "first a letter or digit, such as ann"
    )
