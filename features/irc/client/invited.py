"""The channels that the bot was invited to, beyond those of its settings.

Owns how they are remembered: as the token of a checkpoint, which the supervisor keeps.
"""

from __future__ import annotations

import json
from typing import Final

from meshvisor.features.irc.wire.names import check_channel, folded

LONGEST: Final = 3500
"""Bytes of a token; the bot is given at most 4,096."""


class Invited:
    """They, in the order in which they came.

    Args:
        token: of an earlier session; None, or anything that is none: there are none.
    """

    def __init__(self, token: str | None) -> None:
        self.channels = _read(token)

    @property
    def token(self) -> str:
        """What reads as the same again."""
        return json.dumps({"invited": self.channels}, ensure_ascii=False)

    def add(self, channel: str) -> None:
        """Remember one more; the oldest are forgotten where there are too many."""
        self.channels.append(channel)
        while len(self.token.encode("utf-8", "replace")) > LONGEST:
            del self.channels[0]

    def remove(self, channel: str) -> bool:
        """Forget one; False: it is none of them."""
        kept = [name for name in self.channels if folded(name) != folded(channel)]
        is_one = len(kept) < len(self.channels)
        self.channels = kept
        return is_one


def _read(token: str | None) -> list[str]:
    try:
        found = json.loads(token or "{}")["invited"]
        return [check_channel(name) for name in found]
    except (KeyError, TypeError, ValueError):
        return []
