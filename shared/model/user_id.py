"""Ids of the people in a mesh.

Owns what may be a user id.  Both sides use it: the supervisor for what is kept, the worker for
what is written in a chat.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 64
"""Characters; platforms use numbers or UUIDs, which are shorter."""

_USER_ID: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9.-]{{0,{LONGEST - 1}}}")
"""Nothing wider: two ids must not look alike, and who types anything else means something else."""


def check_user_id(text: str) -> str:
    """Return the user id that `text` is or begins with: a peer id (`12345_phone`) names one too.

    Raises:
        ValueError: it is none; the message is one sentence.
    """
    user_id = text.strip().partition("_")[0]
    if _USER_ID.fullmatch(user_id):
        return user_id
    raise ValueError(
        f"{text[:LONGEST]!r} is no user id: 1 to {LONGEST} letters (a-z), digits, dots or hyphens, "
        "the first a letter or digit, such as 12345"
    )
