"""Durations, sizes and counts as people read them."""

from __future__ import annotations

from datetime import datetime

import pytest

from meshvisor.supervisor.cli.human import (
    duration,
    milliseconds,
    moment,
    number,
    parse_moment,
    size,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"), (-3, "0s"), (0, "0s"), (59.9, "59s"), (60, "1m 00s"), (3599, "59m 59s"),
        (3600, "1h 00m"), (8070, "2h 14m"), (86_399, "23h 59m"), (86_400, "1d 00h"),
        (40 * 86_400 + 7200, "40d 02h"),
    ],
)  # fmt: skip
def test_duration(seconds: float | None, text: str) -> None:
    """A duration has at most two units."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "-"), (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_600, "1.0 MB"),
        (21_300_000, "21.3 MB"), (3.2e9, "3.2 GB"), (5e12, "5.0 TB"),
    ],
)  # fmt: skip
def test_size(count: float | None, text: str) -> None:
    """A size has three digits or so."""
    assert size(count) == text


@pytest.mark.parametrize(
    ("count", "text"), [(None, "-"), (0.84, "0.8 ms"), (12.3, "12 ms"), (2500, "2.5 s")]
)
def test_milliseconds(count: float | None, text: str) -> None:
    """Short times keep a digit after the point, long ones become seconds."""
    assert milliseconds(count) == text


def test_number() -> None:
    """One is singular, everything else plural."""
    assert [number(n, "line") for n in (0, 1, 2)] == ["0 lines", "1 line", "2 lines"]
    assert number(2, "mesh", "meshes") == "2 meshes"


def test_moment() -> None:
    """An ISO time is shown to the minute."""
    assert len(moment("2026-11-22T08:15:59+00:00")) == len("2026-11-22 08:15")


NOON = datetime.fromisoformat("2026-03-01T12:00").timestamp()


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("10m", "2026-03-01T11:50"),
        ("1h30m ago", "2026-03-01T10:30"),
        ("today", "2026-03-01"),
        ("yesterday", "2026-02-28"),
        ("11:45", "2026-03-01T11:45"),
        ("11:45:30", "2026-03-01T11:45:30"),
        ("2026-02-03", "2026-02-03"),
        ("2026-02-03 04:05", "2026-02-03T04:05"),
        ("2026-02-03T04:05+00:00", "2026-02-03T04:05+00:00"),
    ],
)
def test_moments(text: str, then: str) -> None:
    """How long ago, a time of today, or a date; local unless it says otherwise."""
    assert parse_moment(text, NOON) == datetime.fromisoformat(then).timestamp()


@pytest.mark.parametrize("text", ["", "soon", "25:99", "2026-13-01", "ago", "12:", "-5m"])
def test_no_moments(text: str) -> None:
    """Anything else is refused with what is allowed."""
    with pytest.raises(ValueError, match="is no time; write how long ago"):
        parse_moment(text, NOON)
