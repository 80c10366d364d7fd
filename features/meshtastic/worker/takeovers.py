"""Whether another client has taken the radio.

A radio has one client; a second one closes the connection of the first, without a word.  A
radio that starts anew may close it just the same.  So the bot comes back once, and when the
connection is closed again soon, it was another client: two that come back at once would take it
from each other for ever.
"""

from __future__ import annotations

from typing import Final

from meshvisor.worker.mesh.transport import End, EndKind

SOON: Final = 600.0
"""Seconds between two such ends that tell of another client."""

REBOOT: Final = 10.0
"""Seconds before the bot comes back the first time: as long as a radio takes to start, and a
person to ask it something."""

MAYBE: Final = "the radio has closed the connection: it starts anew, or another client has taken it"
TAKEN: Final = "another client has taken the radio, which has one at a time"


class Takeovers:
    """How the sessions at one radio have ended."""

    def __init__(self) -> None:
        self._closed_at: float | None = None
        """When it has closed a connection without a reason that is known."""
        self._reboots = 0

    def end(self, now: float) -> End:
        """Return what it means that the radio has closed the connection.

        Args:
            now: seconds.
        """
        before, self._closed_at = self._closed_at, now
        if before is not None and now - before < SOON:
            return End(EndKind.REPLACED, TAKEN)
        return End(EndKind.LOST, MAYBE, REBOOT)

    def explained(self) -> None:
        """Take in that the radio has started anew."""
        self._closed_at = None

    def joined(self, reboots: int) -> None:
        """Take in how often the radio has started; 0: it does not say."""
        if reboots > self._reboots > 0:
            self.explained()
        self._reboots = reboots
