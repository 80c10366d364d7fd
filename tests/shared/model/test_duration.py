from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.shared.model.duration import in_words, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1.5", 1.5), ("90s", 90), ("15m", 900), ("1h30m", 5400), ("1h 30min", 5400),
     ("2d", 172_800), ("1w", 604_800), ("0.5h", 1800), ("2D", 172_800)],
)  # fmt: skip
def test_parse_duration(text: str, seconds: float) -> None:
    """Durations are written as people write them."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "0", "0s", "-5m", "5x", "m", "1h30", "1..5s", "٣"])
def test_no_duration(text: str) -> None:
    """What is none is said to be none, with examples."""
    with pytest.raises(ValueError, match="write 90s"):
        parse_duration(text)


@given(st.text())
def test_any_text_is_a_duration_or_a_sentence(text: str) -> None:
    """No text makes it fail in another way."""
    with contextlib.suppress(ValueError):
        assert parse_duration(text) > 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (0.24, "0.2 s"), (59, "59 s"), (60, "1 min"), (80, "1 min 20 s"),
        (3600, "1 h"), (3659, "1 h"), (5400, "1 h 30 min"), (86_400, "1 d"),
        (190_000, "2 d 4 h"), (31_536_000, "365 d"),
    ],
)  # fmt: skip
def test_in_words(seconds: float, text: str) -> None:
    """A sentence names two units at most."""
    assert in_words(seconds) == text
