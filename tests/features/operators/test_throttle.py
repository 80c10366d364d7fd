"""How tries to sign in are slowed down."""

from __future__ import annotations

from meshvisor.features.operators.routes.throttle import (
    FIRST,
    FORGOTTEN_AFTER,
    FREE,
    LONGEST,
    MOST_KEPT,
    Throttle,
)

ANN = ("name ann", "address a")


def test_it_waits_longer_each_time() -> None:
    """Mistyping costs nothing, trying on does, and no wait is longer than the longest."""
    throttle = Throttle()
    for _ in range(FREE):
        assert throttle.wait(ANN, 0.0) == 0
        throttle.failed(ANN, 0.0)
    assert throttle.wait(ANN, 0.0) == FIRST
    assert throttle.wait(ANN, FIRST) == 0
    throttle.failed(ANN, FIRST)
    assert throttle.wait(ANN, FIRST) == 2 * FIRST
    for _ in range(50):
        throttle.failed(ANN, 10.0)
    assert throttle.wait(ANN, 10.0) == LONGEST


def test_who_waits() -> None:
    """A name waits from everywhere, an address with every name; a success clears the name only."""
    throttle = Throttle()
    for _ in range(FREE):
        throttle.failed(ANN, 0.0)
    assert throttle.wait(("name ann", "address b"), 0.0)
    assert throttle.wait(("name bob", "address a"), 0.0)
    assert not throttle.wait(("name bob", "address b"), 0.0)
    throttle.succeeded("name ann")
    assert not throttle.wait(("name ann", "address b"), 0.0)
    assert throttle.wait(ANN, 0.0)


def test_it_forgets() -> None:
    """After a while, and where there are too many, those first that failed longest ago."""
    throttle = Throttle()
    for _ in range(FREE):
        throttle.failed(ANN, 0.0)
    assert not throttle.wait(ANN, FORGOTTEN_AFTER + 1)
    for number in range(MOST_KEPT):
        throttle.failed((f"name {number}",), 1.0)
    assert len(throttle._failures) == MOST_KEPT
    assert not throttle.wait(ANN, 1.0)
