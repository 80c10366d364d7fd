"""What is reported of users, and which ones a client wants to see."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

LONGEST_USER_NAME: Final = 128
LONGEST_NOTE: Final = 500
"""Characters."""


class Position(NamedTuple):
    """Where a user was."""

    user_id: str
    """As the event log spells it."""
    at: int
    """Epoch milliseconds."""
    latitude: float
    longitude: float
    accuracy_m: float | None = None
    mesh_id: str | None = None
    source: str = "mesh"
    user_name: str = ""
    """Empty: unknown."""


class Seen(NamedTuple):
    """That a user did something in a mesh."""

    user_id: str
    mesh_id: str
    at: int
    """Epoch milliseconds."""
    user_name: str = ""
    """Empty: unknown."""


class UserFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which users are wanted; None: no matter."""

    online: bool | None = None
    registered: bool | None = None
    has_position: bool | None = None
    """Whether it is known where they were last."""
    group: str | None = None
    zone: str | None = None
    mesh_id: str | None = None
    text: str = ""
    """What is in their name or id; empty: no matter."""
