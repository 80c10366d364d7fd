"""Names of people and channels: which are equal, and which can be one.

Owns the case mappings of servers (ISUPPORT `CASEMAPPING`).
"""

from __future__ import annotations

import string
from typing import Final

_ASCII: Final = dict(zip(string.ascii_uppercase, string.ascii_lowercase, strict=True))
_STRICT: Final = {**_ASCII, "[": "{", "]": "}", "\\": "|"}

MAPPINGS: Final = {
    "ascii": str.maketrans(_ASCII),
    "rfc1459": str.maketrans({**_STRICT, "^": "~"}),
    "rfc1459-strict": str.maketrans(_STRICT),
    "strict-rfc1459": str.maketrans(_STRICT),
}
"""Of the names that servers use; RFC 1459 has Scandinavian letters where ASCII has brackets."""

DEFAULT: Final = "rfc1459"
"""Of servers that do not say."""

ALL: Final = "*"
"""As a channel of the settings: all that the server lists."""

FORBIDDEN: Final = frozenset(" ,\x07\r\n\0")
"""In names of channels."""

LONGEST_CHANNEL: Final = 200
"""Characters; RFC 1459, 1.3."""

_NICK_FIRST: Final = frozenset(string.ascii_letters + "[]\\`_^{|}")
_NICK_REST: Final = _NICK_FIRST | frozenset(string.digits + "-")


def folded(name: str, mapping: str = DEFAULT) -> str:
    """Return what is the same for names that a server takes for the same.

    A mapping that is not known (`rfc8265`, `rfc7613`) is one of Unicode.
    """
    table = MAPPINGS.get(mapping)
    return name.casefold() if table is None else name.translate(table)


def is_nick(name: str) -> bool:
    """Say whether every server would take a name as a nick, but for its length (RFC 2812)."""
    return bool(name) and name[0] in _NICK_FIRST and _NICK_REST.issuperset(name)


def check_channel(name: str) -> str:
    """Return the name of a channel; one that has no sign before it is meant to have a `#`.

    Raises:
        ValueError: it cannot be one; the message begins with "must".
    """
    found = name if name[:1] in {"#", "&", "+", "!"} else f"#{name}"
    if not name or len(found) > LONGEST_CHANNEL or not FORBIDDEN.isdisjoint(found):
        raise ValueError(
            f"must be the name of a channel such as #lobby, of at most {LONGEST_CHANNEL} "
            "characters without blanks and commas"
        )
    return found


def read_keys(text: str) -> dict[str, str]:
    """Return the keys of channels by their names.

    Args:
        text: `#staff=secret #ops=other`.

    Raises:
        ValueError: there is a word that is none; the message begins with "must".
    """
    found: dict[str, str] = {}
    for word in text.split():
        channel, _, key = word.partition("=")
        if not channel or not key:
            raise ValueError("must hold keys as #channel=key, with blanks between them")
        found[check_channel(channel)] = key
    return found
