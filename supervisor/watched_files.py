"""Looking at files that people edit below the home, as long as the home is there.

Owns the rhythm.  Does not own what is looked at, nor whether the home is there
(`supervisor.home_watch`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from meshvisor.supervisor.home_watch import HomeWatch
from meshvisor.supervisor.service_contract import QuietService

LOOK_INTERVAL: Final = 1.0
"""Seconds between two looks at files that people edit."""


class WatchedFiles(QuietService):
    """Looks again and again.

    Args:
        home: where they are; while it is gone, nothing is taken for removed.
        look: called about once a second; it waits for the disk in a thread.
    """

    def __init__(self, home: HomeWatch, look: Callable[[], Awaitable[None]]) -> None:
        self._home = home
        self._look = look

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(LOOK_INTERVAL)
            if self._home.problem is None or await self._home.look():
                await self._look()
