"""What a server expects of a client beyond the standard, where it is no ordinary one.

Owns the difference between ordinary servers and Twitch.  That of Twitch is written after its
documentation; it was not tried against the real service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from meshvisor.features.irc.client.refusals import Refusal
from meshvisor.features.irc.wire.message import Line
from meshvisor.features.irc.wire.times import seconds
from meshvisor.shared.protocol.fields import as_sentence
from meshvisor.shared.protocol.from_worker import FailureKind


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """What ordinary servers want, unless a field says otherwise."""

    capabilities: tuple[str, ...] = (
        "message-tags",
        "server-time",
        "account-tag",
        "account-notify",
        "extended-join",
        "multi-prefix",
        "chghost",
        "batch",
        "labeled-response",
        "echo-message",
        "sasl",
    )
    """That are asked for where a server has them.  `away-notify` is not: it would not be read here,
    and in large channels it is most of what comes."""
    replies_need: str = "message-tags"
    """Capability with which a message can point at another one."""
    id_tag: str = "msgid"
    """Has the id of a message."""
    reply_tag: str = "+draft/reply"
    """Has the id of the one that it answers."""
    nicks_are_accounts: bool = False
    """Whether a nick is always its user's account."""
    has_direct: bool = True
    """Whether a user can be written to alone."""
    longest: int = 100_000
    """Bytes of text in one message at most, whatever fits into the line."""
    least_gap: float = 0.0
    most_burst: int = 1000
    """What the pace of the settings is kept within."""

    def said_at(self, tags: Mapping[str, str]) -> float | None:
        """Return when something was said, epoch seconds by the server's clock."""
        return seconds(tags.get("time", ""))

    def refusal(self, line: Line) -> Refusal | None:
        """Return what a line means that an ordinary client would not take for a refusal."""
        return None

    def wants_reconnect(self, line: Line) -> bool:
        """Say whether a line asks the client to come back on another connection."""
        return False

    def has_banned(self, line: Line) -> str:
        """Return the nick that is banned for good by a line; empty: none is."""
        return ""


class Twitch(Dialect, frozen=True, kw_only=True):
    """Chat of Twitch (dev.twitch.tv/docs/chat/irc)."""

    capabilities: tuple[str, ...] = (
        "twitch.tv/tags",
        "twitch.tv/commands",
        "twitch.tv/membership",
    )
    replies_need: str = "twitch.tv/tags"
    id_tag: str = "id"
    reply_tag: str = "reply-parent-msg-id"
    nicks_are_accounts: bool = True
    has_direct: bool = False
    longest: int = 480
    """A message has at most 500 characters."""
    least_gap: float = 2.0
    most_burst: int = 5
    """20 messages in 30 seconds are allowed, and who sends more is not heard for half an hour."""

    def said_at(self, tags: Mapping[str, str]) -> float | None:
        """Return when something was said: they count milliseconds."""
        sent = tags.get("tmi-sent-ts", "")
        return int(sent) / 1000 if sent.isascii() and sent.isdigit() and len(sent) < 16 else None

    def refusal(self, line: Line) -> Refusal | None:
        """Return what a NOTICE means before the bot is in its channel."""
        if line.command != "NOTICE":
            return None
        said = as_sentence(line.text)
        if line.tags.get("msg-id", "") in {"msg_banned", "msg_channel_suspended"}:
            return Refusal(FailureKind.REFUSED, f"{line.param(0)} does not let the bot in: {said}")
        lowered = said.lower()
        if "authentication failed" in lowered or "improperly formatted auth" in lowered:
            return Refusal(
                FailureKind.UNAUTHORIZED,
                f"Twitch does not accept the token ({said}); put a new one into server_password, "
                "as oauth:TOKEN",
            )
        return None

    def wants_reconnect(self, line: Line) -> bool:
        """Say whether it is the RECONNECT that comes before a server is taken down."""
        return line.command == "RECONNECT"

    def has_banned(self, line: Line) -> str:
        """Return whom CLEARCHAT bans; one with a duration is only silenced."""
        if line.command == "CLEARCHAT" and "ban-duration" not in line.tags and len(line.params) > 1:
            return line.param(1)
        return ""


DIALECTS: Final[Mapping[str, Dialect]] = {"irc": Dialect(), "twitch": Twitch()}
