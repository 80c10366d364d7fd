"""The nodes around the playground's radio: they walk, tell how they are doing, and ask the bot.

Owns what they send and when.  Does not own the radio that hears it (`radio`).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from meshvisor.features.meshtastic.wire.client_api import NodeInfo
from meshvisor.features.meshtastic.wire.node_ids import BROADCAST, node_id
from meshvisor.features.meshtastic.wire.packet import Data, Packet, Port
from meshvisor.features.meshtastic.wire.payloads import (
    DeviceMetrics,
    NodeUser,
    Position,
    telemetry,
)
from meshvisor.playground.radio.radio import HOPS, Radio
from meshvisor.playground.residents.walk import Walk

FIRST: Final = 0x2000_0001
"""Number of the first node."""

YOU: Final = 0x2000_0000
"""The node as which a person speaks."""

NAMES: Final = ("Hilltop", "Harbour", "Ridge", "Mill", "Valley", "Lighthouse", "Orchard", "Quarry")

POSITION_EVERY: Final = 20.0
TELEMETRY_EVERY: Final = 60.0
QUESTION_EVERY: Final = 45.0
"""Seconds; real nodes are far more silent, and a playground is for looking on."""

EXACT: Final = 32


@dataclass(slots=True)
class Node:
    """One node."""

    number: int
    user: NodeUser
    walk: Walk
    battery: float
    """Percent."""
    hops: int
    position_in: float
    """Seconds until it tells where it is."""
    telemetry_in: float


class Neighbourhood:
    """All nodes around one radio.

    Args:
        radio: hears them.
        count: of the nodes, beside the one as which a person speaks.
        wall: epoch seconds.
        seed: the same: the same nodes.
        prefix: what a command begins with.
    """

    def __init__(
        self, radio: Radio, count: int, wall: Callable[[], float], seed: int = 0, prefix: str = "?"
    ) -> None:
        self._radio = radio
        self._wall = wall
        self._random = random.Random(seed)
        self._prefix = prefix
        self._question_in = QUESTION_EVERY / 3
        self.nodes = [self._node(index) for index in range(count)]
        you = NodeUser(node_id(YOU), "You", "YOU", public_key=bytes(32))
        radio.nodes[YOU] = NodeInfo(YOU, you, last_heard=int(wall()))
        for node in self.nodes:
            self._note(node, self._position(node, 0.0))

    def name(self, number: int) -> str:
        """Return what people call a node."""
        info = self._radio.nodes.get(number)
        return info.user.long_name if info is not None and info.user is not None else "all"

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        for node in self.nodes:
            position = self._position(node, seconds)
            self._note(node, position)
            node.battery = max(5.0, node.battery - seconds / 120)
            node.position_in -= seconds
            if node.position_in <= 0:
                node.position_in += POSITION_EVERY
                self._send(node, Data(Port.POSITION, position.encoded()))
            node.telemetry_in -= seconds
            if node.telemetry_in <= 0:
                node.telemetry_in += TELEMETRY_EVERY
                self._send(node, Data(Port.TELEMETRY, telemetry(self._metrics(node))))
        self._question_in -= seconds
        if self._question_in <= 0 and self.nodes:
            self._question_in += QUESTION_EVERY
            node = self._random.choice(self.nodes)
            self.say(f"{self._prefix}ping", self._radio.number, node.number)

    def say(self, text: str, to: int = BROADCAST, number: int = YOU, channel: int = 0) -> None:
        """Have a node say something; to one node alone with the keys of both."""
        hops = next((node.hops for node in self.nodes if node.number == number), 0)
        self._hear(number, Data(Port.TEXT, text.encode()), hops, to, channel)

    # Private

    def _node(self, index: int) -> Node:
        number = FIRST + index
        name = NAMES[index % len(NAMES)] + (
            f" {index // len(NAMES) + 1}" if index >= len(NAMES) else ""
        )
        walk = Walk(random.Random(self._random.random()))
        walk.depart()  # there is something to see from the start
        return Node(
            number,
            NodeUser(node_id(number), name, name[:4].upper(), public_key=bytes(32)),
            walk,
            battery=self._random.uniform(60, 100),
            hops=index % HOPS,
            position_in=self._random.uniform(0, POSITION_EVERY),
            telemetry_in=self._random.uniform(0, TELEMETRY_EVERY),
        )

    def _position(self, node: Node, seconds: float) -> Position:
        latitude, longitude = node.walk.after(seconds)
        return Position(latitude, longitude, 20, int(self._wall()), EXACT)

    def _metrics(self, node: Node) -> DeviceMetrics:
        return DeviceMetrics(
            round(node.battery), round(3.3 + node.battery / 125, 2), 4.0, 0.5, 3600
        )

    def _note(self, node: Node, position: Position) -> None:
        self._radio.nodes[node.number] = NodeInfo(
            node.number,
            node.user,
            position,
            snr=6.0 - node.hops,
            last_heard=int(self._wall()),
            metrics=self._metrics(node),
            hops=node.hops,
        )

    def _send(self, node: Node, data: Data) -> None:
        self._hear(node.number, data, node.hops, BROADCAST, 0)

    def _hear(self, number: int, data: Data, hops: int, to: int, channel: int) -> None:
        self._radio.hear(
            Packet(
                id=self._radio.packet_id(),
                sender=number,
                to=to,
                channel=channel,
                data=data,
                rx_time=int(self._wall()),
                snr=6.0 - hops,
                rssi=-80 - 10 * hops,
                hop_limit=HOPS - hops,
                hop_start=HOPS,
                is_private=to != BROADCAST,
            )
        )
