from __future__ import annotations

import json

import pytest

from meshvisor.supervisor.platform.refusals import LONGEST_REASON, said_by


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
