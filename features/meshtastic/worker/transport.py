"""A Meshtastic radio: its channels and the nodes it hears are places (implements `Transport`)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from meshvisor.features.meshtastic.address import endpoint
from meshvisor.features.meshtastic.radio.airtime import HOUR
from meshvisor.features.meshtastic.radio.places import direct_place
from meshvisor.features.meshtastic.radio.seen import Seen
from meshvisor.features.meshtastic.wire.node_ids import BROADCAST, node_id, node_number
from meshvisor.features.meshtastic.wire.payloads import DeviceMetrics
from meshvisor.features.meshtastic.worker.plan import Memory, plan
from meshvisor.features.meshtastic.worker.session import RadioSession
from meshvisor.features.meshtastic.worker.speaker import text_number
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    MAIN,
    CannotEditError,
    Deliver,
    End,
    Joining,
    Limits,
    Manners,
    MeshAddress,
    NoSuchPlaceError,
    NotInMeshError,
    NotSentError,
    Traits,
    Transport,
    User,
)

POLITE_ABOVE: Final = 25.0
"""Percent of a busy channel from which on radios themselves leave out what is not urgent."""

SHY_ABOVE: Final = 40.0
"""From which on they leave out nearly all."""

POLITE: Final = 4
SHY: Final = 12
"""Times the gap between two texts on a channel that is so busy."""

HOUR_SECONDS: Final = 3600.0

RETRY: Final = 300.0
"""Seconds after which a radio that has used up its hour is tried again."""


def make(mesh: MeshAddress, timings: Timings) -> Transport:
    """Make the transport of one mesh; `TransportKind.entry`."""
    if mesh.server and endpoint(mesh.server).is_broker:
        # What it needs is not loaded for radios.
        from meshvisor.features.meshtastic.worker.mqtt_mesh import MqttMesh

        return MqttMesh(mesh, timings)
    return RadioMesh(mesh, timings)


class RadioMesh:
    """One mesh that a radio hears.  Each stay has a connection of its own.

    Args:
        mesh: its settings are those of `RadioSettings`.
        timings: how long to wait for what.
        now: seconds of a clock that does not go back; None: the loop's.
    """

    def __init__(
        self, mesh: MeshAddress, timings: Timings, now: Callable[[], float] | None = None
    ) -> None:
        self._mesh = mesh
        self._timings = timings
        self._now = now or asyncio.get_running_loop().time
        self._memory: Memory | None = None
        self._session: RadioSession | None = None
        self._metrics = DeviceMetrics()
        self._spent: deque[tuple[float, int]] = deque()
        """When what was said within the last hour, and its airtime."""

    @property
    def traits(self) -> Traits:
        """What radios can do."""
        return Traits(replies=True, direct=True)

    @property
    def manners(self) -> Manners:
        """The pace and the airtime that the mesh has for the bot."""
        settings, session = self._mesh.settings, self._session
        busy = self._metrics.channel_utilization or 0.0
        slow = SHY if busy > SHY_ABOVE else POLITE if busy > POLITE_ABOVE else 1
        return Manners(
            gap=settings["gap"] * slow,
            per_hour=session.airtime.budget if session is not None else 1,
            cost=session.airtime.cost if session is not None else None,
            is_quiet=True,
            answers_directly=settings["answers"] == "direct",
        )

    @property
    def own_id(self) -> str:
        """The radio's id."""
        return self._session.own_id if self._session is not None else ""

    @property
    def users(self) -> Mapping[str, User]:
        """The nodes that were heard lately."""
        return self._memory.nodes.present if self._memory is not None else {}

    @property
    def is_present(self) -> bool:
        """Whether a message could be sent now."""
        return self._session is not None and self._session.is_present

    def limits(self, place: str) -> Limits:
        """Return what fits into a packet, and into the patience of a mesh."""
        settings = self._mesh.settings
        return Limits(settings["max_bytes"], settings["max_parts"], fences=False)

    async def join(self, joining: Joining, deliver: Deliver) -> None:
        """Connect, and hear what the radio says of itself; see `Transport.join`."""
        if self._memory is None:
            self._memory = Memory(Seen(joining.resume))
        session = RadioSession(plan(self._mesh), self._memory, deliver, self._timings, self._now)
        session.on_metrics = self._measured
        # Before it has joined: what is said right behind that may be answered at once.
        self._session = session
        await session.join()

    async def ended(self) -> End:
        """Return when the connection is over."""
        assert self._session is not None
        return await self._session.ended()

    async def leave(self, reason: str, *, politely: bool = True) -> None:
        """End the connection, if there is one."""
        if self._session is not None:
            await self._session.leave(reason, politely=politely)

    async def say(self, text: str, place: str = MAIN, reply_to: str | None = None) -> str | None:
        """Send one text to a channel, or to one node."""
        session = self._present()
        to, channel = session.channels.target(place)
        if to != BROADCAST:
            self._check_reader(to)
        if session.airtime.is_used_up:
            raise NotSentError("the radio may not send more within this hour", RETRY)
        sent_id = await session.speaker.say(
            text, to, channel, text_number(reply_to), session.hop_limit
        )
        cost = session.airtime.cost(len(text.encode("utf-8", "replace")), place)
        self._spent.append((self._now(), cost))
        return sent_id

    async def edit(self, sent_id: str, text: str, place: str = MAIN) -> None:
        """Refuse: what was on the air cannot be changed."""
        raise CannotEditError(sent_id)

    async def direct_place(self, user_id: str) -> str:
        """Return the place in which one node alone reads what is said."""
        self._present()
        number = node_number(user_id)
        if number is None:
            raise NoSuchPlaceError(f"{user_id} is no node: they are like !a1b2c3d4")
        self._check_reader(number)
        return direct_place(number)

    async def show_typing(self, typing: bool, place: str = MAIN) -> None:
        """Do nothing: it cannot be sent on the air."""
        self._present()

    # Private

    def _check_reader(self, number: int) -> None:
        info = self._memory.nodes.info(number) if self._memory is not None else None
        if info is not None and info.is_unmessagable:
            raise NoSuchPlaceError(f"nobody reads at {node_id(number)}")

    def _measured(self, metrics: DeviceMetrics) -> None:
        """Take in how the radio is doing."""
        self._metrics = metrics
        if metrics.airtime_percent is not None and self._session is not None:
            now = self._now()
            while self._spent and self._spent[0][0] <= now - HOUR_SECONDS:
                self._spent.popleft()
            spent = min(sum(cost for _, cost in self._spent), HOUR)
            self._session.airtime.measured(metrics.airtime_percent, spent)

    def _present(self) -> RadioSession:
        if self._session is None or not self._session.is_present:
            raise NotInMeshError(f"the bot is not in {self._mesh.mesh_id}")
        return self._session
