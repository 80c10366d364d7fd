from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from meshvisor.supervisor.logs import intake as module
from meshvisor.supervisor.logs.cutter import RawLine
from meshvisor.supervisor.logs.intake import LogIntake


class Reader:
    """An intake, what came out of it, and the write ends of its pipes."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, bytes]] = []
        self.ends: list[int] = []
        self._came = asyncio.Event()
        self.intake = LogIntake(self._receive)

    def pipe(self, source: str) -> int:
        """A new pipe that is read, as its non-blocking write end."""
        read_end, write_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self.intake.add(source, read_end)
        self.ends.append(write_end)
        return write_end

    def close_write_end(self, end: int) -> None:
        """What the death of a worker does."""
        self.ends.remove(end)
        os.close(end)

    async def until(self, count: int) -> None:
        """Wait until so many lines have come."""
        while len(self.lines) < count:
            self._came.clear()
            await self._came.wait()

    def of(self, source: str) -> list[bytes]:
        """The lines of one source."""
        return [line for name, line in self.lines if name == source]

    def _receive(self, source: str, line: RawLine) -> None:
        self.lines.append((source, line.content))
        self._came.set()


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    """Closed at the end, with all its pipes."""
    reader = Reader()
    yield reader
    reader.intake.close()
    for end in reader.ends:
        os.close(end)


def fill(end: int, line: bytes) -> int:
    """Write a line until the pipe is full; returns how often it found room."""
    count = 0
    try:
        while os.write(end, line) == len(line):
            count += 1
    except BlockingIOError:
        pass
    return count


async def test_lines_of_several_pipes(reader: Reader) -> None:
    """Each line comes with the name of its source."""
    lobby, cinema = reader.pipe("mesh-lobby"), reader.pipe("mesh-cinema")
    os.write(lobby, b"one\ntw")
    os.write(cinema, b"three\n")
    await reader.until(2)
    os.write(lobby, b"o\n")
    await reader.until(3)
    assert reader.of("mesh-lobby") == [b"one", b"two"]
    assert reader.of("mesh-cinema") == [b"three"]


async def test_last_words(reader: Reader) -> None:
    """What a dying worker wrote last is read, its unfinished line too, and the pipe is closed."""
    before = set(os.listdir("/proc/self/fd"))
    end = reader.pipe("mesh-a")
    os.write(end, b"one\nunfinished")
    reader.close_write_end(end)
    await reader.until(2)
    assert reader.lines == [("mesh-a", b"one"), ("mesh-a", b"unfinished")]
    assert set(os.listdir("/proc/self/fd")) == before


async def test_two_lives_of_one_mesh(reader: Reader) -> None:
    """A new worker's pipe may come before the old one's end."""
    old, new = reader.pipe("mesh-a"), reader.pipe("mesh-a")
    os.write(new, b"hello\n")
    os.write(old, b"goodbye\n")
    reader.close_write_end(old)
    await reader.until(2)
    assert sorted(reader.of("mesh-a")) == [b"goodbye", b"hello"]


async def test_flood_is_throttled(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flooding worker fills its own pipe and is read no more; its neighbour is still heard."""
    monkeypatch.setattr(module, "WINDOW", 3600.0)
    flood, neighbour = reader.pipe("mesh-flood"), reader.pipe("mesh-quiet")
    line = b"x" * 1023 + b"\n"
    while fill(flood, line) or not reader.intake._waiting:
        await asyncio.sleep(0)
    # Its share for this window, and then one pipe full that is not read.
    assert len(reader.of("mesh-flood")) == module.PER_PIPE // 1024
    assert fill(flood, line) == 0
    os.write(neighbour, b"hello\n")
    await reader.until(len(reader.lines) + 1)
    assert reader.of("mesh-quiet") == [b"hello"]
    assert fill(flood, line) == 0


async def test_reading_goes_on_in_the_next_window(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that found room in the pipe is lost, it only waits."""
    monkeypatch.setattr(module, "WINDOW", 0.01)
    end = reader.pipe("mesh-a")
    line = b"x" * 1023 + b"\n"
    written = 0
    while written < 5 * module.PER_PIPE // 1024:
        written += fill(end, line)
        await asyncio.sleep(0)
    await reader.until(written)
    assert reader.of("mesh-a") == [line.rstrip()] * written


async def test_each_pipe_has_a_turn(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many flood, one that says little is heard before they have much more.

    Counted in bytes, for a slow machine has many windows in one turn of its loop.
    """
    monkeypatch.setattr(module, "WINDOW", 0.01)
    floods = [reader.pipe(f"mesh-{number}") for number in range(100)]
    line = b"x" * 1023 + b"\n"
    quiet = reader.pipe("mesh-quiet")

    async def flood() -> None:
        while True:
            for end in floods:
                fill(end, line)
            await asyncio.sleep(0)

    flooding = asyncio.create_task(flood())
    try:
        for number in range(5):
            os.write(quiet, b"%d\n" % number)
            first = len(reader.lines)
            while len(reader.of("mesh-quiet")) <= number:
                await asyncio.sleep(0)
            assert (len(reader.lines) - first) * len(line) <= 5 * module.PER_WINDOW
    finally:
        flooding.cancel()
    shares = [len(reader.of(f"mesh-{number}")) for number in range(100)]
    assert min(shares) > 0


async def test_close_reads_what_is_left(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last lines before the supervisor's end are not lost, throttled or not."""
    monkeypatch.setattr(module, "WINDOW", 3600.0)
    flood, quiet = reader.pipe("mesh-flood"), reader.pipe("mesh-quiet")
    line = b"x" * 1023 + b"\n"
    while fill(flood, line) or not reader.intake._waiting:
        await asyncio.sleep(0)
    before = len(reader.of("mesh-flood"))
    os.write(quiet, b"last")
    reader.intake.close()
    assert len(reader.of("mesh-flood")) == before + module.LAST_READ // 1024
    assert reader.of("mesh-quiet") == [b"last"]


async def test_a_pipe_that_another_process_keeps_open(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When its child is dead it is not read for ever: what is in it is taken, and it is closed."""
    monkeypatch.setattr(module, "LAST_WORDS", 0.0)
    read_end, write_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    reader.ends.append(write_end)
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    reader.intake.add("lobby", read_end, ended)
    os.write(write_end, b"first\nlast")
    await reader.until(1)
    ended.set_result(None)
    await reader.until(2)
    assert reader.of("lobby") == [b"first", b"last"]
    with pytest.raises(BrokenPipeError):
        os.write(write_end, b"nobody reads this")
