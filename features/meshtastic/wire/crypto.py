"""What gateways hand on is encrypted with the key of its channel; here it is read.

Counter mode has no check of its own: with a wrong key one message in sixty still looks like one.
So the hash of the channel has to fit, too, and the message has to be about something.
"""

from __future__ import annotations

import base64
import binascii
from functools import reduce
from operator import xor
from typing import Final

import msgspec

from meshvisor.features.meshtastic.wire.packet import Data, Packet
from meshvisor.features.meshtastic.wire.protobuf import WireError

DEFAULT_KEY: Final = bytes.fromhex("d4f1bb3a20290759f0bcffabcf4e6901")
"""The default key, which is public; a key of one byte stands for it."""

SIZES: Final = frozenset({16, 32})


def channel_key(text: str) -> bytes:
    """Return a key from base64, as apps show it; empty: the default key.

    Raises:
        ValueError: it is none; the message begins with "must".
    """
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b"\0\0"
    if len(key) <= 1:
        number = key[0] if key else 1
        return DEFAULT_KEY[:-1] + bytes([(DEFAULT_KEY[-1] + number - 1) & 0xFF])
    if len(key) not in SIZES:
        raise ValueError("must be a channel's key in base64, of 1, 16 or 32 bytes")
    return key


class ChannelKey(msgspec.Struct, frozen=True):
    """A channel as it is on the air."""

    name: str
    key: bytes

    @property
    def hash(self) -> int:
        """What its packets say instead of its name."""
        return reduce(xor, self.name.encode() + self.key, 0)

    def opened(self, packet: Packet) -> Data | None:
        """Return what an encrypted packet carries; None: it is of another channel."""
        if packet.channel != self.hash or not packet.encrypted:
            return None
        try:
            data = Data.decoded(self._crypted(packet, packet.encrypted))
        except WireError:
            return None
        return data if data.port else None

    def closed(self, packet: Packet) -> Packet:
        """Return a packet as it is on the air."""
        assert packet.data is not None
        encrypted = self._crypted(packet, packet.data.encoded())
        return msgspec.structs.replace(packet, data=None, encrypted=encrypted, channel=self.hash)

    def _crypted(self, packet: Packet, data: bytes) -> bytes:
        # Seven megabytes of a worker that reads from gateways, and of no other.
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        counter = packet.id.to_bytes(8, "little") + packet.sender.to_bytes(8, "little")
        crypt = Cipher(algorithms.AES(self.key), modes.CTR(counter)).encryptor()
        return crypt.update(data) + crypt.finalize()
