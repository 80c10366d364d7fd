"""Lines come out of a stream whole, whatever the pieces are, and no faster than is allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.program.worker.lines import Lines, LineTooLongError, Pace


@given(st.lists(st.binary(max_size=30)), st.lists(st.integers(0, 40)))
def test_any_pieces(whole: list[bytes], cuts: list[int]) -> None:
    """However a stream is cut, the lines are the same."""
    stream = b"\n".join(whole)
    lines = Lines()
    found: list[bytes] = []
    for cut in cuts:
        piece, stream = stream[:cut], stream[cut:]
        found += lines.feed(piece)
    found += lines.feed(stream + b"\n")
    expected = b"\n".join(whole).split(b"\n")
    assert found == [line.strip() for line in expected if line.strip()]
    assert lines.rest == b""


@given(st.integers(1, 50), st.integers(1, 10))
def test_too_long(longest: int, size: int) -> None:
    """A line is too long as soon as it is, whether it has ended or not; those before it count."""
    lines = Lines(longest)
    assert list(lines.feed(b"x" * longest + b"\n")) == [b"x" * longest]
    with pytest.raises(LineTooLongError):
        for _ in range(longest + 1):
            list(lines.feed(b"y" * size))


def test_pace() -> None:
    """What is within a second's share passes at once; beyond it each second allows one more."""
    pace = Pace(10, 1000)
    assert pace.spend(10, 10, 100.0) == 0.0
    assert pace.spend(5, 5, 100.0) == pytest.approx(0.5)
    assert pace.spend(0, 0, 100.5) == 0.0
    assert pace.spend(10, 0, 200.0) == 0.0
    assert pace.spend(0, 3000, 300.0) == pytest.approx(2.0)


def test_a_clock_that_stands_still() -> None:
    """A clock that goes back gives nothing away."""
    pace = Pace(10, 1000)
    pace.spend(10, 0, 100.0)
    assert pace.spend(10, 0, 50.0) == pytest.approx(1.0)
