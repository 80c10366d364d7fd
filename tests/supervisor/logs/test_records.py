from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.shared.logs.line import LEVELS, Record
from meshvisor.shared.logs.text import MAX_TEXT
from meshvisor.supervisor.logs.cutter import RawLine
from meshvisor.supervisor.logs.records import MAX_AGE, MAX_AHEAD, from_line, from_logging

NOW = 1_768_000_000.0


def read(fields: Any) -> Record:
    """The record in a line of JSON."""
    return from_line("mesh-a", RawLine(json.dumps(fields).encode()), NOW)


def test_record_of_a_worker() -> None:
    """Message, context and traceback are one text, the context in one line with the message."""
    record = read(
        {
            "ts": NOW - 1,
            "level": "error",
            "logger": "worker.commands",
            "event": "command.failed",
            "msg": "Handler failed",
            "context": {"command": "ping", "users": 3},
            "traceback": "Traceback:\n  File x\nValueError\n",
        }
    )
    text = "Handler failed (command=ping, users=3)\nTraceback:\n  File x\nValueError"
    assert record == Record(NOW - 1, "mesh-a", "error", text, "command.failed")


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("WARNING", "warning"),
        ("warn", "warning"),
        ("fatal", "critical"),
        ("loud", "info"),
        (3, "info"),
    ],
)
def test_levels(level: object, expected: str) -> None:
    """Levels of other logging libraries are understood, unknown ones are ordinary."""
    assert read({"level": level, "msg": "x"}).level == expected


@pytest.mark.parametrize(
    "ts", [None, "now", True, float("nan"), 1e300, -1, NOW - MAX_AGE - 1, NOW + MAX_AHEAD + 1]
)
def test_wrong_times(ts: object) -> None:
    """A record whose time cannot be true has the time at which it came."""
    assert read({"level": "info", "msg": "x", "ts": ts}).ts == NOW


@pytest.mark.parametrize("event", [None, 3, "two words", "x\ny", "x" * 65, ""])
def test_wrong_event_names(event: object) -> None:
    """An event name that would be mistaken for text is left out."""
    assert read({"level": "info", "msg": "x", "event": event}).event == ""


@pytest.mark.parametrize(
    "line", [b"hello", b'{"a": 1}', b'{"msg": "x"}', b"{", b'{"level": "info", "msg": 3}', b"[]"]
)
def test_whatever_else_is_printed(line: bytes) -> None:
    """What is no record is text, shown as it was printed."""
    assert from_line("mesh-a", RawLine(line), NOW) == Record(NOW, "mesh-a", "info", line.decode())


def test_cut_line_says_so() -> None:
    """A beginning cannot be taken for the whole."""
    record = from_line("mesh-a", RawLine(b'{"level": "info", "msg": "x"', 7), NOW)
    assert record.text == '{"level": "info", "msg": "x" … (7 more bytes were left out)'


def test_escape_sequences_are_removed() -> None:
    """Neither text nor JSON brings anything to a terminal that it would obey."""
    assert from_line("mesh-a", RawLine(b"\x1b[31mred\x07"), NOW).text == "red"
    fields = {
        "level": "info",
        "msg": "\x1b[2J",
        "context": {"\x07": "\x1b[0m"},
        "traceback": "\x9b",
    }
    assert read(fields).text.isprintable()


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(["ts", "level", "logger", "event", "msg", "context", "traceback"])
LINES = st.binary(max_size=100) | st.dictionaries(FIELDS, VALUES).map(
    lambda fields: json.dumps(fields | {"msg": str(fields.get("msg"))}).encode()
)


@given(LINES)
def test_any_bytes(line: bytes) -> None:
    """Whatever a child prints becomes a record that can be written and shown."""
    record = from_line("mesh-a", RawLine(line), NOW)
    record.text.encode()
    assert record.level in LEVELS


def test_long_records_are_shortened() -> None:
    """One record cannot fill the memory."""
    assert len(read({"level": "info", "msg": "x" * 10 * MAX_TEXT}).text) < MAX_TEXT + 100


# ---- The supervisor's own ------------------------------------------------------------------------


def logged(message: str, *args: object, **extra: object) -> logging.LogRecord:
    """A record as `logging` makes it."""
    logger = logging.getLogger("test")
    return logger.makeRecord("test", 30, "f", 1, message, args, None, extra=extra)


def test_own_record() -> None:
    """The supervisor's records have its name, or that of the mesh they are about."""
    record = from_logging(logged("stopping %s", "now", event="supervisor.stopping"))
    assert (record.source, record.level) == ("supervisor", "warning")
    assert (record.text, record.event) == ("stopping now", "supervisor.stopping")
    assert from_logging(logged("x", mesh_id="lobby")).source == "mesh-lobby"
    assert from_logging(logged("x", mesh_id="lobby"), "cinema").source == "mesh-lobby"
    assert from_logging(logged("x"), "cinema").source == "mesh-cinema"
    assert from_logging(logged("x", context={"a": 1})).text == "x (a=1)"


def test_own_record_with_wrong_arguments() -> None:
    """A mistake in a log call does not cost the message."""
    assert from_logging(logged("%d workers", "three")).text == "%d workers ('three',)"


def test_own_record_with_traceback() -> None:
    """The traceback follows the message."""
    try:
        raise ValueError("bad")
    except ValueError:
        info = sys.exc_info()
    record = logging.getLogger("test").makeRecord("test", 40, "f", 1, "failed", (), info)
    lines = from_logging(record).text.split("\n")
    assert (lines[0], lines[-1]) == ("failed", "ValueError: bad")
