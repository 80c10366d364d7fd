from __future__ import annotations

import json

import pytest

from supervisor.platform.refusals import LONGEST_REASON, LONGEST_WAIT, said_by, seconds_until

NOON = 1_772_366_400.0
"""2026-03-01 12:00:00 UTC as epoch seconds."""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"error": {"message": "No such address."}}, "No such address"),
        ({"error": "Go away"}, "Go away"),
        ({"error": "two\nlines\x1b[2J"}, "two lines [2J"),
        ({"error": "x" * 1000}, "x" * LONGEST_REASON),
        ({"error": {"message": 7}}, ""),
        ({"error": None}, ""),
        ({}, ""),
        ([{"error": "listed"}], ""),
    ],
)
def test_words(content: object, words: str) -> None:
    """The reason is found in both shapes, harmless, on one line and not too long."""
    assert said_by(json.dumps(content).encode()) == words


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000])
def test_no_words(body: bytes) -> None:
    """What is no JSON says nothing."""
    assert said_by(body) == ""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("999999999999", LONGEST_WAIT),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2099 11:00:00 GMT", LONGEST_WAIT),
        ("-1", None),
        ("1.5", None),
        ("\u00b2", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_when_to_come_again(header: str | None, seconds: float | None) -> None:
    """Seconds and dates are understood, within limits; anything else is no answer."""
    assert seconds_until(header, NOON) == seconds
