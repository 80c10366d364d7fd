"""One packet of the mesh and what it carries (`MeshPacket` and `Data` of the client API)."""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from meshvisor.features.meshtastic.wire import protobuf as pb
from meshvisor.features.meshtastic.wire.node_ids import BROADCAST
from meshvisor.features.meshtastic.wire.protobuf import Fields

RELIABLE: Final = 70
"""Priority of what a person waits for; acknowledgements have 120, the rest 64."""


class Port(enum.IntEnum):
    """What a packet is about."""

    TEXT = 1
    POSITION = 3
    NODE_INFO = 4
    ROUTING = 5
    ADMIN = 6
    WAYPOINT = 8
    TELEMETRY = 67
    TRACEROUTE = 70


class Data(msgspec.Struct, frozen=True):
    """What a packet carries."""

    port: int
    payload: bytes = b""
    want_response: bool = False
    request_id: int = 0
    """Id of the packet that this one acknowledges or answers; 0: none."""
    reply_id: int = 0
    """Id of the text that this one answers; 0: none."""
    emoji: int = 0
    """1: the text is a reaction to `reply_id`."""
    bitfield: int = 0
    """Bit 0: gateways may hand it on."""

    def encoded(self) -> bytes:
        """Return its bytes."""
        return b"".join(
            (
                pb.unsigned(1, self.port),
                pb.data(2, self.payload),
                pb.unsigned(3, self.want_response),
                pb.fixed(6, self.request_id),
                pb.fixed(7, self.reply_id),
                pb.fixed(8, self.emoji),
                pb.unsigned(9, self.bitfield),
            )
        )

    @classmethod
    def decoded(cls, data: bytes) -> Data:
        """Read one.

        Raises:
            WireError: it is none.
        """
        fields = Fields(data)
        return cls(
            fields.unsigned(1),
            fields.data(2),
            bool(fields.unsigned(3)),
            fields.fixed(6),
            fields.fixed(7),
            fields.fixed(8),
            fields.unsigned(9),
        )


class Packet(msgspec.Struct, frozen=True):
    """One packet."""

    id: int
    sender: int = 0
    """Number of a node; 0: the radio itself, as the client that it serves says it."""
    to: int = BROADCAST
    channel: int = 0
    """Index of the channel in the radio; of an encrypted one the hash of its name and key."""
    data: Data | None = None
    encrypted: bytes = b""
    """Instead of `data`, where the key is not known."""
    rx_time: int = 0
    """When it was received, epoch seconds by the radio's clock; 0: it does not say."""
    snr: float = 0.0
    """Decibels."""
    rssi: int = 0
    """dBm."""
    hop_limit: int = 0
    """How many times it may still be repeated."""
    hop_start: int = 0
    """How many times it could be when it was sent; 0: it does not say."""
    want_ack: bool = False
    priority: int = 0
    via_mqtt: bool = False
    is_private: bool = False
    """Whether it was encrypted with the keys of both nodes: the radio vouches for the sender."""

    @property
    def is_to_all(self) -> bool:
        """Whether it is to all in a channel."""
        return self.to == BROADCAST

    @property
    def hops(self) -> int | None:
        """How many times it was repeated; None: it does not say."""
        return max(0, self.hop_start - self.hop_limit) if self.hop_start else None

    def readable(self, data: Data, channel: int) -> Packet:
        """Return it with what it carries, and the index of its channel."""
        return msgspec.structs.replace(self, data=data, channel=channel, encrypted=b"")

    def encoded(self) -> bytes:
        """Return its bytes."""
        inner = (
            pb.data(4, self.data.encoded(), always=True)
            if self.data is not None
            else pb.data(5, self.encrypted)
        )
        return b"".join(
            (
                pb.fixed(1, self.sender),
                pb.fixed(2, self.to),
                pb.unsigned(3, self.channel),
                inner,
                pb.fixed(6, self.id),
                pb.fixed(7, self.rx_time),
                pb.number(8, self.snr),
                pb.unsigned(9, self.hop_limit),
                pb.unsigned(10, self.want_ack),
                pb.unsigned(11, self.priority),
                pb.unsigned(12, self.rssi),
                pb.unsigned(14, self.via_mqtt),
                pb.unsigned(15, self.hop_start),
                pb.unsigned(17, self.is_private),
            )
        )

    @classmethod
    def decoded(cls, data: bytes) -> Packet:
        """Read one.

        Raises:
            WireError: it is none.
        """
        fields = Fields(data)
        return cls(
            id=fields.fixed(6),
            sender=fields.fixed(1),
            to=fields.fixed(2),
            channel=fields.unsigned(3),
            data=Data.decoded(fields.data(4)) if fields.has(4) else None,
            encrypted=fields.data(5),
            rx_time=fields.fixed(7),
            snr=fields.real(8),
            hop_limit=fields.unsigned(9),
            want_ack=bool(fields.unsigned(10)),
            priority=fields.unsigned(11),
            rssi=fields.signed(12),
            via_mqtt=bool(fields.unsigned(14)),
            hop_start=fields.unsigned(15),
            is_private=bool(fields.unsigned(17)),
        )
