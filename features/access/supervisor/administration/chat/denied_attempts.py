"""The audit of denied attempts: admin commands of users who are no admins, throttled.

Owns how much of that goes into the audit log.  Workers stop such users already: an attempt that
comes as far as here is of a user who has just lost the right, or of a worker that cannot be
trusted.
"""

from __future__ import annotations

from typing import Final

from meshvisor.features.access.supervisor.administration.administration import Administration
from meshvisor.features.access.supervisor.administration.chat.request import (
    ChatRequest,
)

PERIOD: Final = 60.0
"""Seconds in which a user gets one entry; the first attempt tells as much as the next hundred."""

MOST: Final = 100
"""Entries in such a time, of all users together: who floods may have many ids, and a disk has an
end."""


class DeniedAttempts:
    """The throttle of one supervisor."""

    def __init__(self, administration: Administration) -> None:
        self._administration = administration
        self._noted: set[str] = set()
        """Who, as of `Actor.id`, since `_since`."""
        self._since = float("-inf")

    async def note(self, request: ChatRequest, why: str) -> None:
        """Record a denied attempt, unless one of this user was just recorded."""
        now = self._administration.clock.monotonic()
        if now - self._since >= PERIOD:
            self._noted.clear()
            self._since = now
        user_id = request.actor.id
        if user_id in self._noted or len(self._noted) >= MOST:
            return
        self._noted.add(user_id)
        command = request.message.command
        await self._administration.note(request.actor, command, request.subject, why)
