from __future__ import annotations

import pytest

from meshvisor.shared.retry_after import LONGEST, seconds_until

NOON = 1_772_366_400.0
"""2026-03-01 12:00:00 UTC as epoch seconds."""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("999999999999", 999_999_999_999.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2099 12:00:00 GMT", 2_303_683_200.0),
        ("Sun, 01 Mar 2026 13:00:30 +0100", 30.0),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30.0),
        ("Sun Mar 01 12:00:30 2026", 30.0),
        ("-1", None),
        ("1.5", 1.5),
        ("0.25", 0.25),
        ("1.", 1.0),
        ("1.5.2", None),
        ("1e3", None),
        ("inf", None),
        ("nan", None),
        ("\u00b2", None),
        ("soon", None),
        ("9" * 400, LONGEST),
        ("Sun, 01 Mar 12026 00:00:00 GMT", None),
        ("", None),
        (None, None),
    ],
)
def test_when_to_come_again(header: str | None, seconds: float | None) -> None:
    """Seconds and dates are understood, even far ahead; anything else is no answer."""
    assert seconds_until(header, NOON) == seconds
