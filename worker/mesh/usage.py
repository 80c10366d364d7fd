"""What a worker counts: its counters, the use of its commands, and who does what.

Owns the numbers and the batching of `usage` and `usage_counts`.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from meshvisor.shared.protocol.from_worker import (
    LONGEST_COUNTED,
    MOST_COUNTS,
    Counted,
    Counters,
    CountRow,
)

HOUR: Final = 3600
"""Seconds."""

OLDEST: Final = 7 * 86_400
"""Seconds; what was said longer ago, or later than now, counts for now: networks tell nonsense."""


@dataclass(slots=True)
class Tally:
    """Counts since the start of the worker; what each means is said in `Counters`."""

    messages_received: int = 0
    messages_sent: int = 0
    commands: int = 0
    command_errors: int = 0
    reconnects: int = 0
    events_missed: int = 0

    def counts(self, log_records_dropped: int, abandoned_threads: int) -> Counters:
        """Return the counts as they are reported to the supervisor."""
        return Counters(
            messages_received=self.messages_received,
            messages_sent=self.messages_sent,
            commands=self.commands,
            command_errors=self.command_errors,
            reconnects=self.reconnects,
            events_missed=self.events_missed,
            log_records_dropped=log_records_dropped,
            abandoned_threads=abandoned_threads,
        )


class UsageBatch:
    """Collects uses of commands and hands them on together.

    Args:
        hand_on: called with name → uses, never with nothing.
        period: seconds between the first use and the hand-over.
    """

    def __init__(self, hand_on: Callable[[Mapping[str, int]], None], period: float) -> None:
        self._hand_on = hand_on
        self._period = period
        self._uses: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def count(self, command: str) -> None:
        """Count one use."""
        self._uses[command] += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._period, self.flush)

    def flush(self) -> None:
        """Hand on what has been collected now; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._uses:
            uses, self._uses = self._uses, Counter()
            self._hand_on(uses)


class CountBatch:
    """Counts who does what in which hour, and hands the counts on together.

    Args:
        hand_on: called with at most `MOST_COUNTS` rows, never with none.
        period: seconds between the first count and the hand-over.
        now: epoch seconds.

    Attributes:
        is_wanted: whether anything is counted.
    """

    def __init__(
        self,
        hand_on: Callable[[tuple[CountRow, ...]], None],
        period: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._hand_on = hand_on
        self._period = period
        self._now = now
        self._counts: Counter[tuple[int, Counted, str, str]] = Counter()
        self._timer: asyncio.TimerHandle | None = None
        self.is_wanted = False

    def count(
        self, what: Counted, user_id: str = "", name: str = "", at: float | None = None
    ) -> None:
        """Count once.

        Args:
            what: has happened.
            user_id: whose doing it was.
            name: of the command.
            at: epoch seconds; None: now.
        """
        if not self.is_wanted:
            return
        now = self._now()
        moment = now if at is None or not 0 <= now - at < OLDEST else at
        hour = int(moment) // HOUR * HOUR
        self._counts[hour, what, user_id[:LONGEST_COUNTED], name[:LONGEST_COUNTED]] += 1
        if len(self._counts) >= MOST_COUNTS:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._period, self.flush)

    def flush(self) -> None:
        """Hand on what has been counted now; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._counts:
            counts, self._counts = self._counts, Counter()
            self._hand_on(tuple((*key, count) for key, count in counts.items()))


class Counting(NamedTuple):
    """All that a worker counts."""

    tally: Tally
    usage: UsageBatch
    counts: CountBatch
