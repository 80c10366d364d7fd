"""A network in memory, and a clock that the test moves: what is said, and when."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable, Mapping
from typing import Any

from meshvisor.worker.mesh.mesh import Mesh
from meshvisor.worker.mesh.outgoing import Outgoing
from meshvisor.worker.mesh.transport import (
    MAIN,
    Deliver,
    End,
    Joining,
    Limits,
    Manners,
    NotInMeshError,
    NotSentError,
    Traits,
    User,
)
from meshvisor.worker.mesh.usage import Tally


class Alarm:
    """Implements `Timer`."""

    def __init__(self, callback: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        self._callback = callback
        self._arguments = arguments
        self._cancelled = False

    def cancel(self) -> None:
        """Do not ring."""
        self._cancelled = True

    def ring(self) -> None:
        """Call back."""
        if not self._cancelled:
            self._callback(*self._arguments)


class Timers:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0
        self._numbers = itertools.count()
        self._alarms: list[tuple[float, int, Alarm]] = []

    def now(self) -> float:
        """Return the moved time."""
        return self.at

    def call_later(self, delay: float, callback: Callable[..., object], *arguments: Any) -> Alarm:
        """Call back when time has been moved that far."""
        alarm = Alarm(callback, arguments)
        heapq.heappush(self._alarms, (self.at + delay, next(self._numbers), alarm))
        return alarm

    async def advance(self, seconds: float) -> None:
        """Let time pass, and all do what they do then."""
        end = self.at + seconds
        await settle()
        while self._alarms and self._alarms[0][0] <= end:
            due, _, alarm = heapq.heappop(self._alarms)
            self.at = max(self.at, due)
            alarm.ring()
            await settle()
        self.at = end


async def settle() -> None:
    """Let tasks run until they wait for something."""
    for _ in range(20):
        await asyncio.sleep(0)


class Air:
    """Implements `Transport` as far as talking goes."""

    own_id = "1"
    users: Mapping[str, User] = {}

    def __init__(self, timers: Timers, manners: Manners) -> None:
        self._timers = timers
        self.manners = manners
        self.traits = Traits(replies=True)
        self.most = Limits(100)
        self.is_present = True
        self.said: list[tuple[float, str, str]] = []
        """When, where and what."""
        self.replies: list[str | None] = []
        self.edited: list[tuple[str, str, str]] = []
        """Which, what and where."""
        self.refusals: list[float | None] = []
        """`retry_after` of the messages that are not taken next; the text is not said then."""
        self.blocked: asyncio.Event | None = None
        """Holds up what is said, as a server that reads slowly does."""
        self.held: dict[str, asyncio.Event] = {}
        """The same of one place alone."""

    def limits(self, place: str) -> Limits:
        """Return what the test wants."""
        return self.most

    async def join(self, joining: Joining, deliver: Deliver) -> None:
        """Be there already."""

    async def ended(self) -> End:
        """Never end."""
        raise NotImplementedError

    async def leave(self, reason: str, *, politely: bool = True) -> None:
        """Stay."""

    async def say(self, text: str, place: str = MAIN, reply_to: str | None = None) -> str | None:
        """Note it."""
        if self.blocked is not None:
            await self.blocked.wait()
        if place in self.held:
            await self.held[place].wait()
        if not self.is_present:
            raise NotInMeshError("the bot is not in the mesh")
        if self.refusals:
            raise NotSentError("too many requests", self.refusals.pop(0))
        self.said.append((self._timers.now(), place, text))
        self.replies.append(reply_to)
        return f"s{len(self.said)}"

    async def edit(self, sent_id: str, text: str, place: str = MAIN) -> None:
        """Note it."""
        self.edited.append((sent_id, text, place))

    async def direct_place(self, user_id: str) -> str:
        """Say that a place is called like who is there."""
        return f"to {user_id}"

    async def show_typing(self, typing: bool, place: str = MAIN) -> None:
        """Show nothing."""

    @property
    def texts(self) -> list[str]:
        """What was said."""
        return [text for _, _, text in self.said]


class Scene:
    """A mesh on such a network; make it inside a running event loop."""

    def __init__(self, manners: Manners) -> None:
        self.timers = Timers()
        self.air = Air(self.timers, manners)
        outgoing = Outgoing(self.air, self.timers.now, self.timers.call_later)
        self.mesh = Mesh("lobby", self.air, Tally(), outgoing)
        self.mesh.entered()

    def lose(self) -> None:
        """Lose the mesh."""
        self.air.is_present = False
        self.mesh.left()

    def come_back(self) -> None:
        """Be in it again."""
        self.air.is_present = True
        self.mesh.entered()
