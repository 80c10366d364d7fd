"""How long a message may be: how much text fits into one line.

Owns that number.  Does not own how a longer text is cut (`meshvisor.worker.mesh.splitting`).

A server puts `:nick!user@host ` before what it hands on, and the whole must fit into one line: what
does not is cut off, by some servers in the middle of a character, and others throw the client out.
So what fits depends on what the server calls the bot.
"""

from __future__ import annotations

from typing import Final

from meshvisor.features.irc.wire.ctcp import MARK
from meshvisor.features.irc.wire.isupport import Support

USER_BYTES: Final = 12
HOST_BYTES: Final = 63
"""Assumed while a server has not said what it calls the bot: longest on usual servers."""

LEAST: Final = 64
"""Bytes of text that the bot needs at least (`Limits.max_bytes`)."""

SPARE: Final = 2 * len(MARK)
"""Bytes that are left free, for a server that marks what has no marks."""


def text_bytes(support: Support, nick: str, mask: str, command: str, target: str) -> int:
    """Return how many bytes of text fit into one line.

    Args:
        support: of the server.
        nick: the bot's.
        mask: `user@host` of the bot; empty: not known.
        command: `PRIVMSG` or `NOTICE`.
        target: a channel or nick.
    """
    prefix = f":{nick}!{mask}" if mask else ":" + nick + "!@" + "x" * (USER_BYTES + HOST_BYTES)
    around = f"{prefix} {command} {target} :\r\n"
    return max(LEAST, support.line_bytes - len(around.encode()) - SPARE)
