"""How long each address of a server is tried."""

from __future__ import annotations

import pytest

from meshvisor.shared.addresses import LEAST_SHARE, in_turn


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def test_shares() -> None:
    """All have the same share; what one leaves over, the next ones have."""
    clock = Clock()
    turns = in_turn("abc", 130.0, clock)

    assert next(turns) == ("a", 10.0, False)
    clock.now += 2
    assert next(turns) == ("b", 14.0, False)
    clock.now += 14
    assert next(turns) == ("c", 14.0, True)
    assert list(turns) == []


@pytest.mark.parametrize("end", [100.5, 50.0])
def test_the_least_share(end: float) -> None:
    """Many addresses, or a slow name server, leave each enough for a packet to be lost once."""
    turns = [("a", LEAST_SHARE, False), ("b", LEAST_SHARE, True)]
    assert list(in_turn("ab", end, Clock())) == turns


def test_no_addresses() -> None:
    """Without an address there is nothing to try."""
    assert list(in_turn((), 1.0, Clock())) == []
