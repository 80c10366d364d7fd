"""MQTT 3.1.1 (OASIS): coming, subscribing to one topic, and hearing what is published there.

Everything is asked for with quality of service 0: what is missed while the bot is away is past.
"""

from __future__ import annotations

from typing import Final

import msgspec

CONNACK: Final = 2
PUBLISH: Final = 3
SUBACK: Final = 9
PINGRESP: Final = 13
"""Kinds of packets that a broker says."""

PING: Final = b"\xc0\x00"
DISCONNECT: Final = b"\xe0\x00"

LONGEST: Final = 4096
"""Bytes of a packet that is read: a gateway's has a few hundred.  Longer ones are passed over."""

REFUSED: Final = 0x80
"""Answer to a subscription."""

REASONS: Final = {
    1: "it does not speak MQTT 3.1.1",
    2: "it does not like the client's name",
    3: "it is not available",
    4: "user or password is wrong",
    5: "the user is not allowed",
}
"""Why a broker refuses a client."""

ACCOUNT_REASONS: Final = frozenset({4, 5})


class MqttError(ValueError):
    """What a broker says is no MQTT."""


class Said(msgspec.Struct, frozen=True):
    """A packet of a broker."""

    kind: int
    flags: int
    body: bytes

    @property
    def payload(self) -> bytes:
        """What was published, behind its topic."""
        size = int.from_bytes(self.body[:2], "big")
        has_number = bool(self.flags & 0b0110)
        return self.body[2 + size + (2 if has_number else 0) :]


def connect(client: str, user: str, password: str, keep_alive: int) -> bytes:
    """Come, with a clean session.

    Args:
        client: name of this client; a broker throws an older one of the same name out.
        user: empty: none.
        password: of the user.
        keep_alive: seconds of silence that the broker bears.
    """
    flags = 0b10 | (0b1000_0000 if user else 0) | (0b0100_0000 if user and password else 0)
    body = _text("MQTT") + bytes([4, flags]) + keep_alive.to_bytes(2, "big") + _text(client)
    if user:
        body += _text(user) + (_text(password) if password else b"")
    return _packet(0x10, body)


def subscribe(topic: str) -> bytes:
    """Ask for a topic."""
    return _packet(0x82, b"\x00\x01" + _text(topic) + b"\x00")


def publish(topic: str, payload: bytes) -> bytes:
    """Publish something, as gateways do."""
    return _packet(0x30, _text(topic) + payload)


class MqttReader:
    """Takes packets apart."""

    def __init__(self) -> None:
        self._rest = b""
        self._skip = 0

    def feed(self, data: bytes) -> list[Said]:
        """Return the packets that are complete.

        Raises:
            MqttError: these are none.
        """
        found: list[Said] = []
        rest = self._rest + data
        while True:
            skipped = min(self._skip, len(rest))
            rest, self._skip = rest[skipped:], self._skip - skipped
            size, start = _size(rest)
            if start == 0:
                break
            if size > LONGEST:
                rest, self._skip = rest[start:], size
                continue
            if len(rest) < start + size:
                break
            found.append(Said(rest[0] >> 4, rest[0] & 15, rest[start : start + size]))
            rest = rest[start + size :]
        self._rest = rest
        return found


# Private


def _size(data: bytes) -> tuple[int, int]:
    """Return the size of a packet and where its body begins; 0: not all of that has come."""
    size = 0
    for index, byte in enumerate(data[1:5]):
        size |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return size, index + 2
    if len(data) >= 5:
        raise MqttError("a packet has no size")
    return 0, 0


def _packet(first: int, body: bytes) -> bytes:
    size, rest = bytearray(), len(body)
    while True:
        size.append(rest & 0x7F | (0x80 if rest > 0x7F else 0))
        rest >>= 7
        if not rest:
            return bytes([first]) + bytes(size) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data
