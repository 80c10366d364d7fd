"""What counts as asking the supervisor to stop a second time."""

from __future__ import annotations

from meshvisor.supervisor.stopping import FORCE_AFTER, StopRequest
from tests.clock import ManualClock


async def test_once() -> None:
    """The first request is the reason, and nothing hurries."""
    stop = StopRequest(ManualClock())
    assert stop.ask("SIGTERM", insists=True)
    assert (stop.reason, stop.asked.is_set(), stop.force.is_set()) == ("SIGTERM", True, False)


async def test_twice_within_a_moment() -> None:
    """What comes right after the first is the same request."""
    clock = ManualClock()
    stop = StopRequest(clock)
    stop.ask("SIGTERM", insists=True)
    clock.advance(FORCE_AFTER * 0.9)
    assert not stop.ask("SIGINT", insists=True)
    assert (stop.reason, stop.force.is_set()) == ("SIGTERM", False)


async def test_twice() -> None:
    """A moment later it means to hurry, and a third time changes nothing."""
    clock = ManualClock()
    stop = StopRequest(clock)
    stop.ask("SIGHUP", insists=False)
    clock.advance(FORCE_AFTER * 1.1)
    assert stop.ask("SIGINT", insists=True)
    assert stop.force.is_set()
    assert not stop.ask("SIGINT", insists=True)


async def test_a_stop_without_force() -> None:
    """A closed terminal may be said as often as it likes."""
    clock = ManualClock()
    stop = StopRequest(clock)
    for _ in range(3):
        stop.ask("SIGHUP", insists=False)
        clock.advance(60)
    assert not stop.force.is_set()
