"""Ids of the people in a mesh.

Owns what may be a user id.  Both sides use it: the supervisor for what is kept, the worker for
what is written in a chat.
"""

from __future__ import annotations

from typing import Final

LONGEST: Final = 64
"""Characters; platforms use numbers or UUIDs, which are shorter."""


def check_user_id(text: str) -> str:
    """Return the user id that `text` is or begins with: a peer id (`12345_phone`) names one too.

    Raises:
        ValueError: it is none; the message is one sentence.
    """
    user_id = text.strip().partition("_")[0]
    if user_id and len(user_id) <= LONGEST and user_id.isprintable() and " " not in user_id:
        return user_id
    raise ValueError(
        f"{text[:LONGEST]!r} is no user id: 1 to {LONGEST} characters without blanks, such as 12345"
    )
