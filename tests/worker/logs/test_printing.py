"""What `print` becomes."""

from __future__ import annotations

from meshvisor.worker.logs.printing import PrintStream
from tests.worker.logs.conftest import Pipe


def test_printed_lines_become_records(pipe: Pipe) -> None:
    """Each line is a record; what has no line end waits for one, or for a flush."""
    stream = PrintStream("stdout", "info", pipe.writer)
    print("one\ntwo", 2, file=stream)
    print("rest", end="", file=stream)
    assert [record["msg"] for record in pipe.records()] == ["one", "two 2"]
    stream.flush()
    (record,) = pipe.records()
    assert record.pop("ts") > 1_700_000_000
    assert record == {
        "level": "info",
        "logger": "stdout",
        "event": "print",
        "msg": "rest",
    }


def test_print_never_raises(pipe: Pipe) -> None:
    """Neither strange text, nor bytes, nor endless lines, nor a full pipe disturb a plug-in."""
    stream = PrintStream("stdout", "info", pipe.writer)
    print("half a pair \ud83d", file=stream)
    stream.buffer.write(b"bytes \xff\n")
    assert [record["msg"] for record in pipe.records()] == ["half a pair \ud83d", "bytes \ufffd"]
    for _ in range(100):
        stream.write("x" * 1000)
    print("y" * 10_000_000, file=stream)
    assert pipe.writer.dropped > 0
    assert not stream.isatty()
    assert stream.fileno() == 1
