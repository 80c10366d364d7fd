"""Logs that never block."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from worker.log import (
    MAX_MESSAGE,
    MAX_TRACEBACK,
    BoundLog,
    PipeHandler,
    PipeWriter,
    PrintStream,
    cut,
    notable,
)


@dataclass
class Pipe:
    """A pipe and the writer on it."""

    read_end: int
    write_end: int
    writer: PipeWriter

    def read(self) -> bytes:
        """Return what is in the pipe now."""
        data = b""
        while True:
            try:
                piece = os.read(self.read_end, 1 << 20)
            except BlockingIOError:
                return data
            if not piece:
                return data
            data += piece

    def records(self) -> list[dict[str, Any]]:
        """Return the records in the pipe; every line is whole."""
        data = self.read()
        assert data == b"" or data.endswith(b"\n")
        return [json.loads(line) for line in data.splitlines()]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """Return a small pipe whose read end does not block."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
    writer = PipeWriter(write_end, lambda count: b'{"dropped":%d}\n' % count)
    yield Pipe(read_end, write_end, writer)
    os.close(writer.fileno())
    os.close(read_end)
    os.close(write_end)


@pytest.fixture
def logger(pipe: Pipe) -> logging.Logger:
    """Return a logger that writes to the pipe and nowhere else."""
    logger = logging.Logger("test.worker")  # noqa: LOG001 - has no parent that hears it too
    logger.addHandler(PipeHandler(pipe.writer))
    return logger


def test_a_record_is_one_line(pipe: Pipe, logger: logging.Logger) -> None:
    """Time, level, logger, event, sentence and context, and nothing that is empty."""
    BoundLog(logger).info("Joined the %s", "room", event="joined", users=3, name="a\nb")
    (record,) = pipe.records()
    assert record.pop("ts") > 1_700_000_000
    assert record == {
        "level": "info",
        "logger": "test.worker",
        "event": "joined",
        "msg": "Joined the room",
        "context": {"users": 3, "name": "a\nb"},
    }


def test_a_traceback_is_part_of_its_record(pipe: Pipe, logger: logging.Logger) -> None:
    """An error is one record, traceback included."""
    try:
        raise ValueError("no such thing")
    except ValueError:
        logger.exception("It failed")
    (record,) = pipe.records()
    assert record["traceback"].startswith("Traceback")
    assert record["traceback"].endswith("ValueError: no such thing\n")


def test_foreign_records_are_taken_too(pipe: Pipe, logger: logging.Logger) -> None:
    """Plug-ins and libraries use `logging` as they know it, and may even use it wrongly."""
    logger.warning("%d of %d", 1)  # noqa: PLE1206 - wrong on purpose
    logger.warning("half a pair \ud83d")
    assert [record["msg"] for record in pipe.records()] == ["'%d of %d' (1,)", "half a pair \ud83d"]


def test_huge_records_are_cut(pipe: Pipe, logger: logging.Logger) -> None:
    """Neither a huge message nor an endless traceback fills the log."""
    fcntl.fcntl(pipe.write_end, fcntl.F_SETPIPE_SZ, 1 << 20)
    logger.info("x" * 10_000_000)
    (record,) = pipe.records()
    assert record["msg"] == f"{'x' * MAX_MESSAGE}… ({10_000_000 - MAX_MESSAGE} more characters)"

    def recurse(depth: int, wide: str = "y" * 200) -> None:
        if depth:
            recurse(depth - 1)
        raise ValueError("z" * 1_000_000 + wide)

    with pytest.raises(ValueError, match="zzz") as caught:
        recurse(50)
    logger.error("It failed", exc_info=caught.value)
    (record,) = pipe.records()
    assert len(record["traceback"]) <= MAX_TRACEBACK + 10
    assert record["traceback"].startswith("Traceback")


def test_a_full_pipe_drops_and_says_so_later(pipe: Pipe) -> None:
    """Writing never waits; when there is room again, one line tells how many are missing."""
    line = b'{"n":%6d,"fill":"' + b"." * 80 + b'"}\n'
    for number in range(1000):
        pipe.writer.write(line % number)
    dropped = pipe.writer.dropped
    assert 900 < dropped < 1000
    first = pipe.read()
    pipe.writer.flush()
    pipe.writer.write(line % 1000)
    lines = [json.loads(line) for line in (first + pipe.read()).splitlines()]
    kept = [line["n"] for line in lines if "n" in line]
    assert kept == [*range(1000 - dropped), 1000]
    assert [line["dropped"] for line in lines if "dropped" in line] == [dropped]
    assert "dropped" in lines[-2]


def test_a_line_larger_than_the_room_arrives_whole(pipe: Pipe) -> None:
    """A long record that fits only in part is finished before anything else is written."""
    long = json.dumps({"msg": "x" * 10_000}).encode() + b"\n"
    pipe.writer.write(long)
    pipe.writer.write(b'{"lost":1}\n')
    data = pipe.read()
    for _ in range(10):
        pipe.writer.flush()
        data += pipe.read()
    pipe.writer.write(b'{"n":2}\n')
    data += pipe.read()
    assert data == long + b'{"dropped":1}\n{"n":2}\n'


def test_a_reader_that_is_gone(pipe: Pipe) -> None:
    """Without a reader everything goes nowhere, silently."""
    other_read, other_write = os.pipe()
    writer = PipeWriter(other_write, lambda count: b"")
    os.close(other_read)
    writer.write(b"anyone?\n")
    writer.flush()
    os.close(writer.fileno())
    os.close(other_write)


def test_other_programs_keep_a_blocking_output(pipe: Pipe) -> None:
    """Programs that a plug-in starts inherit the pipe as they know it."""
    assert os.get_blocking(pipe.write_end)
    assert not os.get_blocking(pipe.writer.fileno())


def test_threads_do_not_mix_lines(pipe: Pipe) -> None:
    """Lines of several threads come out whole."""
    fcntl.fcntl(pipe.write_end, fcntl.F_SETPIPE_SZ, 1 << 20)

    def chatter(name: int) -> None:
        for number in range(200):
            pipe.writer.write(json.dumps({"name": name, "n": number}).encode() + b"\n")

    threads = [threading.Thread(target=chatter, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pipe.records()) == 800


# print


def test_printed_lines_become_records(pipe: Pipe) -> None:
    """Each line is a record; what has no line end waits for one, or for a flush."""
    stream = PrintStream("stdout", "info", pipe.writer, lambda: 1.0)
    print("one\ntwo", 2, file=stream)
    print("rest", end="", file=stream)
    assert [record["msg"] for record in pipe.records()] == ["one", "two 2"]
    stream.flush()
    (record,) = pipe.records()
    assert record == {
        "ts": 1.0,
        "level": "info",
        "logger": "stdout",
        "event": "print",
        "msg": "rest",
    }


def test_print_never_raises(pipe: Pipe) -> None:
    """Neither strange text, nor bytes, nor endless lines, nor a full pipe disturb a plug-in."""
    stream = PrintStream("stdout", "info", pipe.writer, lambda: 1.0)
    print("half a pair \ud83d", file=stream)
    stream.buffer.write(b"bytes \xff\n")
    assert [record["msg"] for record in pipe.records()] == ["half a pair \ud83d", "bytes \ufffd"]
    for _ in range(100):
        stream.write("x" * 1000)
    print("y" * 10_000_000, file=stream)
    assert pipe.writer.dropped > 0
    assert not stream.isatty()
    assert stream.fileno() == 1


# Small things


def test_cut_says_what_is_missing() -> None:
    """A cut text ends with the number of characters that are gone."""
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdef", 4) == "abcd… (2 more characters)"


def test_notable_counts_double() -> None:
    """Of a thousand occurrences ten are worth a line."""
    assert [count for count in range(1, 1001) if notable(count)] == [2**n for n in range(10)]
