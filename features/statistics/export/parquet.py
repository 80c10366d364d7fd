"""A table of days as Parquet: dates and whole numbers, none of which is missing.

Owns the few parts of the format that this takes: one group of rows, a page for each column, plain
values, no compression (https://parquet.apache.org/docs/file-format/), and the compact protocol of
Thrift in which its head is written.  A library for it is 40 MB (docs/decisions/0056).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from meshvisor.shared.version import VERSION

MAGIC: Final = b"PAR1"

_INT32, _INT64 = 1, 2
"""Types of values."""
_REQUIRED: Final = 0
_DATE: Final = 6
"""Days since 1970, in an INT32."""
_PLAIN, _RLE = 0, 3
"""Encodings; the second one is that of what is missing, which is nothing here."""

_EPOCH: Final = date(1970, 1, 1).toordinal()

_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
"""Types of the compact protocol."""


def table(days: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the file's content.

    Args:
        days: `day` as an ISO date, and whole numbers; all with the same keys, at least one day.
    """
    written = bytearray(MAGIC)
    chunks = []
    for name in days[0]:
        values = [row[name] for row in days]
        page = _dates(values) if name == "day" else struct.pack(f"<{len(values)}q", *values)
        head = _page_head(len(page), len(values))
        place = len(written)
        written += head + page
        chunks.append(_chunk(name, place, len(head) + len(page), len(values)))
    foot = _foot(list(days[0]), chunks, len(written) - len(MAGIC), len(days))
    return bytes(written + foot + struct.pack("<I", len(foot)) + MAGIC)


# Private, about the file


def _dates(values: Sequence[str]) -> bytes:
    numbers = [date.fromisoformat(value).toordinal() - _EPOCH for value in values]
    return struct.pack(f"<{len(numbers)}i", *numbers)


def _type_of(name: str) -> int:
    return _INT32 if name == "day" else _INT64


def _page_head(size: int, values: int) -> bytes:
    of_data = _record({1: _i32(values), 2: _i32(_PLAIN), 3: _i32(_RLE), 4: _i32(_RLE)})
    return _record({1: _i32(0), 2: _i32(size), 3: _i32(size), 5: (_STRUCT, of_data)})


def _chunk(name: str, place: int, size: int, values: int) -> bytes:
    about = {
        1: _i32(_type_of(name)),
        2: _list(_I32, [_number(_PLAIN), _number(_RLE)]),
        3: _list(_BINARY, [_bytes(name.encode())]),
        4: _i32(0),  # not compressed
        5: _i64(values),
        6: _i64(size),
        7: _i64(size),
        9: _i64(place),
    }
    return _record({2: _i64(place), 3: (_STRUCT, _record(about))})


def _foot(names: list[str], chunks: list[bytes], size: int, rows: int) -> bytes:
    columns = [
        _record(
            {
                1: _i32(_type_of(name)),
                3: _i32(_REQUIRED),
                4: (_BINARY, _bytes(name.encode())),
                **({6: _i32(_DATE)} if name == "day" else {}),
            }
        )
        for name in names
    ]
    root = _record({4: (_BINARY, _bytes(b"schema")), 5: _i32(len(names))})
    group = _record({1: _list(_STRUCT, chunks), 2: _i64(size), 3: _i64(rows)})
    return _record(
        {
            1: _i32(1),
            2: _list(_STRUCT, [root, *columns]),
            3: _i64(rows),
            4: _list(_STRUCT, [group]),
            6: (_BINARY, _bytes(f"meshvisor {VERSION}".encode())),
        }
    )


# Private, about the compact protocol

_Field = tuple[int, bytes]
"""A type and a value."""


def _record(fields: Mapping[int, _Field]) -> bytes:
    written, last = bytearray(), 0
    for number, (kind, value) in fields.items():
        written += bytes([number - last << 4 | kind]) + value
        last = number
    return bytes(written) + b"\0"


def _i32(value: int) -> _Field:
    return _I32, _number(value)


def _i64(value: int) -> _Field:
    return _I64, _number(value)


def _list(kind: int, values: Sequence[bytes]) -> _Field:
    size = len(values)
    head = bytes([size << 4 | kind]) if size < 15 else bytes([0xF0 | kind]) + _varint(size)
    return _LIST, head + b"".join(values)


def _number(value: int) -> bytes:
    """Return a number, with its sign in the lowest bit."""
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _bytes(value: bytes) -> bytes:
    return _varint(len(value)) + value


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])
