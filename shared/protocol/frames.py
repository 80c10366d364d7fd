"""Framing without I/O: newline-delimited JSON, at most 1 MiB a frame.

Owns the cutting of a byte stream into frames.  Does not own what a frame means
(`shared.protocol.codec`) or where bytes come from (`shared.protocol.channel`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

MAX_FRAME: Final = 1024 * 1024
"""Bytes of one frame without its newline."""


class FrameTooLongError(Exception):
    """A frame is longer than `MAX_FRAME`; the stream cannot be trusted any more.

    Attributes:
        head: the first bytes of the frame, for the log.
    """

    def __init__(self, head: bytes) -> None:
        super().__init__(f"a frame is longer than {MAX_FRAME} bytes")
        self.head = head


def frame(body: bytes) -> bytes:
    r"""Return `body` as one frame.

    Raises:
        FrameTooLongError: when it is longer than `MAX_FRAME`.
        ValueError: when it holds a newline, which would cut it in two.
    """
    if len(body) > MAX_FRAME:
        raise FrameTooLongError(body[:200])
    if b"\n" in body:
        raise ValueError("a frame must not hold a newline")
    return body + b"\n"


class FrameDecoder:
    """Cuts a stream of bytes, in pieces of any size, into frames.

    Memory is bounded by `MAX_FRAME` plus one piece.  Empty lines are skipped.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield every frame that `data` completes.

        Raises:
            FrameTooLongError: as soon as a frame, finished or not, is longer than allowed.
        """
        *complete, rest = data.split(b"\n")
        for piece in complete:
            body = b"".join((*self._pieces, piece)) if self._pieces else piece
            self._pieces.clear()
            self._size = 0
            if len(body) > MAX_FRAME:
                raise FrameTooLongError(body[:200])
            if body:
                yield body
        if rest:
            self._pieces.append(rest)
            self._size += len(rest)
            if self._size > MAX_FRAME:
                raise FrameTooLongError(b"".join(self._pieces)[:200])

    @property
    def half_frame(self) -> bool:
        """Whether bytes of an unfinished frame are held; at the end of a stream: it was cut."""
        return bool(self._pieces)
