"""Loggers with event names."""

from __future__ import annotations

from meshvisor.worker.logs.bound import notable


def test_notable_counts_double() -> None:
    """Of a thousand occurrences ten are worth a line."""
    assert [count for count in range(1, 1001) if notable(count)] == [2**n for n in range(10)]
