"""Ids of the people in a mesh.

Owns what may be a user id.  Both sides use it: the supervisor for what is kept, the worker for
what is written in a chat.
"""

from __future__ import annotations

import re
from typing import Final

from meshvisor.shared.model.realm import DEFAULT

LONGEST: Final = 64
"""Characters on the platform, which uses numbers or UUIDs; they are shorter."""

LONGEST_ANYWHERE: Final = 255
"""Characters on other networks; those of Matrix may have so many."""

_USER_ID: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9.-]{{0,{LONGEST - 1}}}")
"""Nothing wider: two ids must not look alike, and who types anything else means something else."""

_INVISIBLE: Final = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Fillers and variation selectors, which Unicode counts as printable but are invisible."""


def check_user_id(text: str, realm: str = DEFAULT) -> str:
    """Return the user id that `text` is.

    On the platform it may also begin with one, for a peer id (`12345_phone`) names a user, too.
    Other networks have their own spelling, which is kept.

    Args:
        text: what was written.
        realm: where it is an id.

    Raises:
        ValueError: it is none; the message is one sentence.
    """
    if realm != DEFAULT:
        return _spelled(text.strip())
    user_id = text.strip().partition("_")[0]
    if _USER_ID.fullmatch(user_id):
        return user_id
    raise ValueError(
        f"{text[:LONGEST]!r} is no user id: 1 to {LONGEST} letters (a-z), digits, dots or hyphens, "
        "the first a letter or digit, such as 12345"
    )


def _spelled(text: str) -> str:
    is_seen = text.isprintable() and " " not in text and _INVISIBLE.search(text) is None
    if is_seen and 0 < len(text) <= LONGEST_ANYWHERE:
        return text
    raise ValueError(
        f"{text[:LONGEST]!a} is no user id: 1 to {LONGEST_ANYWHERE} visible characters without "
        "blanks, as its network spells it, such as @ann:example.org"
    )
