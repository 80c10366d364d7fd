"""Protocol Buffers as far as radios need them: fields by number, without descriptions.

Owns varints, fixed values and bytes.  Does not own what a field means.  Anything may be read: what
is not of the type that is asked for reads as absent, as with a message of another version.
"""

from __future__ import annotations

import struct
from typing import Final, TypeVar

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5

LONGEST_VARINT: Final = 10
"""Bytes; negative numbers take all of them."""

MASK_64: Final = 0xFFFF_FFFF_FFFF_FFFF

Value = int | bytes
"""An integer of a varint, else the bytes as they stand on the wire."""

Kind = TypeVar("Kind", int, bytes)


class WireError(ValueError):
    """The bytes are no message."""


class Fields:
    """The fields of one message.

    Args:
        data: its bytes.

    Raises:
        WireError: they are none.
    """

    __slots__ = ("_values",)

    def __init__(self, data: bytes = b"") -> None:
        self._values: dict[tuple[int, type], list[Value]] = {}
        at = 0
        while at < len(data):
            key, at = _varint(data, at)
            number, wire_type = key >> 3, key & 7
            value: Value
            if not number:
                raise WireError("there is no field 0")
            if wire_type == VARINT:
                value, at = _varint(data, at)
            else:
                size, at = _size(wire_type, data, at)
                value, at = data[at : at + size], at + size
                if at > len(data):
                    raise WireError("a field ends behind its message")
            self._values.setdefault((number, type(value)), []).append(value)

    def has(self, number: int) -> bool:
        """Say whether a field is there."""
        return (number, int) in self._values or (number, bytes) in self._values

    def unsigned(self, number: int) -> int:
        """Return a number of a varint; 0: it is absent."""
        return self._last(number, int, 0)

    def signed(self, number: int) -> int:
        """Return an int32 of a varint; 0: it is absent."""
        low = self._last(number, int, 0) & 0xFFFF_FFFF
        return low - (1 << 32) if low >> 31 else low

    def fixed(self, number: int) -> int:
        """Return an unsigned number of four bytes; 0: it is absent."""
        return int(self._unpacked("<I", number))

    def signed_fixed(self, number: int) -> int:
        """Return a signed number of four bytes; 0: it is absent."""
        return int(self._unpacked("<i", number))

    def real(self, number: int) -> float:
        """Return a number of four bytes; 0: it is absent, or none that can be counted with."""
        value = self._unpacked("<f", number)
        return value if -1e30 < value < 1e30 else 0.0

    def data(self, number: int) -> bytes:
        """Return bytes; empty: it is absent."""
        return self._last(number, bytes, b"")

    def text(self, number: int) -> str:
        """Return a text; what is no UTF-8 in it is replaced."""
        return self.data(number).decode("utf-8", "replace")

    def message(self, number: int) -> Fields:
        """Return the fields of a message within; none: it is absent.

        Raises:
            WireError: it is no message.
        """
        return Fields(self.data(number))

    # Private

    def _last(self, number: int, kind: type[Kind], default: Kind) -> Kind:
        values = self._values.get((number, kind))
        last = values[-1] if values else default
        assert isinstance(last, kind)
        return last

    def _unpacked(self, form: str, number: int) -> float:
        data = self.data(number)
        value: float = struct.unpack(form, data)[0] if len(data) == 4 else 0
        return value


# Written: an absent field and one of 0 are the same, so that 0 is written only where that is wanted


def unsigned(number: int, value: int, *, always: bool = False) -> bytes:
    """Return a field with a number of at most 64 bits; a negative one as int32 has it."""
    if not value and not always:
        return b""
    return _key(number, VARINT) + _as_varint(value & MASK_64)


def fixed(number: int, value: int) -> bytes:
    """Return a field with an unsigned number of four bytes."""
    return _key(number, FIXED32) + struct.pack("<I", value) if value else b""


def signed_fixed(number: int, value: int) -> bytes:
    """Return a field with a signed number of four bytes."""
    return _key(number, FIXED32) + struct.pack("<i", value) if value else b""


def number(field: int, value: float) -> bytes:
    """Return a field with a float."""
    return _key(field, FIXED32) + struct.pack("<f", value) if value else b""


def data(number: int, value: bytes, *, always: bool = False) -> bytes:
    """Return a field with bytes, a text or a message."""
    if not value and not always:
        return b""
    return _key(number, BYTES) + _as_varint(len(value)) + value


def text(number: int, value: str) -> bytes:
    """Return a field with a text."""
    return data(number, value.encode("utf-8", "replace"))


# Private


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[at : at + LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value & MASK_64, at + index + 1
    raise WireError("a number has no end")


def _size(wire_type: int, data: bytes, at: int) -> tuple[int, int]:
    if wire_type == FIXED64:
        return 8, at
    if wire_type == FIXED32:
        return 4, at
    if wire_type == BYTES:
        return _varint(data, at)
    raise WireError(f"there is no wire type {wire_type}")


def _key(number: int, wire_type: int) -> bytes:
    return _as_varint(number << 3 | wire_type)


def _as_varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
