"""How far the bot has heard, as the token of a checkpoint.

Owns how that is written.  It holds the token of access of a bot that has logged in with a password:
a successor that logged in again would use up the few logins that servers allow.
"""

from __future__ import annotations

from typing import Final

import msgspec

LONGEST: Final = 4000
"""Bytes of a token; the supervisor keeps at most 4,096."""


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where to go on."""

    since: str = ""
    """`next_batch` of the last answer that was handled whole; empty: from now on."""
    after: str = ""
    """Id of the last event behind that which was handled; empty: none."""
    token: str = ""
    """Of access, where the bot has logged in with a password."""
    user: str = ""
    """Whose that is."""

    @property
    def written(self) -> str:
        """Return what reads as the same again."""
        return msgspec.json.encode(self).decode()


_PROGRESS: Final = msgspec.json.Decoder(Progress)


def read_progress(token: str | None) -> Progress:
    """Return where to go on; from now on, where a token is none of ours."""
    try:
        return _PROGRESS.decode(token or "{}")
    except (msgspec.DecodeError, UnicodeError):
        return Progress()
