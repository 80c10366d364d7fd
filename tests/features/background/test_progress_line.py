"""The line by which a command says how far it is, in whatever pieces a pipe brings it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.background.keeper.output import Output
from meshvisor.features.background.progress_line import Progress, format_line, parse_line

TASKS = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=200)


@pytest.mark.parametrize(
    ("line", "progress"),
    [
        (b"@progress 45.2 Batch 23 of 50", Progress(45.2, "Batch 23 of 50")),
        (b"@progress 45%", Progress(45.0, None)),
        (b"@progress - Looking", Progress(None, "Looking")),
        (b"@progress 1e9 Much", Progress(100.0, "Much")),
        (b"@progress -5", Progress(0.0, None)),
        (b"@progress nan", None),
        (b"@progress soon", None),
        (b"@progress", None),
        (b" @progress 5", None),
        (b"progress 5", None),
        (b"@progress 5 " + b"x" * 5000, None),
        (b"@progress 5 \xff", Progress(5.0, "\ufffd")),
    ],
)
def test_lines(line: bytes, progress: Progress | None) -> None:
    """Which lines are about progress."""
    assert parse_line(line) == progress


@given(st.none() | st.integers(0, 100).map(float), TASKS)
def test_what_is_written_is_read(percent: float | None, task: str) -> None:
    """Both sides agree."""
    reported = Progress(percent, task or None)
    assert parse_line(format_line(reported).encode()) == reported


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.just(b"@progress 7 x"), st.just(b"@progress"))),
    st.data(),
)
def test_pieces_make_no_difference(lines: list[bytes], data: st.DataObject) -> None:
    """However a pipe cuts it, the log and the progress are the same."""
    text = b"".join(line.replace(b"\n", b"") + b"\n" for line in lines)
    whole = Output()
    expected = whole.feed(text) + whole.end()
    output, rest, found = Output(), text, b""
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        found += output.feed(rest[:size])
        rest = rest[size:]
    found += output.end()
    assert found == expected
    assert output.progress == whole.progress
    kept = [line for line in text.split(b"\n")[:-1] if parse_line(line) is None]
    assert found == b"".join(line + b"\n" for line in kept)
