"""How long a runner waits for what.

One value with all periods, so that a test can shorten them and no module hides one.
"""

from __future__ import annotations

from dataclasses import dataclass

from meshvisor.worker.child.timings import ChildTimings


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings(ChildTimings):
    """Seconds."""

    grace: float = 2.0
    """For code that was asked to end, beyond any deadline, before the whole runner ends to get
    rid of it: enough to close what it has opened."""
    answer: float = 30.0
    """For the supervisor's answer to an action.  It takes milliseconds; but saying something in a
    room may have to wait for a worker."""
    turn: float = 0.002
    """For items of one job in a row without a turn of the event loop: an action that never waits
    must neither starve others nor miss that it has to stop."""
