"""Never more connects in any second than were set."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.fleet.supervisor.connect_limiter import (
    LONGEST_LEASE,
    PERIOD,
    ConnectLimiter,
)


def test_a_full_bucket_is_granted_at_once_in_order() -> None:
    """Those who ask first connect first, the others wait."""
    limiter = ConnectLimiter(2)
    for key in ("a", "b", "c"):
        limiter.ask(key)
    assert limiter.grant(0.0) == ["a", "b"]
    assert limiter.waiting == 1
    assert limiter.next_at() == LONGEST_LEASE


def test_a_token_returns_a_second_after_its_connect_has_ended() -> None:
    """Not a second after it was granted: the server may have seen it late."""
    limiter = ConnectLimiter(1)
    limiter.ask("a")
    limiter.ask("b")
    assert limiter.grant(0.0) == ["a"]
    limiter.settle("a", 0.7)
    assert limiter.next_at() == 0.7 + PERIOD
    assert limiter.grant(1.69) == []
    assert limiter.grant(1.7) == ["b"]


def test_a_worker_that_never_reports_gives_its_token_back_in_the_end() -> None:
    """A server that swallows packets must not stop the whole fleet."""
    limiter = ConnectLimiter(1)
    limiter.ask("a")
    limiter.ask("b")
    limiter.grant(0.0)
    assert limiter.grant(LONGEST_LEASE) == ["b"]


def test_a_mesh_that_is_gone_waits_no_more() -> None:
    """The place of a dead worker in the queue is not served."""
    limiter = ConnectLimiter(1)
    for key in ("a", "b", "c"):
        limiter.ask(key)
    limiter.grant(0.0)
    limiter.settle("b", 0.1)
    limiter.settle("a", 0.1)
    assert limiter.grant(0.1 + PERIOD) == ["c"]
    assert limiter.next_at() is None


def test_asking_again_without_a_report_does_not_double_the_tokens() -> None:
    """A restarted worker whose connect never ended draws on the same bucket."""
    limiter = ConnectLimiter(2)
    limiter.ask("a")
    assert limiter.grant(0.0) == ["a"]
    limiter.ask("a")
    assert limiter.grant(0.1) == ["a"]
    limiter.ask("b")
    assert limiter.grant(0.2) == []


@given(st.integers(0, 2**32), st.integers(1, 6))
def test_no_second_at_the_server_sees_more_than_the_limit(seed: int, per_second: int) -> None:
    """Connects reach the server at any moment between grant and report, in any order."""
    chance = random.Random(seed)
    limiter = ConnectLimiter(per_second)
    for number in range(30):
        limiter.ask(f"m{number}")
    now, arrivals = 0.0, list[float]()
    under_way: list[tuple[float, str]] = []
    while limiter.waiting or under_way:
        for key in limiter.grant(now):
            took = chance.uniform(0.0, 2.0)
            arrivals.append(now + chance.uniform(0.0, took))
            under_way.append((now + took, key))
        under_way.sort()
        ends = [moment for moment, _ in under_way[:1]]
        wake = limiter.next_at()
        now = min(ends + ([wake] if wake is not None else []))
        while under_way and under_way[0][0] <= now:
            moment, key = under_way.pop(0)
            limiter.settle(key, moment)
    arrivals.sort()
    for first, one_too_many in zip(arrivals, arrivals[per_second:], strict=False):
        # The margin is the rounding of floating point sums.
        assert one_too_many - first >= PERIOD - 1e-9
