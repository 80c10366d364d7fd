"""Who is in the channels of the bot, and who they are.

Owns nicks, accounts and channels of people as the server tells them, and telling a netsplit from
people who leave.  Does not own asking who a user is (`worker.identities`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from meshvisor.features.irc.wire.isupport import Support
from meshvisor.features.irc.wire.message import Source
from meshvisor.shared.protocol.fields import as_name
from meshvisor.worker.mesh.transport import User

MOST: Final = 10_000
"""People that are kept; of further ones only what they say is passed on."""

SPLIT_PATIENCE: Final = 900.0
"""Seconds after which a user who went with a netsplit has left: most of them are over sooner."""

_SERVER: Final = r"[A-Za-z0-9*](?:[A-Za-z0-9*-]*\.)+[A-Za-z0-9*-]+"
_SPLIT: Final = re.compile(rf"{_SERVER} {_SERVER}")

UNKNOWN: Final = "~"
"""Before the nick of a user who is not logged in: no account begins with it, so that a nick never
is the id of another user's account."""


LONGEST_ID: Final = 200
"""Characters of a nick or an account; longer ones are of no server that works."""


class Person(msgspec.Struct):
    """A user who is in a channel with the bot."""

    nick: str
    mask: str = ""
    """`user@host`; empty: not known yet."""
    account: str = ""
    """That they are logged in with; empty: with none, as far as is known."""
    channels: set[str] = msgspec.field(default_factory=set)
    """Folded names."""

    @property
    def user(self) -> User:
        """As everything behind this sees them."""
        return user_of(self.nick, self.account)


def user_of(nick: str, account: str) -> User:
    """Return the `User` of a nick: one who is logged in is who the network says."""
    name = as_name(nick).strip() or nick
    return User(account or f"{UNKNOWN}{nick}", name, authenticated=bool(account))


def is_id(text: str) -> bool:
    """Say whether this can be (a part of) a user id; servers are foreign."""
    return 0 < len(text) <= LONGEST_ID and text.isprintable() and " " not in text


def is_split(reason: str) -> bool:
    """Say whether the reason of a QUIT is that two servers have lost each other.

    It has the names of both.  What people say when they leave stands behind `Quit: ` on every
    server that lets them say anything.
    """
    return _SPLIT.fullmatch(reason) is not None


class People:
    """The people of one connection, without the bot.

    Args:
        support: knows which nicks are equal.
    """

    def __init__(self, support: Support) -> None:
        self._support = support
        self._people: dict[str, Person] = {}
        self._users: dict[str, User] | None = None
        """By id, as `users` has made it; None: a user has changed since."""
        self._split: dict[str, tuple[User, float]] = {}
        """Who went with a netsplit, and until when they may come back as if nothing had been."""

    def __iter__(self) -> Iterator[Person]:
        """Return all users."""
        return iter(self._people.values())

    @property
    def users(self) -> dict[str, User]:
        """All users, by id."""
        if self._users is None:
            users = (person.user for person in self._people.values())
            self._users = {user.id: user for user in users}
        return self._users

    def find(self, nick: str) -> Person | None:
        """Return who has a nick; None: no user here."""
        return self._people.get(self._support.folded(nick))

    def with_account(self, account: str) -> Iterator[Person]:
        """Yield the users who are logged in with an account."""
        return (person for person in self._people.values() if person.account == account)

    def came(self, source: Source, channel: str, account: str | None = None) -> User | None:
        """Note that a user is in a channel.

        Args:
            source: who; a list of names has nothing but the nick.
            channel: its folded name.
            account: that they are logged in with, empty: with none; None: the server does not say.

        Returns:
            Who has come; None: they were here, in this channel or another, or came back after a
            netsplit.
        """
        key = self._support.folded(source.nick)
        person = self._people.get(key)
        is_news = person is None
        if person is None:
            if len(self._people) >= MOST:
                return None
            person = self._people[key] = Person(source.nick)
            self._users = None
        person.channels.add(channel)
        self.seen(person, source, account)
        back = self._split.pop(key, None)
        return person.user if is_news and back is None else None

    def seen(self, person: Person, source: Source, account: str | None) -> None:
        """Take in what a line says of a user beside what it is about."""
        person.mask = source.mask or person.mask
        if account is not None and account != person.account:
            person.account = account
            self._users = None

    def went(self, nick: str, channel: str) -> User | None:
        """Note that a user has left a channel; return who has left the last one."""
        person = self.find(nick)
        if person is None:
            return None
        person.channels.discard(channel)
        if person.channels:
            return None
        return self.gone(nick)

    def gone(self, nick: str) -> User | None:
        """Note that a user has left the network; return who; None: they were not here."""
        person = self._people.pop(self._support.folded(nick), None)
        self._users = None
        return None if person is None else person.user

    def split(self, nick: str, now: float) -> bool:
        """Note that a user has gone with a netsplit; return whether they were here."""
        person = self._people.pop(self._support.folded(nick), None)
        if person is None:
            return False
        self._users = None
        self._split[self._support.folded(nick)] = person.user, now + SPLIT_PATIENCE
        return True

    def did_not_come_back(self, now: float) -> list[User]:
        """Return who has gone with a netsplit for good; each once."""
        overdue = [key for key, (_, until) in self._split.items() if until <= now]
        return [self._split.pop(key)[0] for key in overdue]

    def renamed(self, nick: str, new: str) -> tuple[User, User] | None:
        """Note that a user has another nick; return who they were and are."""
        person = self._people.pop(self._support.folded(nick), None)
        if person is None:
            return None
        self._users = None
        before, person.nick = person.user, new
        self._people[self._support.folded(new)] = person
        return before, person.user

    def channel_left(self, channel: str) -> list[User]:
        """Note that the bot has left a channel; return who is in none with it any more."""
        here = [person.nick for person in self._people.values() if channel in person.channels]
        return [user for nick in here if (user := self.went(nick, channel)) is not None]

    def listed(self, names: Iterable[str], channel: str, is_own: Callable[[str], bool]) -> None:
        """Take in a list of who is in a channel (RPL_NAMREPLY): no user has come by that."""
        signs = self._support.prefixes
        for name in names:
            bare = name.lstrip(signs)
            nick, _, mask = bare.partition("!")
            if nick and not is_own(nick):
                user, _, host = mask.partition("@")
                self.came(Source(nick, user, host), channel)
