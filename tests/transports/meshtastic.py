"""Meshtastic: a radio of the playground, with nodes around it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any, Final

from meshvisor.features.meshtastic.mesh_settings import RadioSettings
from meshvisor.features.meshtastic.radio.airtime import Airtime
from meshvisor.features.meshtastic.radio.nodes import PRESENT_FOR
from meshvisor.features.meshtastic.wire.client_api import LoRaConfig, NodeInfo
from meshvisor.features.meshtastic.wire.node_ids import BROADCAST, node_id
from meshvisor.features.meshtastic.wire.packet import Data, Packet, Port
from meshvisor.features.meshtastic.wire.payloads import NodeUser, RoutingError
from meshvisor.features.meshtastic.worker.transport import RadioMesh
from meshvisor.playground.radio.radio import Radio
from meshvisor.playground.radio.server import GARBAGE, RadioServer
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.transport import Manners, MeshAddress, Transport
from tests.transports.network import PATIENCE, Heard, Lack, Network
from tests.worker.supervisor_side import QUICK

OWN: Final = 0x1000_0001

NODES: Final = 0x2000_0000
"""What the number of a node begins with, whom the suite calls by a number."""

LORA: Final = LoRaConfig(region=1, hop_limit=3)


class RadioNetwork(Network):
    """A radio and its client."""

    transport = "meshtastic"
    lacks = frozenset({Lack.EDITS, Lack.ENDS, Lack.KICKS, Lack.ACCOUNTS, Lack.VOUCHING})
    own_id = node_id(OWN)
    small = "#Hiking"
    has_small_places = False
    at_once = 1
    hands_on_again = False
    takeovers = 2

    def __init__(self) -> None:
        self.clock = 1000.0
        """Seconds by which nodes are there or gone."""
        self._loop = asyncio.get_running_loop()
        self.radio = Radio(OWN, self._loop.time, lora=LORA, text_gap=0.0)
        self.radio.nodes[NODES + 99] = NodeInfo(NODES + 99)
        self.radio.on_air = self._on_air
        self._server = RadioServer(self.radio)
        self._said: asyncio.Queue[Heard] = asyncio.Queue()
        self._numbers = itertools.count(1)
        self.settings: Mapping[str, Any] = RadioSettings(
            answers="place", gap=0.0, max_parts=10, airtime=100
        ).model_dump(mode="json")
        self.places: tuple[str, ...] | None = None
        """Where commands are answered."""
        airtime = Airtime(LORA, 100)
        self.manners = Manners(per_hour=airtime.budget, cost=airtime.cost, is_quiet=True)

    async def open(self) -> None:
        """Be there."""
        await self._server.open()
        self.server = self._server.address

    async def close(self) -> None:
        """Be gone."""
        await self._server.close()

    def make(self) -> Transport:
        """Make the transport, with the clock of this network."""
        address = MeshAddress("lobby", self.server, self.address, self.settings, self.places)
        return RadioMesh(address, QUICK, lambda: self.clock)

    def user_id(self, user: str) -> str:
        """Return the id of a node."""
        return node_id(NODES + int(user))

    async def present(self) -> None:
        """Return when the radio has a client."""
        await self._client_is(there=True)

    async def absent(self) -> None:
        """Return when it has none."""
        await self._client_is(there=False)

    async def _client_is(self, *, there: bool) -> None:
        async with asyncio.timeout(PATIENCE), self._server.changed:
            await self._server.changed.wait_for(lambda: self._server.has_client is there)

    async def heard(self) -> Heard:
        """Return what was on the air next."""
        async with asyncio.timeout(PATIENCE):
            return await self._said.get()

    def _on_air(self, packet: Packet) -> None:
        assert packet.data is not None
        reply = f"{packet.data.reply_id:08x}" if packet.data.reply_id else None
        if packet.to == BROADCAST:
            place = "" if packet.channel == 0 else self.small
        else:
            place = f"dm:{packet.to - NODES}"
        text = packet.data.payload.decode()
        self._said.put_nowait(Heard(text, place, reply, f"{packet.id:08x}"))

    def hear(self, user: str, data: Data, to: int = BROADCAST, channel: int = 0) -> str:
        """Have the radio hear something of a node; return the packet's id."""
        number = 0x5000_0000 + next(self._numbers)
        self.radio.hear(
            Packet(
                id=number,
                sender=NODES + int(user),
                to=to,
                channel=channel,
                data=data,
                hop_start=3,
                hop_limit=2,
                rssi=-90,
                snr=5.5,
                is_private=to == OWN,
            )
        )
        return f"{number:08x}"

    async def say(
        self, text: str, user: str = "11", place: str = "", *, direct: bool = False
    ) -> str:
        """Have a node say something."""
        await self.present()
        channel = 1 if place == self.small else 0
        data = Data(Port.TEXT, text.encode())
        return self.hear(user, data, OWN if direct else BROADCAST, channel)

    async def come(self, user: str) -> None:
        """Have a node tell its name."""
        info = NodeUser(self.user_id(user), f"node {user}", user)
        self.hear(user, Data(Port.NODE_INFO, info.encoded()))

    async def go(self, user: str) -> None:
        """Let it be silent for hours, until something else is heard."""
        self.clock += PRESENT_FOR + 1
        self.hear("99", Data(Port.NODE_INFO, NodeUser().encoded()))

    async def garbage(self) -> None:
        """Say what no client can understand."""
        self._server.raw(GARBAGE)

    def print_debug(self) -> None:
        """Print what a console prints for people, between frames."""
        self._server.raw(b"DEBUG | ??:??:?? 7 [Router] Rx\r\n")

    async def lose(self) -> None:
        """Cut the power."""
        self._server.cut()

    async def kick(self) -> None:
        """Refuse: it cannot be done."""
        raise NotImplementedError

    async def end(self) -> None:
        """Refuse: it cannot be done."""
        raise NotImplementedError

    async def replace(self) -> None:
        """Have another client come, and go again."""
        _, writer = await asyncio.open_connection("127.0.0.1", self._server.port)
        writer.close()
        await self.absent()

    async def delivered(self, sent_id: str) -> str:
        """Have a node repeat what was said, which happens by itself."""
        return "on_air"

    async def refuse_message(self) -> None:
        """Have no room for the next text."""
        self.radio.errors.append(RoutingError.DUTY_CYCLE_LIMIT)

    async def refuse(self, kind: FailureKind) -> None:
        """Be off, or have no region."""
        if kind is FailureKind.REFUSED:
            self.radio.lora = LoRaConfig(region=0)
        else:
            await self._server.close()

    async def stall(self) -> None:
        """Say nothing."""
        self._server.is_silent = True

    async def accept(self) -> None:
        """Be as ever."""
        self._server.is_silent = False
        self.radio.lora = LORA
        if not self._server.is_open:
            await self._server.open()
