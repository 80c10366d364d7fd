"""Reaping what workers have started and left behind.

Owns when it is looked for.  Does not own children that have an owner (`supervisor.process`, the
spawner).
"""

from __future__ import annotations

import asyncio
from typing import Final

from meshvisor.shared.beat import next_beat
from meshvisor.supervisor.children.spawner import Spawner
from meshvisor.supervisor.process import OwnedProcess, reap_orphans
from meshvisor.supervisor.service_contract import QuietService

LOOK_INTERVAL: Final = 1.0
"""Seconds between two looks without a signal."""

LOOK_AGAIN: Final = 0.1
"""Seconds until dead children are looked for once more; their owners need a turn of the loop."""


class OrphanReaper(QuietService):
    """Reaps dead children of this process that have no owner.

    Args:
        spawner: owns some of them.
    """

    def __init__(self, spawner: Spawner) -> None:
        self._spawner = spawner

    def reap(self) -> None:
        """Reap those that are there; called on SIGCHLD too."""
        if not reap_orphans(OwnedProcess.known | self._spawner.child_pids):
            # One whose owner is about to reap it hides those behind it, and no signal will come
            # for them any more.
            asyncio.get_running_loop().call_later(LOOK_AGAIN, self.reap)

    async def run(self) -> None:
        """Look again and again: a signal may be missed.  Needs no disk."""
        while True:
            await next_beat(LOOK_INTERVAL)
            self.reap()
