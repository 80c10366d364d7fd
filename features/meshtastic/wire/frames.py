"""Frames of the client API: `94 C3`, two bytes of length, a message; over TCP and serial alike.

Between frames a radio may print text for people (serial) and a client sends `C3`s to wake it.
"""

from __future__ import annotations

from typing import Final

START: Final = b"\x94\xc3"

HEADER: Final = 4

LONGEST: Final = 512
"""Bytes of a message; what says that it is longer is no frame."""

WAKE: Final = b"\xc3" * 32
"""What a client sends first: a radio that sleeps misses the beginning."""


def framed(message: bytes) -> bytes:
    """Return a message as a frame.

    Raises:
        ValueError: it is too long for one.
    """
    if len(message) > LONGEST:
        raise ValueError(f"a frame has room for {LONGEST} bytes, not {len(message)}")
    return START + len(message).to_bytes(2, "big") + message


class FrameReader:
    """Finds frames in what comes in; never keeps more than one of them."""

    def __init__(self) -> None:
        self._rest = b""
        self.skipped = 0
        """Bytes that belonged to no frame."""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that are complete."""
        found: list[bytes] = []
        rest = self._rest + data
        while True:
            start = rest.find(START)
            if start < 0:
                # The first byte of a frame may have come alone.
                kept = rest[-1:] if rest.endswith(START[:1]) else b""
                self.skipped += len(rest) - len(kept)
                rest = kept
                break
            self.skipped += start
            rest = rest[start:]
            if len(rest) < HEADER:
                break
            size = int.from_bytes(rest[2:HEADER], "big")
            if size > LONGEST:
                self.skipped += 1
                rest = rest[1:]
                continue
            if len(rest) < HEADER + size:
                break
            found.append(rest[HEADER : HEADER + size])
            rest = rest[HEADER + size :]
        self._rest = rest
        return found
