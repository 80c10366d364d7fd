from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.supervisor.logs.cutter import MAX_LINE, LineCutter, RawLine


def cut(*parts: bytes) -> list[RawLine]:
    """The lines in parts that were read one after another until the end."""
    cutter = LineCutter()
    lines = [line for part in parts for line in cutter.feed(part)]
    return lines + cutter.flush()


@given(st.lists(st.binary(max_size=20).filter(lambda line: line.strip() and b"\n" not in line)))
def test_any_split(lines: list[bytes]) -> None:
    """However a pipe hands over the bytes, the lines are the same."""
    content = b"\n".join(lines)
    expected = [RawLine(line) for line in lines]
    assert cut(content) == expected
    assert cut(*(content[i : i + 1] for i in range(len(content)))) == expected


def test_blank_lines_are_skipped() -> None:
    """Lines without anything in them are no records."""
    assert cut(b"\n\n a\n \n\t\nb") == [RawLine(b" a"), RawLine(b"b")]


@pytest.mark.parametrize("parts", [[b"x" * (MAX_LINE + 5)], [b"x" * MAX_LINE, b"xxx", b"xx"]])
def test_long_line(parts: list[bytes]) -> None:
    """Of a line without end, the beginning is kept and the rest is counted."""
    lines = cut(*parts, b"\nnext\n")
    assert lines == [RawLine(b"x" * MAX_LINE, 5), RawLine(b"next")]


def test_memory_is_bounded() -> None:
    """A child that never ends its line costs no more than one line."""
    cutter = LineCutter()
    for _ in range(100):
        assert cutter.feed(b"x" * MAX_LINE) == []
    (line,) = cutter.flush()
    assert line == RawLine(b"x" * MAX_LINE, 99 * MAX_LINE)
