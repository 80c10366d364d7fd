"""One radio, as its client meets it; without I/O.

It does what real firmware was seen to do: its queue, what it says about each packet, texts that
come too soon, acknowledgements, and the packets that it keeps while no client is there.

Owns what the radio says.  Does not own the connection (`server`) nor who is around (`nodes`).
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from meshvisor.features.meshtastic.wire.client_api import (
    Channel,
    ConfigComplete,
    FromRadio,
    Heard,
    LoRaConfig,
    Metadata,
    MyInfo,
    NodeInfo,
    QueueStatus,
    Rebooted,
)
from meshvisor.features.meshtastic.wire.node_ids import BROADCAST
from meshvisor.features.meshtastic.wire.packet import Data, Packet, Port
from meshvisor.features.meshtastic.wire.payloads import NodeUser, RoutingError, routing
from meshvisor.features.meshtastic.wire.protobuf import Fields, WireError

QUEUE: Final = 16
"""Packets that its queue has room for."""

TEXT_GAP: Final = 2.0
"""Seconds within which a second text is dropped."""

LONGEST: Final = 232
"""Bytes of a text."""

KEPT: Final = 32
"""Packets that it keeps while no client is there."""

HOPS: Final = 3

US: Final = 1

FIRMWARE: Final = "2.8.0.playground"

CHANNELS: Final = (Channel(0, key=b"\x01"), Channel(1, "Hiking", bytes(range(16))))

KEY_OF_CHANNEL: Final = b"\x01"
"""Short for the default key, which is public."""


class Radio:
    """One radio.

    Args:
        number: of its node.
        now: seconds.
        channels: that are set in it.
        lora: how it sends.
        text_gap: seconds within which a second text is dropped.
    """

    def __init__(
        self,
        number: int,
        now: Callable[[], float],
        channels: Iterable[Channel] = CHANNELS,
        lora: LoRaConfig = LoRaConfig(US, hop_limit=HOPS),  # noqa: B008 - it is frozen
        text_gap: float = TEXT_GAP,
    ) -> None:
        self.number = number
        self._now = now
        self.channels = tuple(channels)
        self.lora = lora
        self.text_gap = text_gap
        self.reboots = 1
        self.nodes: dict[int, NodeInfo] = {
            number: NodeInfo(number, NodeUser("", "Playground radio", "PLAY"))
        }
        """The nodes that it knows, itself included."""
        self.asleep: set[int] = set()
        """Nodes that acknowledge nothing."""
        self.dropped: list[Packet] = []
        """Texts that came too soon."""
        self.on_air: Callable[[Packet], None] = lambda packet: None
        """Called with what it sends for its client."""
        self.has_rebooted = False
        self._post: Callable[[bytes], None] | None = None
        self._kept: deque[Packet] = deque(maxlen=KEPT)
        self._numbers = itertools.count(1)
        self._last_text = float("-inf")
        self.errors: deque[RoutingError] = deque()
        """What it answers to the next packets, instead of sending them."""

    # The client

    def attach(self, post: Callable[[bytes], None]) -> None:
        """Take in a client, which is given messages by `post`."""
        self._post = post
        if self.has_rebooted:
            self.has_rebooted = False
            self.say(Rebooted())

    def detach(self) -> None:
        """Take in that there is no client."""
        self._post = None

    def say(self, *messages: FromRadio) -> None:
        """Say something to the client, if there is one."""
        if self._post is not None:
            for message in messages:
                self._post(message.encoded())

    def receive(self, message: bytes) -> bool:
        """Take in what the client says; False: it wants to go."""
        try:
            fields = Fields(message)
            if fields.has(3):
                self._introduce(fields.unsigned(3))
            elif fields.has(1):
                self._send(Packet.decoded(fields.data(1)))
            elif fields.has(7):
                self.say(QueueStatus(0, QUEUE, QUEUE))
            elif fields.has(4):
                return False
        except WireError:
            pass  # as firmware does: nothing is said about it
        return True

    def _introduce(self, number: int) -> None:
        others = [info for node, info in self.nodes.items() if node != self.number]
        self.say(
            MyInfo(self.number, self.reboots),
            self.nodes[self.number],
            Metadata(FIRMWARE),
            *self.channels,
            self.lora,
            *others,
            ConfigComplete(number),
        )
        while self._kept:
            self.say(Heard(self._kept.popleft()))

    # On the air

    def packet_id(self) -> int:
        """Return a number that no packet had."""
        return 0x7000_0000 + next(self._numbers)

    def hear(self, packet: Packet) -> None:
        """Take in a packet from the air."""
        if self._post is None:
            self._kept.append(packet)
        else:
            self.say(Heard(packet))

    def _send(self, packet: Packet) -> None:
        data = packet.data
        if data is None:
            return
        error = RoutingError.TOO_LARGE if len(data.payload) > LONGEST else RoutingError.NONE
        if self.errors:
            error = self.errors.popleft()
        if error:
            self.say(QueueStatus(error, QUEUE, QUEUE, packet.id))
            self._route(self.number, packet.id, error)
            return
        if data.port == Port.TEXT:
            if self._now() - self._last_text < self.text_gap:
                self.dropped.append(packet)
                # That is all that a client ever learns of it.
                self.say(QueueStatus(0, QUEUE, QUEUE, packet.id))
                return
            self._last_text = self._now()
        self.say(
            QueueStatus(0, QUEUE - 1, QUEUE, packet.id), QueueStatus(0, QUEUE, QUEUE, packet.id)
        )
        self.on_air(_from(packet, self.number))
        self._acknowledge(packet)

    def _acknowledge(self, packet: Packet) -> None:
        if len(self.nodes) < 2:
            return
        if packet.to == BROADCAST:
            self._route(self.number, packet.id)  # another node has repeated it
        elif packet.to in self.nodes and packet.to not in self.asleep:
            self._route(packet.to, packet.id)
        elif packet.want_ack:
            self._route(self.number, packet.id)
            self._route(self.number, packet.id, RoutingError.MAX_RETRANSMIT)

    def _route(self, sender: int, request: int, error: int = RoutingError.NONE) -> None:
        data = Data(Port.ROUTING, routing(error), request_id=request)
        self.say(Heard(Packet(id=self.packet_id(), sender=sender, to=self.number, data=data)))


def _from(packet: Packet, sender: int) -> Packet:
    return Packet(
        id=packet.id,
        sender=sender,
        to=packet.to,
        channel=packet.channel,
        data=packet.data,
        hop_limit=packet.hop_limit,
        hop_start=packet.hop_limit,
        want_ack=packet.want_ack,
    )
