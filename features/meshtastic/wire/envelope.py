"""What gateways publish: a packet, its channel, and which gateway has heard it."""

from __future__ import annotations

import msgspec

from meshvisor.features.meshtastic.wire import protobuf as pb
from meshvisor.features.meshtastic.wire.packet import Packet
from meshvisor.features.meshtastic.wire.protobuf import Fields


class Envelope(msgspec.Struct, frozen=True):
    """One message of a gateway."""

    packet: Packet
    channel: str
    """Name of the channel."""
    gateway: str = ""
    """Id of the node."""

    def encoded(self) -> bytes:
        """Return its bytes."""
        return (
            pb.data(1, self.packet.encoded()) + pb.text(2, self.channel) + pb.text(3, self.gateway)
        )

    @classmethod
    def decoded(cls, data: bytes) -> Envelope:
        """Read one.

        Raises:
            WireError: it is none.
        """
        fields = Fields(data)
        return cls(Packet.decoded(fields.data(1)), fields.text(2), fields.text(3))
