"""Where something is said on IRC: channels, and people alone with the bot.

A channel is a place that is called like it; the mesh's own is `MAIN`.  A user alone is an account,
or a nick with its user and host: a nick by itself may be another's tomorrow.

Owns what places are called and who reads there.  Does not own what is said.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from meshvisor.features.irc.client.channels import Channels
from meshvisor.features.irc.client.registration import Registration
from meshvisor.features.irc.wire.message import Source
from meshvisor.features.irc.worker.identities import Identities
from meshvisor.features.irc.worker.people import UNKNOWN, People, Person
from meshvisor.worker.mesh.transport import MAIN, NoSuchPlaceError

ACCOUNT: Final = "account:"
NICK: Final = "nick:"
"""What places begin with that a user alone reads."""

MOST_ALONE: Final = 1000
"""People whose nicks are remembered, to be written to alone."""

USUAL_NICK: Final = 30
"""Characters of a nick on servers that do not say how long one may be."""


class Places:
    """The places of one connection.

    Args:
        registration: what the server has said of itself.
        channels: where the bot is.
        people: who is there.
        identities: asks who a user is now.
    """

    def __init__(
        self,
        registration: Registration,
        channels: Channels,
        people: People,
        identities: Identities,
    ) -> None:
        self._registration = registration
        self._channels = channels
        self._people = people
        self._identities = identities
        self._alone: OrderedDict[str, str] = OrderedDict()
        """Nicks by places in which a user is alone with the bot, the last used last."""

    def of_channel(self, channel: str) -> str:
        """Return what a channel is as a place."""
        channels = self._channels
        return MAIN if channels.is_main(channel) else channels.name(channel)

    def alone_with(self, source: Source, account: str) -> str:
        """Return the place that a user reads alone, who has just been seen."""
        place = f"{ACCOUNT}{account}" if account else f"{NICK}{source}"
        self._alone[place] = source.nick
        self._alone.move_to_end(place)
        while len(self._alone) > MOST_ALONE:
            self._alone.popitem(last=False)
        return place

    def direct(self, user_id: str) -> str:
        """Return the place that a user reads alone; see `Transport.direct_place`."""
        for person in self._people:
            if person.user.id == user_id and (person.account or person.mask):
                user, _, host = person.mask.partition("@")
                return self.alone_with(Source(person.nick, user, host), person.account)
        for place, nick in self._alone.items():
            is_nick = place.startswith(NICK) and f"{UNKNOWN}{nick}" == user_id
            if is_nick or place == f"{ACCOUNT}{user_id}":
                return place
        raise NoSuchPlaceError(f"{user_id} is not here")

    async def target(self, place: str) -> str:
        """Return the channel or nick of a place.

        Raises:
            NoSuchPlaceError: the bot is not in that channel, or the user who alone is to read it is
                not known.
        """
        if not place.startswith((ACCOUNT, NICK)):
            return self._channel(place)
        nick = self._nick_in(place)
        person = self._people.find(nick) if nick else None
        # Without account-notify the server does not say when a user has logged out.
        is_announced = place.startswith(NICK) or "account-notify" in self._registration.capabilities
        if person is not None and is_announced and _is_it(place, person):
            return person.nick
        if nick:
            found = await self._identities.whois(nick)
            if _is_it(place, Person(nick, found.mask, found.account)):
                return nick
        raise NoSuchPlaceError(f"{place.partition(':')[2]} is not here")

    def target_size(self, place: str) -> str:
        """Return something as long as the target of a place."""
        if place.startswith((ACCOUNT, NICK)):
            longest = self._registration.support.number("NICKLEN", USUAL_NICK)
            return self._nick_in(place) or "x" * longest
        return place or self._channels.name(self._channels.main)

    # Private

    def _channel(self, place: str) -> str:
        name = self._channels.name(place or self._channels.main)
        if not self._channels.is_in(name):
            raise NoSuchPlaceError(f"the bot is not in {name}")
        return name

    def _nick_in(self, place: str) -> str:
        if place.startswith(ACCOUNT):
            account = place.removeprefix(ACCOUNT)
            here = next((one.nick for one in self._people.with_account(account)), "")
            return here or self._alone.get(place, "")
        return place.removeprefix(NICK).partition("!")[0]


def _is_it(place: str, person: Person) -> bool:
    if place.startswith(ACCOUNT):
        return bool(person.account) and place == f"{ACCOUNT}{person.account}"
    return bool(person.mask) and place == f"{NICK}{person.nick}!{person.mask}"
