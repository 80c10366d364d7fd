"""The pause before a job that has failed is tried again."""

from __future__ import annotations

from meshvisor.features.jobs.model.action import LONGEST_RETRY_DELAY, ActionSpec
from meshvisor.features.jobs.supervisor.ledger.retries import retry_delay

SPEC = ActionSpec("fetch", retries=40, retry_delay=3.0)


def test_it_doubles_with_each_attempt() -> None:
    """3, 6 and 12 s where nothing is spread."""
    assert [retry_delay(SPEC, attempt, 1.0) for attempt in (1, 2, 3)] == [3000, 6000, 12_000]


def test_half_of_it_is_spread() -> None:
    """Jobs that failed together do not all come back together."""
    assert [retry_delay(SPEC, 1, chance) for chance in (0.0, 0.5, 1.0)] == [1500, 2250, 3000]


def test_it_has_a_longest() -> None:
    """However often a job has failed."""
    assert retry_delay(SPEC, 40, 1.0) == LONGEST_RETRY_DELAY * 1000
