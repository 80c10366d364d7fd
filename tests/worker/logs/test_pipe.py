"""Writing that never blocks."""

from __future__ import annotations

import json
import os
import threading

from meshvisor.worker.logs.pipe import PipeWriter
from tests.worker.logs.conftest import Pipe, lines_of


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
    lines = [json.loads(line) for line in lines_of(first + pipe.read())]
    kept = [line["n"] for line in lines if "n" in line]
    assert kept == [*range(1000 - dropped), 1000]
    (notice,) = [line for line in lines if line.get("event") == "log_dropped"]
    assert notice["context"] == {"count": dropped}
    assert lines[-2] is notice


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
    first, notice, last = lines_of(data)
    assert first + b"\n" == long
    assert json.loads(notice)["event"] == "log_dropped"
    assert last == b'{"n":2}'


def test_a_reader_that_is_gone(pipe: Pipe) -> None:
    """Without a reader everything goes nowhere, silently."""
    other_read, other_write = os.pipe()
    writer = PipeWriter()
    writer.attach(other_write)
    os.close(other_read)
    writer.write(b"anyone?\n")
    writer.flush()
    writer.detach()
    os.close(other_write)


def test_other_programs_keep_a_blocking_output(pipe: Pipe) -> None:
    """Programs that a plug-in starts inherit the pipe as they know it."""
    assert os.get_blocking(pipe.write_end)
    assert not os.get_blocking(pipe.writer.fileno())


def test_threads_do_not_mix_lines(pipe: Pipe) -> None:
    """Lines of several threads come out whole."""
    pipe.widen()

    def chatter(name: int) -> None:
        for number in range(200):
            pipe.writer.write(json.dumps({"name": name, "n": number}).encode() + b"\n")

    threads = [threading.Thread(target=chatter, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pipe.records()) == 800


def test_a_record_begins_a_line(pipe: Pipe) -> None:
    """Also behind what a program has written into the same pipe without an end of line."""
    os.write(pipe.write_end, b"Password: ")
    pipe.writer.write(b'{"n":1}\n')
    os.write(pipe.write_end, b"half a line")
    pipe.writer.write(b'{"n":2}\n')
    assert lines_of(pipe.read()) == [b"Password: ", b'{"n":1}', b"half a line", b'{"n":2}']
