"""A chart as PNG, for programs that show no SVG: mail, office, chat.

Owns the picture of points, its letters (`letters`) and the file format (ISO/IEC 15948).  Libraries
that draw are tens of megabytes, for boxes and a few labels (docs/decisions/0056).
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

from meshvisor.features.statistics.export.chart import (
    COMMANDS,
    LABEL,
    LINE,
    MESSAGES,
    TITLE,
    Box,
    Chart,
    Text,
)
from meshvisor.features.statistics.export.letters import HEIGHT, WIDTH, rows_of

SCALE: Final = 2
"""Points of a pixel, for screens that are fine."""

COLOURS: Final = {
    MESSAGES: (0x2F, 0x6F, 0xDD),
    COMMANDS: (0xE0, 0x8A, 0x1E),
    LINE: (0xE3, 0xE6, 0xEA),
    TITLE: (0x1B, 0x1F, 0x24),
    LABEL: (0x6B, 0x74, 0x80),
}
"""Those of the SVG by day."""

PAGE: Final = (0xFF, 0xFF, 0xFF)

LABEL_SIZE, TITLE_SIZE = 2, 3
"""Points of a point of a letter."""


def image(chart: Chart) -> bytes:
    """Return the file's content."""
    canvas = _Canvas(chart.width * SCALE, chart.height * SCALE)
    for shape in chart.shapes:
        if isinstance(shape, Box):
            canvas.box(shape)
        else:
            canvas.text(shape)
    return canvas.file()


# Private


class _Canvas:
    """Rows of points, three bytes each."""

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._rows = [bytearray(bytes(PAGE) * width) for _ in range(height)]

    def box(self, box: Box) -> None:
        """Fill a rectangle; its neighbours begin where it ends."""
        left, right = round(box.x * SCALE), round((box.x + box.width) * SCALE)
        top, bottom = round(box.y * SCALE), round((box.y + box.height) * SCALE)
        shade = bytes(
            round(part * box.opacity + page * (1 - box.opacity))
            for part, page in zip(COLOURS[box.colour], PAGE, strict=True)
        )
        self._fill(left, max(right, left + 1), top, max(bottom, top + 1), shade)

    def text(self, text: Text) -> None:
        """Write a line."""
        size = TITLE_SIZE if text.colour == TITLE else LABEL_SIZE
        step = (WIDTH + 1) * size
        left = round(text.x * SCALE) - (len(text.text) * step - size) * text.to_right_end
        top = round(text.y * SCALE) - HEIGHT * size
        shade = bytes(COLOURS[text.colour])
        for number, letter in enumerate(text.text):
            for row, points in enumerate(rows_of(letter)):
                for column, point in enumerate(points):
                    if point != " ":
                        x, y = left + number * step + column * size, top + row * size
                        self._fill(x, x + size, y, y + size, shade)

    def file(self) -> bytes:
        """Return what has been drawn."""
        head = struct.pack(">IIBBBBB", self._width, len(self._rows), 8, 2, 0, 0, 0)
        points = zlib.compress(b"".join(b"\0" + row for row in self._rows), 9)
        chunks = ((b"IHDR", head), (b"IDAT", points), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)

    def _fill(self, left: int, right: int, top: int, bottom: int, shade: bytes) -> None:
        left, right = max(0, left), min(self._width, right)
        if left < right:
            for row in self._rows[max(0, top) : bottom]:
                row[left * 3 : right * 3] = shade * (right - left)


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
