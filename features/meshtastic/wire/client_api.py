"""What a radio and its client say to each other (`ToRadio` and `FromRadio`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from meshvisor.features.meshtastic.wire import protobuf as pb
from meshvisor.features.meshtastic.wire.packet import Packet
from meshvisor.features.meshtastic.wire.payloads import DeviceMetrics, NodeUser, Position
from meshvisor.features.meshtastic.wire.protobuf import Fields

LORA: Final = 6
"""Which field of a configuration is about the radio itself."""


# To the radio


def send_packet(packet: Packet) -> bytes:
    """Have it sent."""
    return pb.data(1, packet.encoded())


def want_config(number: int) -> bytes:
    """Have the radio say all that it knows; it ends with this number."""
    return pb.unsigned(3, number)


def goodbye() -> bytes:
    """Say that the client goes."""
    return pb.unsigned(4, 1)


def heartbeat() -> bytes:
    """Ask whether the radio is there: it answers with a `QueueStatus`."""
    return pb.data(7, b"", always=True)


# From the radio


class MyInfo(msgspec.Struct, frozen=True):
    """Who the radio is."""

    number: int
    reboots: int = 0
    """How often it has started; 0: it does not say."""

    def encoded(self) -> bytes:
        """Return its bytes, as a `FromRadio`."""
        return pb.data(3, pb.unsigned(1, self.number) + pb.unsigned(8, self.reboots))


class NodeInfo(msgspec.Struct, frozen=True):
    """A node that the radio knows."""

    number: int
    user: NodeUser | None = None
    position: Position | None = None
    snr: float = 0.0
    last_heard: int = 0
    """Epoch seconds by the radio's clock; 0: never, or it does not say."""
    metrics: DeviceMetrics | None = None
    via_mqtt: bool = False
    hops: int | None = None

    def encoded(self) -> bytes:
        """Return its bytes, as a `FromRadio`."""
        parts = (
            pb.unsigned(1, self.number),
            pb.data(2, self.user.encoded()) if self.user is not None else b"",
            pb.data(3, self.position.encoded()) if self.position is not None else b"",
            pb.number(4, self.snr),
            pb.fixed(5, self.last_heard),
            pb.data(6, self.metrics.encoded()) if self.metrics is not None else b"",
            pb.unsigned(8, self.via_mqtt),
            pb.unsigned(9, self.hops, always=True) if self.hops is not None else b"",
        )
        return pb.data(4, b"".join(parts))


class Channel(msgspec.Struct, frozen=True):
    """A channel of the radio."""

    index: int
    name: str = ""
    """Empty: that of the preset."""
    key: bytes = b""
    is_used: bool = True

    def encoded(self) -> bytes:
        """Return its bytes, as a `FromRadio`."""
        role = 0 if not self.is_used else 1 if self.index == 0 else 2
        settings = pb.data(2, self.key) + pb.text(3, self.name)
        inner = pb.unsigned(1, self.index) + pb.data(2, settings, always=True)
        return pb.data(10, inner + pb.unsigned(3, role))


class LoRaConfig(msgspec.Struct, frozen=True):
    """How the radio sends."""

    region: int
    """Number of a region; 0: none is chosen, and nothing is sent."""
    uses_preset: bool = True
    preset: int = 0
    bandwidth: int = 0
    """kHz, where no preset is used; 31, 62, 200, 400, 800 and 1600 mean a little more."""
    spread_factor: int = 0
    coding_rate: int = 0
    """The 5 of 4/5."""
    hop_limit: int = 0
    transmits: bool = True
    overrides_duty_cycle: bool = False

    def encoded(self) -> bytes:
        """Return its bytes, as a `FromRadio`."""
        inner = b"".join(
            (
                pb.unsigned(1, self.uses_preset),
                pb.unsigned(2, self.preset),
                pb.unsigned(3, self.bandwidth),
                pb.unsigned(4, self.spread_factor),
                pb.unsigned(5, self.coding_rate),
                pb.unsigned(7, self.region),
                pb.unsigned(8, self.hop_limit),
                pb.unsigned(9, self.transmits),
                pb.unsigned(12, self.overrides_duty_cycle),
            )
        )
        return pb.data(5, pb.data(LORA, inner, always=True))


class QueueStatus(msgspec.Struct, frozen=True):
    """What the radio has done with a packet, or its answer to a heartbeat."""

    error: int = 0
    """0: none; as a `RoutingError`."""
    free: int = 0
    """Packets for which its queue has room."""
    most: int = 0
    """Packets for which it has room when it is empty."""
    packet_id: int = 0
    """Which packet; 0: none, it was a heartbeat."""

    def encoded(self) -> bytes:
        """Return its bytes, as a `FromRadio`."""
        inner = (
            pb.unsigned(1, self.error),
            pb.unsigned(2, self.free),
            pb.unsigned(3, self.most),
            pb.unsigned(4, self.packet_id),
        )
        return pb.data(11, b"".join(inner))


class ConfigComplete(msgspec.Struct, frozen=True):
    """All was said that `want_config` asked for."""

    number: int

    def encoded(self) -> bytes:
        """Return its bytes, as a `FromRadio`."""
        return pb.unsigned(7, self.number)


class Rebooted(msgspec.Struct, frozen=True):
    """The radio has started anew, and wants to be asked for everything again."""

    def encoded(self) -> bytes:
        """Return its bytes, as a `FromRadio`."""
        return pb.unsigned(8, 1)


class Heard(msgspec.Struct, frozen=True):
    """A packet has come in, of another node or of the radio itself."""

    packet: Packet

    def encoded(self) -> bytes:
        """Return its bytes, as a `FromRadio`."""
        return pb.data(2, self.packet.encoded())


class Metadata(msgspec.Struct, frozen=True):
    """What runs in the radio."""

    firmware: str

    def encoded(self) -> bytes:
        """Return its bytes, as a `FromRadio`."""
        return pb.data(13, pb.text(1, self.firmware))


FromRadio = (
    MyInfo
    | NodeInfo
    | Channel
    | LoRaConfig
    | QueueStatus
    | ConfigComplete
    | Rebooted
    | Heard
    | Metadata
)


def from_radio(data: bytes) -> FromRadio | None:
    """Read what a radio says; None: it is about something that no bot needs.

    Raises:
        WireError: it is no message.
    """
    fields = Fields(data)
    for number, read in _READERS.items():
        if fields.has(number):
            return read(fields, number)
    return None


# Private


def _my_info(fields: Fields, number: int) -> MyInfo:
    inner = fields.message(number)
    return MyInfo(inner.unsigned(1) & 0xFFFF_FFFF, inner.unsigned(8))


def _node_info(fields: Fields, number: int) -> NodeInfo:
    inner = fields.message(number)
    return NodeInfo(
        inner.unsigned(1) & 0xFFFF_FFFF,
        NodeUser.read(inner.message(2)) if inner.has(2) else None,
        Position.read(inner.message(3)) if inner.has(3) else None,
        inner.real(4),
        inner.fixed(5),
        DeviceMetrics.read(inner.message(6)) if inner.has(6) else None,
        bool(inner.unsigned(8)),
        inner.unsigned(9) if inner.has(9) else None,
    )


def _channel(fields: Fields, number: int) -> Channel:
    inner = fields.message(number)
    settings = inner.message(2)
    return Channel(
        inner.unsigned(1), settings.text(3).strip(), settings.data(2), inner.unsigned(3) > 0
    )


def _config(fields: Fields, number: int) -> LoRaConfig | None:
    inner = fields.message(number)
    if not inner.has(LORA):
        return None
    lora = inner.message(LORA)
    return LoRaConfig(
        lora.unsigned(7),
        bool(lora.unsigned(1)),
        lora.unsigned(2),
        lora.unsigned(3),
        lora.unsigned(4),
        lora.unsigned(5),
        lora.unsigned(8),
        bool(lora.unsigned(9)),
        bool(lora.unsigned(12)),
    )


def _queue_status(fields: Fields, number: int) -> QueueStatus:
    inner = fields.message(number)
    return QueueStatus(inner.signed(1), inner.unsigned(2), inner.unsigned(3), inner.unsigned(4))


def _heard(fields: Fields, number: int) -> Heard:
    return Heard(Packet.decoded(fields.data(number)))


def _config_complete(fields: Fields, number: int) -> ConfigComplete:
    return ConfigComplete(fields.unsigned(number))


def _rebooted(fields: Fields, number: int) -> Rebooted | None:
    return Rebooted() if fields.unsigned(number) else None


def _metadata(fields: Fields, number: int) -> Metadata:
    return Metadata(fields.message(number).text(1))


_READERS: Final[Mapping[int, Callable[[Fields, int], FromRadio | None]]] = {
    2: _heard,
    3: _my_info,
    4: _node_info,
    5: _config,
    7: _config_complete,
    8: _rebooted,
    10: _channel,
    11: _queue_status,
    13: _metadata,
}
