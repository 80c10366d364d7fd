"""What comes in on a connection once the bot is let in: people, what they say, and what is seen.

Owns turning lines into events.  Does not own the connection (`session`), nor who a user is
(`people`, `identities`) and where something is said (`places`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, Final, Protocol

from meshvisor.features.irc.client.channels import Channels
from meshvisor.features.irc.client.dialect import Dialect
from meshvisor.features.irc.client.registration import Registration
from meshvisor.features.irc.wire import ctcp
from meshvisor.features.irc.wire.formatting import plain
from meshvisor.features.irc.wire.message import Line, Source, written
from meshvisor.features.irc.worker.identities import Identities
from meshvisor.features.irc.worker.people import People, is_id, is_split, user_of
from meshvisor.features.irc.worker.places import Places
from meshvisor.shared.version import VERSION
from meshvisor.worker.mesh.transport import (
    ChatMessage,
    Deliver,
    Observed,
    TypingChanged,
    User,
    UserJoined,
    UserLeft,
)

BOT_TAGS: Final = frozenset({"bot", "draft/bot", "inspircd.org/bot"})
"""On what bots say: two that answer each other would never end."""

CTCP_GAP: Final = 5.0
CTCP_BURST: Final = 3
"""Answers to CTCP at once, and seconds until there is one more: one who asks in a loop must not use
up what the server lets the bot say."""


class Session(Protocol):
    """What the incoming side needs of its session."""

    @property
    def registration(self) -> Registration:
        """What the server has said of itself and of the bot."""
        ...

    @property
    def channels(self) -> Channels:
        """Where the bot is."""
        ...

    @property
    def dialect(self) -> Dialect:
        """What the server expects."""
        ...

    def is_own(self, nick: str) -> bool:
        """Say whether a nick is the bot's."""
        ...

    def post(self, line: str) -> None:
        """Send a line that no caller waits for."""
        ...

    def regain(self, freed: str) -> None:
        """Take in that a user has given up a nick."""
        ...

    def invited(self, channel: str, is_known: bool) -> None:
        """Take in an invitation."""
        ...

    def came_in(self, source: Source, channel: str) -> None:
        """Take in that the bot is in a channel."""
        ...

    def thrown_out(self, channel: str, by: str, reason: str) -> None:
        """Take in that the bot is not in a channel any more."""
        ...


class Incoming:
    """The incoming side of one session.

    Args:
        session: whose.
        deliver: called for everything that comes in.
        patience: seconds that a question may take.
    """

    def __init__(self, session: Session, deliver: Deliver, patience: float) -> None:
        self._session = session
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        support = session.registration.support
        self._support = support
        self.people = People(support)
        self.identities = Identities(session.post, support, patience, self._loop.time)
        self.places = Places(session.registration, session.channels, self.people, self.identities)
        self._clock_ahead = 0.0
        """Seconds that the server's clock is ahead of this machine's."""
        self._held: dict[str, list[Line]] = {}
        """What people have said, by folded nicks, about whom the server has not answered yet."""
        self._asking: set[asyncio.Task[None]] = set()
        self._ctcp_free_at = 0.0

    # Life

    def begin(self, line: Line, wall: float) -> None:
        """Take in that the bot is let in, by a line that the server has just said.

        What it says of the time is compared with the clock here: one that is hours ahead or behind
        must not make every command old.
        """
        at = self._session.dialect.said_at(line.tags)
        self._clock_ahead = 0.0 if at is None else at - wall

    def end(self) -> None:
        """Have nothing go on: the session is over."""
        self.identities.end()
        for task in self._asking:
            task.cancel()

    def settle_splits(self, now: float) -> None:
        """Have those be gone who went with a netsplit and did not come back."""
        for user in self.people.did_not_come_back(now):
            self._deliver(UserLeft(user))

    # In

    def take(self, line: Line) -> None:
        """Take in a line; one that means nothing here is passed over."""
        handle = {
            "PRIVMSG": self._privmsg,
            "TAGMSG": self._tagmsg,
            "JOIN": self._join,
            "PART": self._part,
            "KICK": self._kick,
            "QUIT": self._quit,
            "NICK": self._nick,
            "ACCOUNT": self._account,
            "CHGHOST": self._chghost,
            "INVITE": self._invite,
            "TOPIC": self._topic,
            "353": self._names,
        }.get(line.command)
        if handle is not None and (not line.source.nick or is_id(line.source.nick)):
            handle(line)
        elif handle is None:
            self.identities.took(line)

    # People

    def _join(self, line: Line) -> None:
        channel = line.param(0)
        if self._session.is_own(line.source.nick):
            self._session.came_in(line.source, channel)
            return
        account = None
        if self._session.dialect.nicks_are_accounts:
            account = line.source.nick
        elif "extended-join" in self._capabilities:
            account = _account_of(line.param(1))
        user = self.people.came(line.source, self._support.folded(channel), account)
        if user is not None:
            self._deliver(UserJoined(user))

    def _part(self, line: Line) -> None:
        for channel in line.param(0).split(","):
            if self._session.is_own(line.source.nick):
                self._bot_gone(channel, "the server", line.param(1))
            else:
                self._gone(line.source.nick, channel)

    def _kick(self, line: Line) -> None:
        if self._session.is_own(line.param(1)):
            self._bot_gone(line.param(0), line.source.nick, line.param(2))
        else:
            self._gone(line.param(1), line.param(0))

    def _bot_gone(self, channel: str, by: str, reason: str) -> None:
        for user in self.people.channel_left(self._support.folded(channel)):
            self._deliver(UserLeft(user))
        self._session.thrown_out(channel, by, reason)

    def _gone(self, nick: str, channel: str) -> None:
        user = self.people.went(nick, self._support.folded(channel))
        if user is not None:
            self.identities.forget(nick)
            self._deliver(UserLeft(user))

    def _quit(self, line: Line) -> None:
        nick = line.source.nick
        self.identities.forget(nick)
        if is_split(line.text):
            self.people.split(nick, self._loop.time())
        elif (user := self.people.gone(nick)) is not None:
            self._deliver(UserLeft(user))
        self._session.regain(nick)

    def _nick(self, line: Line) -> None:
        nick, new = line.source.nick, line.param(0)
        if self._session.is_own(nick):
            self._session.registration.nick = new
            return
        self.identities.forget(nick)
        self.identities.forget(new)
        changed = self.people.renamed(nick, new) if is_id(new) else None
        if changed is not None:
            before, after = changed
            self._deliver(Observed("renamed", after, data={"was": before.id, "name": before.name}))
        self._session.regain(nick)

    def _account(self, line: Line) -> None:
        account = _account_of(line.param(0))
        if self._session.is_own(line.source.nick):
            self._session.registration.account = account
            return
        self.identities.forget(line.source.nick)
        if (person := self.people.find(line.source.nick)) is not None:
            self.people.seen(person, line.source, account)

    def _chghost(self, line: Line) -> None:
        mask = f"{line.param(0)}@{line.param(1)}"
        if self._session.is_own(line.source.nick):
            self._session.registration.mask = mask
        elif (person := self.people.find(line.source.nick)) is not None:
            self.identities.forget(line.source.nick)
            person.mask = mask

    def _names(self, line: Line) -> None:
        channel = self._support.folded(line.param(2))
        names = (name for name in line.text.split(" ") if is_id(name))
        self.people.listed(names, channel, self._session.is_own)

    # What is seen

    def _invite(self, line: Line) -> None:
        channel = line.param(1)
        if not self._session.is_own(line.param(0)) or not self._support.is_channel(channel):
            return
        account = self._account_in(line)
        if account is None and self.people.find(line.source.nick) is not None:
            self._start(self._ask_about_invitation(line.source, channel))
        else:
            self._follow(line.source, account or "", channel)

    async def _ask_about_invitation(self, source: Source, channel: str) -> None:
        self._follow(source, await self.identities.account(source.nick, source.mask), channel)

    def _follow(self, source: Source, account: str, channel: str) -> None:
        user = user_of(source.nick, account)
        self._deliver(Observed("invited", user, data={"channel": channel}))
        self._session.invited(channel, is_known=bool(account))

    def _topic(self, line: Line) -> None:
        if self._session.channels.is_in(line.param(0)):
            user = user_of(line.source.nick, self._account_in(line) or "")
            topic = {"topic": plain(line.param(1))}
            self._deliver(Observed("topic", user, self.places.of_channel(line.param(0)), topic))

    def _tagmsg(self, line: Line) -> None:
        state, nick = line.tags.get("+typing", ""), line.source.nick
        if state and nick and not self._session.is_own(nick):
            user = user_of(nick, self._account_in(line) or "")
            self._deliver(TypingChanged(user, state == "active"))

    # What is said

    def _privmsg(self, line: Line) -> None:
        source = line.source
        # A server has no `user@host`, and what the bot says comes back as an echo.
        if not source.mask or self._session.is_own(source.nick):
            return
        if not BOT_TAGS.isdisjoint(line.tags):
            return
        inner = ctcp.parse(line.text)
        if inner is not None and inner.command != "ACTION":
            self._answer_ctcp(source.nick, inner)
            return
        key = self._support.folded(source.nick)
        if key in self._held:
            self._held[key].append(line)
            return
        account = self._account_in(line)
        if account is None and (self.identities.is_busy or not self.people.find(source.nick)):
            # WHOIS of a user who shares no channel may tell of the next one who has the nick.
            account = ""
        if account is None:
            self._held[key] = [line]
            self._start(self._ask(key, source))
        else:
            self._say(line, account)

    async def _ask(self, key: str, source: Source) -> None:
        account = ""
        try:
            account = await self.identities.account(source.nick, source.mask)
            if self.people.find(source.nick) is None:
                account = ""
        finally:
            held = self._held.pop(key, [])
        for line in held:
            self._say(line, account)

    def _say(self, line: Line, account: str) -> None:
        source, target = line.source, self._support.without_status(line.param(0))
        person = self.people.find(source.nick)
        if person is not None:
            self.people.seen(person, source, account)
        user = user_of(source.nick, account)
        is_direct = self._session.is_own(target)
        if not is_direct and not self._support.is_channel(target):
            return  # to all of a server, by its operators
        place = (
            self.places.alone_with(source, account) if is_direct else self.places.of_channel(target)
        )
        dialect = self._session.dialect
        inner = ctcp.parse(line.text)
        text = plain(inner.text if inner is not None else line.text)
        if inner is not None:
            self._deliver(Observed("action", user, place, {"text": text}))
            return
        self._deliver(
            ChatMessage(
                id=line.tags.get(dialect.id_tag, ""),
                user=user,
                text=text,
                mentions=self._mentioned(text),
                reply_to=line.tags.get(dialect.reply_tag) or line.tags.get("+reply"),
                place=place,
                is_direct=is_direct,
                at=self._said_at(line),
            )
        )

    def _mentioned(self, text: str) -> tuple[User, ...]:
        """Return whom a text names: `ann: …` at its start, and `@ann` anywhere."""
        first, *rest = text.split(" ", 1) or [""]
        names = [first.rstrip(":,")] if rest and first.endswith((":", ",")) else []
        names += [word[1:].rstrip(":,") for word in text.split() if word.startswith("@")]
        found = (self.people.find(name) for name in names)
        return tuple(dict.fromkeys(person.user for person in found if person is not None))

    def _said_at(self, line: Line) -> float | None:
        at = self._session.dialect.said_at(line.tags)
        return None if at is None else min(at - self._clock_ahead, time.time())

    def _answer_ctcp(self, nick: str, asked: ctcp.Ctcp) -> None:
        answers = {
            "VERSION": f"Meshvisor {VERSION}",
            "PING": asked.text,
            "CLIENTINFO": "ACTION CLIENTINFO PING VERSION",
        }
        now = self._loop.time()
        if asked.command not in answers or self._ctcp_free_at > now + CTCP_GAP * CTCP_BURST:
            return
        self._ctcp_free_at = max(now, self._ctcp_free_at) + CTCP_GAP
        answer = ctcp.written(asked.command, answers[asked.command])
        self._session.post(written("NOTICE", nick, answer))

    # Private

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="who is it")
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    @property
    def _capabilities(self) -> set[str]:
        return self._session.registration.capabilities

    def _account_in(self, line: Line) -> str | None:
        """Return the account of the sender of a line, empty: none; None: it has to be asked."""
        if self._session.dialect.nicks_are_accounts:
            return line.source.nick
        if "account-tag" in self._capabilities:
            return _account_of(line.tags.get("account", "*"))
        return self.identities.known(line.source.nick, line.source.mask)


def _account_of(text: str) -> str:
    """Return an account as lines say it; `*` and what cannot be one is none."""
    return "" if text in {"*", "0"} or not is_id(text) or text.startswith("~") else text
