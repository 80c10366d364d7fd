"""When a crashed worker comes back."""

from __future__ import annotations

import itertools
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.supervisor.children.restart_policy import (
    PROBE_INTERVAL,
    STABLE_AFTER,
    CrashHistory,
    RestartSettings,
    Verdict,
    after_crash,
    pause,
)

SETTINGS = RestartSettings(delay=5, most=5, window=600, longest=300)


def longest(low: float, high: float) -> float:
    """Draw the upper bound, always."""
    return high


def crash(history: CrashHistory, now: float, uptime: float = 0.1) -> Verdict:
    """Decide about a crash, with the longest delays."""
    return after_crash(history, now, uptime, SETTINGS, longest)


def test_first_crash_restarts_at_once() -> None:
    """An accident costs no time."""
    verdict = crash(CrashHistory(), now=50)
    assert (verdict.start_at, verdict.failed) == (50, False)


def test_crashes_in_a_row_wait_twice_as_long_each_time() -> None:
    """The bound of the delay doubles from the setting on."""
    history, delays = CrashHistory(), []
    for now in itertools.count(100, 10):
        verdict = crash(history, now)
        if verdict.failed:
            break
        delays.append(verdict.start_at - now)
        history = verdict.history
    assert delays == [0, 5, 10, 20, 40]


def test_too_many_crashes_fail_and_are_probed_slowly() -> None:
    """The sixth crash within the window gives the mesh up until a distant probe."""
    history = CrashHistory(in_a_row=5, times=(1, 2, 3, 4, 5))
    verdict = crash(history, now=6)
    assert verdict.failed
    assert verdict.start_at == 6 + PROBE_INTERVAL


def test_delays_grow_to_the_setting() -> None:
    """A mesh that is killed again and again never waits longer than `restart_delay_max`."""
    settings = RestartSettings(delay=0.05, most=1000, window=1, longest=2)
    history, delays = CrashHistory(), []
    for now in range(20, 400, 20):
        verdict = after_crash(history, now, 19.0, settings, longest)
        delays.append(verdict.start_at - now)
        history = verdict.history
    assert max(delays) == 2
    assert not verdict.failed


def test_failed_meshes_are_probed_at_least_as_slowly_as_restarted() -> None:
    """A long `restart_delay_max` holds for meshes that have failed, too; a short one does not."""
    for ceiling, interval in ((1, PROBE_INTERVAL), (7200, 7200)):
        settings = RestartSettings(delay=5, most=0, window=600, longest=ceiling)
        verdict = after_crash(CrashHistory(), 0, 0.1, settings, longest)
        assert (verdict.failed, verdict.start_at) == (True, interval)


def test_crashes_outside_the_window_do_not_count() -> None:
    """Five crashes long ago and one now are no reason to give up."""
    history = CrashHistory(in_a_row=5, times=(1, 2, 3, 4, 5))
    assert not crash(history, now=5 + SETTINGS.window).failed


def test_a_stable_run_wipes_the_slate() -> None:
    """A worker that ran for a minute restarts at once, whatever was before."""
    history = CrashHistory(in_a_row=5, times=(1, 2, 3, 4, 5))
    verdict = crash(history, now=70, uptime=STABLE_AFTER)
    assert (verdict.start_at, verdict.failed) == (70, False)
    assert verdict.history == CrashHistory(1, (70,))


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 200)), max_size=40))
def test_delays_are_bounded(crashes: list[tuple[float, float]]) -> None:
    """Whatever happens, a mesh is tried again within five minutes and never in the past."""
    history, now = CrashHistory(), 0.0
    for delay, uptime in crashes:
        now += delay + uptime
        verdict = after_crash(history, now, uptime, SETTINGS, longest)
        assert now <= verdict.start_at <= now + PROBE_INTERVAL
        assert len(verdict.history.times) <= len(crashes)
        history = verdict.history


def test_page_has_the_delays_of_the_defaults(project: Path) -> None:
    """docs/restarts.md shows what the default settings do."""
    fleet = FleetSettings()
    settings = RestartSettings(
        fleet.process_restart_delay,
        fleet.max_process_restarts,
        fleet.restart_window,
        fleet.restart_delay_max,
    )
    page = (project / "docs" / "restarts.md").read_text()
    history = CrashHistory()
    for number in range(1, 7):
        verdict = after_crash(history, number, 0.1, settings, longest)
        history = verdict.history
        shown = "failed" if verdict.failed else f"{verdict.start_at - number:g} s"
        assert f"| {number} | {shown}" in page.replace("at once", "0 s")


def test_pauses_double_up_to_the_longest() -> None:
    """The first one is as given; no number of failures is too large."""
    assert [pause(n, 0.2, 1.0) for n in (1, 2, 3, 4, 10**6)] == [0.2, 0.4, 0.8, 1.0, 1.0]
