"""What comes in over the air, as the bot hears it: texts, and what is observed of nodes.

Does not own acknowledgements (`speaker`) nor the connection (`session`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from meshvisor.features.meshtastic.radio.nodes import PRESENT_FOR
from meshvisor.features.meshtastic.radio.places import ChannelPlaces, direct_place
from meshvisor.features.meshtastic.wire.client_api import NodeInfo
from meshvisor.features.meshtastic.wire.packet import Data, Packet, Port
from meshvisor.features.meshtastic.wire.payloads import (
    DEVICE_METRICS,
    ENVIRONMENT,
    DeviceMetrics,
    NodeUser,
    Position,
    environment,
)
from meshvisor.features.meshtastic.wire.protobuf import Fields, WireError
from meshvisor.features.meshtastic.worker.plan import Memory
from meshvisor.features.meshtastic.worker.speaker import text_id
from meshvisor.shared.protocol.fields import as_sentence
from meshvisor.worker.logs.bound import bound_log, notable
from meshvisor.worker.mesh.transport import (
    MAIN,
    ChatMessage,
    Checkpoint,
    Deliver,
    Observed,
    User,
    UserJoined,
    UserLeft,
)

log = bound_log(__name__)

TOO_OLD: Final = 7 * 86_400.0
"""Seconds behind this machine's clock from which on a radio's clock is not believed."""


SWEEP: Final = 60.0
"""Seconds between two looks for nodes that are not there any more."""


class Incoming:
    """What one radio hears.

    Args:
        own: number of the radio.
        places: its channels.
        memory: who and what was heard.
        deliver: called for everything that comes in.
        now: seconds.
        own_metrics: called with what the radio tells of itself.
    """

    def __init__(
        self,
        own: int,
        places: ChannelPlaces,
        memory: Memory,
        deliver: Deliver,
        now: Callable[[], float],
        own_metrics: Callable[[DeviceMetrics], None],
    ) -> None:
        self._own = own
        self._places = places
        self._nodes = memory.nodes
        self._seen = memory.seen
        self._deliver = deliver
        self._now = now
        self._own_metrics = own_metrics
        self._broken = 0
        self._sweep_at = now() + SWEEP

    # What the radio knew already

    def known(self, info: NodeInfo, wall: float) -> None:
        """Take in a node that the radio knows, with what it last said.

        Args:
            info: of the node.
            wall: epoch seconds.
        """
        if info.number == self._own:
            if info.metrics is not None:
                self._own_metrics(info.metrics)
            return
        if info.user is not None:
            self._nodes.named(info.number, info.user)
        age = wall - info.last_heard
        if not info.last_heard or age >= PRESENT_FOR:
            return
        self._nodes.heard(info.number, self._now() - max(0.0, age))
        signal = {"snr": info.snr, "hops": info.hops, "via_mqtt": info.via_mqtt}
        if info.position is not None:
            self._tell("position", info.number, _position(info.position, signal, wall))

    # What is on the air

    def take(self, packet: Packet, *, is_live: bool) -> None:
        """Take in a packet.

        Args:
            packet: of another node, or one of the radio's own of which no other part is concerned.
            is_live: whether it has just come in; otherwise the radio has kept it for a while.
        """
        if packet.data is None or not self._seen.is_new(packet):
            return
        try:
            if packet.sender == self._own:
                self._take_own(packet.data)
            else:
                self._take(packet, packet.data, is_live)
        except WireError as error:
            self._broken += 1
            if notable(self._broken):
                log.warning(
                    "A packet of a node cannot be read: %s",
                    error,
                    event="packet_unreadable",
                    node=self._nodes.user(packet.sender).id,
                    count=self._broken,
                )

    def sweep(self) -> None:
        """Let go who was not heard for long."""
        self._sweep_at = self._now() + SWEEP
        for user in list(self._nodes.gone(self._now())):
            self._deliver(UserLeft(user))

    # Private

    def _take_own(self, data: Data) -> None:
        if data.port == Port.TELEMETRY:
            telemetry = Fields(data.payload)
            if telemetry.has(DEVICE_METRICS):
                self._own_metrics(DeviceMetrics.read(telemetry.message(DEVICE_METRICS)))

    def _take(self, packet: Packet, data: Data, is_live: bool) -> None:
        if self._now() >= self._sweep_at:
            self.sweep()
        if data.port == Port.NODE_INFO:
            self._nodes.named(packet.sender, NodeUser.read(Fields(data.payload)))
        if self._nodes.heard(packet.sender, self._now()):
            self._deliver(UserJoined(self._nodes.user(packet.sender)))
        match data.port:
            case Port.TEXT if packet.is_to_all or packet.to == self._own:
                self._text(packet, data, is_live)
            case Port.NODE_INFO:
                self._tell("node", packet.sender, self._node(packet))
            case Port.POSITION:
                position = Position.read(Fields(data.payload))
                if position is not None:
                    details = _position(position, _signal(packet), time.time())
                    self._tell("position", packet.sender, details)
            case Port.TELEMETRY:
                self._telemetry(packet, data)
            case _:
                pass

    def _text(self, packet: Packet, data: Data, is_live: bool) -> None:
        place = self._places.of(packet.channel) if packet.is_to_all else direct_place(packet.sender)
        text = data.payload.decode("utf-8", "replace")
        reply_to = text_id(data.reply_id) if data.reply_id else None
        user = self._nodes.user(packet.sender)
        if data.emoji:
            details = {"emoji": as_sentence(text), "message_id": reply_to or ""}
            self._deliver(Observed("reaction", user, place, details))
            return
        if signal := _signal(packet):
            self._deliver(Observed("signal", user, place, signal))
        # Before the message: the next worker does not answer it again.
        self._deliver(Checkpoint(self._seen.note_text(packet)))
        self._deliver(
            ChatMessage(
                text_id(packet.id),
                # Senders in a channel may call themselves what they like.
                User(user.id, user.name, authenticated=packet.is_private),
                text,
                reply_to=reply_to,
                place=place,
                is_direct=not packet.is_to_all,
                at=None if is_live else _at(packet.rx_time, time.time()),
            )
        )

    def _node(self, packet: Packet) -> dict[str, Any]:
        info = self._nodes.info(packet.sender) or NodeUser()
        return {
            "long_name": as_sentence(info.long_name),
            "short_name": as_sentence(info.short_name),
            "hardware": info.hardware,
            "role": info.role,
            "has_key": bool(info.public_key),
            **_signal(packet),
        }

    def _telemetry(self, packet: Packet, data: Data) -> None:
        fields = Fields(data.payload)
        details: dict[str, Any] = {}
        if fields.has(DEVICE_METRICS):
            details |= DeviceMetrics.read(fields.message(DEVICE_METRICS)).as_json()
        if fields.has(ENVIRONMENT):
            details |= environment(fields.message(ENVIRONMENT))
        if details:
            self._tell("telemetry", packet.sender, {**details, **_signal(packet)})

    def _tell(self, kind: str, number: int, data: dict[str, Any]) -> None:
        self._deliver(Observed(kind, self._nodes.user(number), MAIN, data))


def _signal(packet: Packet) -> dict[str, Any]:
    """Return how a packet was received."""
    details: dict[str, Any] = {}
    if packet.rssi:
        details |= {"snr": round(packet.snr, 2), "rssi": packet.rssi}
    if packet.hops is not None:
        details["hops"] = packet.hops
    if packet.via_mqtt:
        details["via_mqtt"] = True
    return details


def _position(position: Position, signal: dict[str, Any], wall: float) -> dict[str, Any]:
    details: dict[str, Any] = {
        "latitude": round(position.latitude, 7),
        "longitude": round(position.longitude, 7),
        "altitude_m": position.altitude,
        "accuracy_m": None if position.accuracy is None else round(position.accuracy, 1),
        "at": _at(position.time, wall),
    }
    return {name: value for name, value in {**details, **signal}.items() if value is not None}


def _at(moment: int, wall: float) -> float | None:
    """Return a moment by the clock of a radio or a node; None: that is not to be believed."""
    return float(moment) if wall - TOO_OLD < moment <= wall else None
