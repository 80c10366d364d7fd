"""What a worker counts: its counters and the use of its commands.

Owns the numbers and the batching of `usage`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from meshvisor.shared.protocol.from_worker import Counters


@dataclass(slots=True)
class Tally:
    """Counts since the start of the worker; what each means is said in `Counters`."""

    messages_received: int = 0
    messages_sent: int = 0
    commands: int = 0
    command_errors: int = 0
    reconnects: int = 0

    def counts(self, log_records_dropped: int, abandoned_threads: int) -> Counters:
        """Return the counts as the supervisor is told them."""
        return Counters(
            messages_received=self.messages_received,
            messages_sent=self.messages_sent,
            commands=self.commands,
            command_errors=self.command_errors,
            reconnects=self.reconnects,
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
