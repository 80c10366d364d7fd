"""Who a user is, on servers that do not say it with every message: by asking (WHOIS).

WHOIS tells of the user who has a nick when it answers.  It is believed only while nothing has been
seen that could have changed that, and of people that share a channel with the bot, which would have
seen it.

Owns questions and what is remembered of their answers.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from meshvisor.features.irc.wire.isupport import Support
from meshvisor.features.irc.wire.message import Line, written

MOST: Final = 1000
"""People that are remembered."""

MOST_AT_ONCE: Final = 10
"""Questions that wait for an answer; of further people nothing is known meanwhile.  Servers count
questions as they count messages."""

ASK_AGAIN: Final = 300.0
"""Seconds after which a user who was not logged in is asked about again."""

UNKNOWN_NICK: Final = frozenset({"401", "402", "406"})


class Found(msgspec.Struct):
    """What WHOIS has said of a nick."""

    nick: str
    mask: str = ""
    """Empty: no user has it."""
    account: str = ""


class _Known(msgspec.Struct):
    mask: str
    account: str
    until: float


class Identities:
    """Asks one server.

    Args:
        post: sends a line.
        support: knows which nicks are equal.
        patience: seconds that an answer may take.
        now: tells the time.
    """

    def __init__(
        self,
        post: Callable[[str], None],
        support: Support,
        patience: float,
        now: Callable[[], float],
    ) -> None:
        self._post = post
        self._support = support
        self._patience = patience
        self._now = now
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._open: dict[str, tuple[Found, asyncio.Future[Found]]] = {}

    def known(self, nick: str, mask: str) -> str | None:
        """Return the account of a user, empty: none; None: it has to be asked for."""
        key = self._support.folded(nick)
        known = self._known.get(key)
        if known is None or known.mask != mask or known.until <= self._now():
            return None
        self._known.move_to_end(key)
        return known.account

    @property
    def is_busy(self) -> bool:
        """Whether nothing more should be asked."""
        return len(self._open) >= MOST_AT_ONCE

    async def account(self, nick: str, mask: str) -> str:
        """Ask for the account of a user who has just written; empty: none.

        The answer holds until `forget`.
        """
        key = self._support.folded(nick)
        mark = _Known(mask, "", self._now() + ASK_AGAIN)
        self._known[key] = mark
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        found = await self.whois(nick)
        # Another mark: they have left, or have another nick, since they wrote.
        if self._known.get(key) is not mark or found.mask != mask:
            return ""
        if found.account:
            mark.account, mark.until = found.account, float("inf")
        return found.account

    async def whois(self, nick: str) -> Found:
        """Ask who has a nick now; no one, where the server does not answer."""
        key = self._support.folded(nick)
        if key not in self._open:
            answer: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
            self._open[key] = Found(nick), answer
            self._post(written("WHOIS", nick))
        _, answer = self._open[key]
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(answer)
        except TimeoutError:
            self._open.pop(key, None)
            return Found(nick)

    def forget(self, nick: str) -> None:
        """Take in that a nick may be another user's now, or their account another one."""
        self._known.pop(self._support.folded(nick), None)

    def took(self, line: Line) -> bool:
        """Take in a line of an answer; say whether it was one."""
        key = self._support.folded(line.param(1))
        found, answer = self._open.get(key, (None, None))
        if found is None or answer is None:
            return False
        match line.command:
            case "311":
                found.mask = f"{line.param(2)}@{line.param(3)}"
            case "330":
                found.account = line.param(2)
            case "318":
                self._done(key, found, answer)
            case command if command in UNKNOWN_NICK:
                self._done(key, Found(found.nick), answer)
            case _:
                return False
        return True

    def end(self) -> None:
        """Release all waiting callers: the connection is over."""
        for key, (found, answer) in list(self._open.items()):
            self._done(key, Found(found.nick), answer)

    def _done(self, key: str, found: Found, answer: asyncio.Future[Found]) -> None:
        del self._open[key]
        if not answer.done():
            answer.set_result(found)
