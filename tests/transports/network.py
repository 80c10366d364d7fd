"""A network as the suite of transports needs it: people in it, what the bot says, and its faults.

Each transport brings one (`watch_party.py`, `program.py`).  What a network cannot do it says with a
reason in `lacks`, and the suite then holds its transport to saying so as well.
"""

from __future__ import annotations

import abc
import asyncio
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeVar

from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.shared.transports import transport_kind
from meshvisor.worker.mesh.bounds import bounded
from meshvisor.worker.mesh.transport import Incoming, Joining, Manners, MeshAddress, Transport
from tests.worker.supervisor_side import QUICK

PATIENCE: Final = 20.0
"""Seconds that a test waits for what takes milliseconds, on however busy a machine."""

T = TypeVar("T")


class Lack(enum.Enum):
    """What a network may be without."""

    PLACES = "it has one place"
    DIRECT = "nobody can be written to alone"
    EDITS = "a message stays as it was sent"
    ERRORS = "nobody tells whether a message could be sent"
    DELIVERIES = "nobody tells what became of a message"
    RESUME = "it tells nobody what was missed"
    MANNERS = "it sets no pace"
    REPLACED = "no client takes the connection of another"
    ENDS = "nothing ends a mesh for all"
    KICKS = "nobody can throw the bot out"
    ACCOUNTS = "the bot has no account there"
    VOUCHING = "nobody vouches for who speaks in public"


@dataclass(frozen=True)
class Heard:
    """Something that the bot has said, as the network has it."""

    text: str
    place: str = ""
    reply_to: str | None = None
    id: str | None = None


class Network(abc.ABC):
    """One mesh of one network, in the test's own loop."""

    transport: ClassVar[str]
    lacks: ClassVar[frozenset[Lack]]
    own_id: str
    credentials = Credentials(peer_id="1_bot")
    """The account of the bot."""
    address = ""
    server = ""
    settings: Mapping[str, Any]
    manners = Manners()
    """What the transport declares of the pace."""
    small: str = "#small"
    """A further place, in which less fits into a message."""
    has_small_places = True
    """Whether less fits into a message there."""
    has_ids = True
    """Whether messages have ids."""
    at_once = 2
    """Messages that may be said at once in `test_pace`."""
    hands_on_again = True
    """Whether what was missed can be asked for as often as one likes."""
    takeovers = 1
    """How often another client has to come until it is known that it was one."""

    def user_id(self, user: str) -> str:
        """Return the id of a user who has come or spoken, by what the suite calls them."""
        return user

    def make(self) -> Transport:
        """Make the transport of the mesh."""
        address = MeshAddress("lobby", self.server, self.address, self.settings)
        made: Transport = transport_kind(self.transport).load()(address, QUICK)
        return made

    @property
    def params(self) -> dict[str, Any]:
        """What a worker of the mesh is started with, beside its server."""
        return {
            "transport": self.transport,
            "address": self.address,
            "settings": dict(self.settings),
            "credentials": self.credentials,
        }

    @abc.abstractmethod
    async def present(self) -> None:
        """Return when the network has the bot."""

    @abc.abstractmethod
    async def absent(self) -> None:
        """Return when the network does not have the bot."""

    @abc.abstractmethod
    async def heard(self) -> Heard:
        """Return what the bot has said next."""

    async def changed(self) -> tuple[str, str]:
        """Return the id and the new text of the message that the bot has changed next."""
        raise NotImplementedError

    async def refuse_message(self) -> None:
        """Not take the next message of the bot."""
        raise NotImplementedError

    @abc.abstractmethod
    async def say(
        self, text: str, user: str = "11", place: str = "", *, direct: bool = False
    ) -> str:
        """Have a user say something, and return its id."""

    @abc.abstractmethod
    async def come(self, user: str) -> None:
        """Have a user come."""

    @abc.abstractmethod
    async def go(self, user: str) -> None:
        """Have them leave again."""

    @abc.abstractmethod
    async def garbage(self) -> None:
        """Say what no client can understand."""

    @abc.abstractmethod
    async def lose(self) -> None:
        """Break the connection."""

    @abc.abstractmethod
    async def kick(self) -> None:
        """Throw the bot out."""

    @abc.abstractmethod
    async def end(self) -> None:
        """End the mesh."""

    async def replace(self) -> None:
        """Have another client take the bot's connection."""
        raise NotImplementedError

    async def delivered(self, sent_id: str) -> str:
        """Tell what became of a message; return the state."""
        raise NotImplementedError

    @abc.abstractmethod
    async def refuse(self, kind: FailureKind) -> None:
        """Refuse all, until `accept`."""

    @abc.abstractmethod
    async def stall(self) -> None:
        """Leave joins without an answer, until `accept`."""

    @abc.abstractmethod
    async def accept(self) -> None:
        """Let all in."""


class Stay:
    """A transport, and what it has delivered."""

    def __init__(self, network: Network) -> None:
        self.transport = network.make()
        self._credentials = network.credentials
        self.seen: list[Incoming] = []
        self._news = asyncio.Event()

    async def join(self, resume: str | None = None) -> None:
        """Join once."""
        async with asyncio.timeout(PATIENCE):
            joining = Joining(self._credentials, resume)
            await self.transport.join(joining, self._take)

    async def expect(self, kind: type[T], fits: Callable[[T], bool] = lambda one: True) -> T:
        """Return the next delivery of a kind that fits, leaving others for later."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for incoming in self.seen:
                    if isinstance(incoming, kind) and fits(incoming):
                        self.seen.remove(incoming)
                        return incoming
                self._news.clear()
                await self._news.wait()

    def _take(self, incoming: Incoming) -> None:
        # Whatever a network says, ids can be kept as they are.
        assert bounded(incoming) is not None, incoming
        self.seen.append(incoming)
        self._news.set()
