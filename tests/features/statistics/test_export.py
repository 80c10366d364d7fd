"""Files for other programs: what the formats say is in them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.statistics.export import parquet
from meshvisor.features.statistics.export.chart import LEFT, chart
from meshvisor.features.statistics.export.letters import WIDTH, rows_of
from meshvisor.features.statistics.export.png import COLOURS, PAGE, image

DAYS: list[dict[str, Any]] = [
    {"day": "2026-11-28", "messages": 0, "commands": 318, "new_users": 4},
    {"day": "2026-11-29", "messages": 2**40, "commands": 127, "new_users": 0},
]

WEEK = [[hour * day for hour in range(24)] for day in range(7)]

GOLDEN = Path(__file__).with_name("days.parquet")
"""Made of `DAYS`, and read with pyarrow 26: the same came out."""


def test_parquet_as_other_programs_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte what a library has read, with dates and whole numbers."""
    monkeypatch.setattr(parquet, "VERSION", "0")
    assert parquet.table(DAYS) == GOLDEN.read_bytes()


def test_a_picture() -> None:
    """Columns, hours and labels are where they belong, in their colours."""
    width, rows = points(image(chart(DAYS, WEEK, "Usage of all meshes")))
    assert (width, len(rows)) == (1920, 2 * (56 + 220 + 44 + 9 * 18 + 30))
    colours = {row[x : x + 3] for row in rows for x in range(0, len(row), 3)}
    assert {bytes(PAGE), *map(bytes, COLOURS.values())} <= colours
    # The second day has messages; the first one has next to nothing.
    base = 2 * (56 + 220) - 4
    ends = (LEFT + 952) // 2
    assert rows[base][2 * (LEFT + 40) * 3 :][:3] == bytes(PAGE)
    assert rows[base][2 * (ends + 200) * 3 :][:3] == bytes(COLOURS["a"])


def test_letters() -> None:
    """Each is different from the others, and what there is none of is a box."""
    known = [chr(code) for code in range(33, 127) if rows_of(chr(code)) != rows_of("字")]
    assert len({rows_of(letter) for letter in known}) == len(known) > 70
    assert all(len(row) == WIDTH for letter in known for row in rows_of(letter))
    for letter in "Usage of lobby-1, 2026-11-28 to 12.5k #irc:room~0a":
        assert rows_of(letter) != rows_of("字"), letter
    assert [rows_of(letter) for letter in "éÄñł"] == [rows_of(letter) for letter in "eAnl"]
    for letter in "Съешь ещё этих мягких французских булок, да выпей чаю, Ґанок, їжак, є":
        assert rows_of(letter) != rows_of("字"), letter
    for letter in "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, Ζαφείρι δέξου πάγκαλο, βαθῶν":
        assert rows_of(letter) != rows_of("字"), letter
    russian = [chr(code) for code in range(ord("А"), ord("я") + 1)]
    assert len({rows_of(letter) for letter in russian}) == len(russian) - 2  # Й, й without breve


def points(data: bytes) -> tuple[int, list[bytes]]:
    """Return how wide a picture is, and its rows; its checks are right."""
    chunks = dict(chunks_of(data))
    width, height, *how = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert how == [8, 2, 0, 0, 0]
    flat = zlib.decompress(chunks[b"IDAT"])
    step = 1 + 3 * width
    assert len(flat) == height * step
    return width, [flat[start + 1 : start + step] for start in range(0, len(flat), step)]


def chunks_of(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the parts of a PNG."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    place = 8
    while place < len(data):
        (size,) = struct.unpack_from(">I", data, place)
        name, content = data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        assert struct.unpack_from(">I", data, place + 8 + size) == (zlib.crc32(name + content),)
        yield name, content
        place += 12 + size
