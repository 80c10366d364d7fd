"""How large and how long the measurements are: the full run, a quick look, the long one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes (workers), durations (seconds) and repetitions."""

    fleet: int = 50
    """Workers where everyone is compared."""
    large: int = 200
    huge: int = 500
    rooms: int = 100
    """Rooms of the chat row."""
    small: int = 10
    """Workers where the size does not matter."""
    runs: int = 5
    """Repetitions of rows that are short."""
    kills: int = 20
    """Workers killed in the restart row, for everyone."""
    repeats: int = 20
    """Polls and status calls."""
    hung_window: float = 15
    """After it a hung worker counts as never replaced; five times our own limit."""
    idle_seconds: float = 60
    """Two rounds of the status poll that a supervisor makes every 30 s."""
    load_seconds: float = 60
    chat_seconds: float = 20
    changes: int = 20
    """Permissions and admins changed one after the other; even."""
    jobs: int = 20_000
    """Jobs of a measurement where many share a flush; a tenth where each waits for its own."""
    backlog: int = 1_000_000
    """Jobs that are queued, or items of a job, where it must not matter how many."""
    claims: int = 200
    idle_jobs: int = 200
    """Jobs enqueued now and then."""
    polling_jobs: int = 10
    """The same for a peer that has to be left alone for seconds before each."""
    preemptions: int = 10_000
    kept_jobs: int = 100_000
    """Jobs in the database where the console is asked."""
    reads: int = 100
    """Requests of each kind."""
    log_lines: int = 1_000_000
    """Of one log that a page shows."""
    viewers: int = 100
    """Pages that follow the events."""
    schedules: int = 100_000
    notifications: int = 1_000
    usage_events: int = 10_000_000
    back_tested: int = 100_000
    """Events on which a workflow is tried."""
    storm: int = 10_000
    """Events that come as fast as they can be sent."""


FULL: Final = Scale()
LONG: Final = replace(FULL, load_seconds=600)
QUICK: Final = Scale(
    fleet=10,
    large=20,
    huge=40,
    rooms=10,
    small=4,
    runs=1,
    kills=4,
    repeats=5,
    hung_window=6,
    idle_seconds=5,
    load_seconds=10,
    chat_seconds=4,
    changes=4,
    jobs=2_000,
    backlog=50_000,
    claims=100,
    idle_jobs=30,
    polling_jobs=2,
    preemptions=200,
    kept_jobs=2_000,
    reads=20,
    log_lines=10_000,
    viewers=10,
    schedules=2_000,
    notifications=100,
    usage_events=500_000,
    back_tested=10_000,
    storm=1_000,
)
"""To see that everything works; its numbers say nothing about the targets."""
