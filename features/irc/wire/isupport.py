"""What a server says that it can do: numeric 005, ISUPPORT."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from meshvisor.features.irc.wire.lines import LINE_BYTES
from meshvisor.features.irc.wire.names import DEFAULT, folded

_ESCAPE: Final = re.compile(r"\\x([0-9A-Fa-f]{2})")

_PREFIX: Final = re.compile(r"\(([^)]*)\)(.*)")

MOST: Final = 500
"""Tokens that are kept; servers have about fifty."""


class Support:
    """The tokens of one server."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}
        self._mapping = DEFAULT

    def take(self, params: Iterable[str]) -> None:
        """Take in the parameters of one numeric, the nick before and the sentence behind them
        included, which are no tokens.
        """
        for param in params:
            key, _, value = param.partition("=")
            if " " in param or not key:
                continue
            if key.startswith("-"):
                self._tokens.pop(key[1:].upper(), None)
            elif len(self._tokens) < MOST:
                self._tokens[key.upper()] = _ESCAPE.sub(lambda hit: chr(int(hit[1], 16)), value)
        self._mapping = self._tokens.get("CASEMAPPING", DEFAULT).lower()

    def folded(self, name: str) -> str:
        """Return what is the same for names that the server takes for the same."""
        return folded(name, self._mapping)

    def text(self, token: str, default: str = "") -> str:
        """Return the value of a token."""
        return self._tokens.get(token, default)

    def number(self, token: str, default: int) -> int:
        """Return the value of a token that is a number; anything else is as if it was not said."""
        value = self._tokens.get(token, "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else default

    @property
    def channel_types(self) -> str:
        """What names of channels begin with."""
        return self._tokens.get("CHANTYPES", "#&") or "#"

    @property
    def prefixes(self) -> str:
        """What stands before nicks of operators and the like in lists."""
        found = _PREFIX.fullmatch(self._tokens.get("PREFIX", "(ov)@+"))
        return found[2] if found else ""

    @property
    def status_prefixes(self) -> str:
        """What may stand before a channel in the target of a message."""
        return self._tokens.get("STATUSMSG", "")

    @property
    def line_bytes(self) -> int:
        """Of one line with its end, without tags."""
        return max(LINE_BYTES, min(self.number("LINELEN", LINE_BYTES), 8 * LINE_BYTES))

    @property
    def targets_of_join(self) -> int:
        """Channels that one JOIN may name; 0: any number."""
        for pair in self._tokens.get("TARGMAX", "").split(","):
            command, _, most = pair.partition(":")
            if command.upper() == "JOIN":
                return int(most) if most.isascii() and most.isdigit() else 0
        return 0

    def most_channels(self, channel: str) -> tuple[str, int] | None:
        """Return in how many channels a client may be at a time, with what the names of those begin
        with that count together with this one; None: the server does not say.
        """
        for pair in self._tokens.get("CHANLIMIT", "").split(","):
            kinds, _, most = pair.partition(":")
            if channel[:1] and channel[0] in kinds:
                return (kinds, int(most)) if most.isascii() and most.isdigit() else None
        most_of_all = self.number("MAXCHANNELS", 0)
        return (self.channel_types, most_of_all) if most_of_all else None

    def is_channel(self, target: str) -> bool:
        """Say whether a target is a channel."""
        return target[:1] in set(self.channel_types)

    def without_status(self, target: str) -> str:
        """Return the channel of a target such as `@#lobby`, which only its operators read."""
        bare = target.lstrip(self.status_prefixes)
        return bare if self.is_channel(bare) else target
