"""When a child that has crashed is started again: pure functions of its history.

The first crash after a quiet time is an accident: restart at once.  Crashes in a row are a
pattern: wait longer each time, with jitter, so that many workers with one cause do not come
back in step.  Too many within a window: the mesh is `failed`, and is only probed at long
intervals, because endless restarts have cost other fleets their accounts.  docs/restarts.md says
how the four settings work together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

STABLE_AFTER: Final = 60.0
"""Seconds; a worker that ran for so long ends a row of crashes."""

PROBE_INTERVAL: Final = 300.0
"""Seconds between two tries of a failed mesh; more where `restart_delay_max` is more."""

Jitter = Callable[[float, float], float]
"""`random.uniform`: a number between the two given ones."""


class RestartSettings(msgspec.Struct, frozen=True):
    """The part of the settings that decides about restarts; `[fleet]` has one for workers."""

    delay: float
    """`process_restart_delay`, seconds."""
    most: int
    """`max_process_restarts`."""
    window: float
    """`restart_window`, seconds."""
    longest: float
    """`restart_delay_max`, seconds."""


class CrashHistory(msgspec.Struct, frozen=True):
    """What is remembered of a mesh's crashes."""

    in_a_row: int = 0
    """Crashes since the last stable run."""
    times: tuple[float, ...] = ()
    """Moments of the crashes within the window, monotonic seconds."""


class Verdict(msgspec.Struct, frozen=True):
    """What to do about a crash."""

    history: CrashHistory
    start_at: float
    """Monotonic seconds."""
    failed: bool


def after_crash(
    history: CrashHistory, now: float, uptime: float, settings: RestartSettings, jitter: Jitter
) -> Verdict:
    """Decide when a mesh whose worker has just crashed is started again.

    Args:
        history: its crashes so far.
        now: monotonic seconds.
        uptime: seconds that the crashed worker had lived.
        settings: see `RestartSettings`.
        jitter: full jitter: draws the delay between 0 and the bound.
    """
    stable = uptime >= STABLE_AFTER
    in_a_row = 1 if stable else history.in_a_row + 1
    recent = () if stable else tuple(t for t in history.times if now - t < settings.window)
    times = (*recent, now)
    updated = CrashHistory(in_a_row, times)
    if len(times) > settings.most:
        # Jitter here too, or meshes that failed together would be probed together.
        interval = max(PROBE_INTERVAL, settings.longest)
        return Verdict(updated, now + jitter(interval / 2, interval), failed=True)
    if in_a_row == 1:
        return Verdict(updated, now, failed=False)
    bound = pause(in_a_row - 1, settings.delay, settings.longest)
    return Verdict(updated, now + jitter(0.0, bound), failed=False)


def pause(failures: int, first: float, longest: float) -> float:
    """Return the seconds to wait after so many failures in a row: `first`, then doubled each time.

    For children of which there are few, so that none has to keep out of another's way.

    Args:
        failures: at least 1.
        first: seconds after the first one.
        longest: seconds; never more.
    """
    # The exponent is bounded only so that the power cannot overflow.
    return min(first * 2.0 ** min(failures - 1, 32), longest)
