"""Built-in commands, as far as the room's tests do not see them (`test_chat`)."""

from __future__ import annotations

import pytest

from meshvisor.worker.mesh.commands.builtin.uptime import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3_840, "1 h 4 min"),
        (86_400, "1 d"),
        (90_061, "1 d 1 h"),
        (400 * 86_400 + 59, "400 d 59 s"),
    ],
)
def test_durations_have_their_two_largest_units(seconds: float, words: str) -> None:
    """People want `3 h 4 min`, not 11,040 s."""
    assert duration(seconds) == words
