"""The pipes to and from a program, read and written without ever waiting.

Owns one pipe each, and that no more is read than its pace allows.  Called by `process`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import IO, Final

from meshvisor.features.program.worker.lines import Pace
from meshvisor.worker.copies import keep_from_copies

PIECE: Final = 16 * 1024
"""Bytes that are read at once: some hundred messages, which is some ten milliseconds."""

LAST_WORDS: Final = 1024 * 1024
"""Bytes that are read at most once the program has ended; as much as a pipe can be made to hold
without privileges."""


class Output:
    """What the program writes into one pipe.

    Args:
        pipe: this side's end of it.
        pace: how much is read.
        take: called with what was read; returns the number of lines in it.
        on_end: called when the program has closed it.
        piece: bytes that are read at once.
    """

    def __init__(
        self,
        pipe: IO[bytes],
        pace: Pace,
        take: Callable[[bytes], int],
        on_end: Callable[[], object],
        piece: int = PIECE,
    ) -> None:
        self._piece = piece
        self._pipe = Pipe(pipe)
        self._pace = pace
        self._take = take
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._resume()

    def drain(self, most: int = LAST_WORDS) -> None:
        """Take what is still in the pipe, and no more.

        Args:
            most: bytes that are taken of its end; what stands before them is nothing.
        """
        data = bytearray()
        while len(data) < LAST_WORDS and (piece := self._pipe.read(self._piece)):
            data += piece
        if data:
            self._take(bytes(data[-most:]))
        self.close()

    def close(self) -> None:
        """Read no more; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
        if self._pipe.is_open:
            self._loop.remove_reader(self._pipe.fileno())
            self._pipe.close()

    def _resume(self) -> None:
        self._timer = None
        self._loop.add_reader(self._pipe.fileno(), self._readable)

    def _readable(self) -> None:
        data = self._pipe.read(self._piece)
        if data is None:
            return
        if not data:
            self.close()
            self._on_end()
            return
        lines = self._take(data)
        pause = self._pace.spend(lines, len(data), self._loop.time())
        if pause > 0 and self._pipe.is_open:
            self._loop.remove_reader(self._pipe.fileno())
            self._timer = self._loop.call_later(pause, self._resume)


class Input:
    """What the program reads."""

    def __init__(self, pipe: IO[bytes], on_end: Callable[[], object]) -> None:
        self._pipe = Pipe(pipe)
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._waiting = bytearray()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def congested(self) -> bool:
        """Whether something waits."""
        return bool(self._waiting)

    def write(self, data: bytes) -> None:
        """Write now what the pipe takes, and the rest as soon as it takes more."""
        if not self._pipe.is_open:
            return
        is_waiting = bool(self._waiting)
        self._waiting += data
        if not is_waiting:
            self._write_on()
            if self._waiting:
                self._empty.clear()
                self._loop.add_writer(self._pipe.fileno(), self._write_on)

    async def written(self, patience: float) -> bool:
        """Return whether nothing waits any more within so many seconds."""
        try:
            async with asyncio.timeout(patience):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Give up what waits, and show the program the end of its input; idempotent."""
        if self._pipe.is_open:
            self._loop.remove_writer(self._pipe.fileno())
            self._pipe.close()
            self._waiting.clear()
            self._empty.set()

    def _write_on(self) -> None:
        try:
            written = self._pipe.write(self._waiting)
        except OSError:
            self.close()
            self._on_end()
            return
        del self._waiting[:written]
        if not self._waiting and not self._empty.is_set():
            self._loop.remove_writer(self._pipe.fileno())
            self._empty.set()


class Pipe:
    """This side's end of one, which never blocks and is kept from forked copies."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._descriptor = file.fileno()
        os.set_blocking(self._descriptor, False)
        keep_from_copies(self)

    @property
    def is_open(self) -> bool:
        """Whether it can be used."""
        return self._descriptor >= 0

    def fileno(self) -> int:
        """Return the descriptor; negative once it is closed."""
        return self._descriptor

    def read(self, most: int) -> bytes | None:
        """Return what is there; nothing: the end, or it is closed; None: nothing yet."""
        if not self.is_open:
            return b""
        try:
            return os.read(self._descriptor, most)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def write(self, data: bytearray) -> int:
        """Return how many bytes the pipe took.

        Raises:
            OSError: it has no reader any more.
        """
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0

    def close(self) -> None:
        """Close it; idempotent."""
        if self.is_open:
            self._descriptor = -1
            self._file.close()
