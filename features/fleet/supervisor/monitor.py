"""The monitor: finds workers that live but do not work, and asks all for their status.

Owns the two loops (heartbeats, status requests).  Does not own which heartbeats are too old
(`children.heartbeat_watch`), nor what happens after a worker is gone: to the manager that is a
crash like any other.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.features.fleet.supervisor.figures import FigureHistory
from meshvisor.features.fleet.supervisor.manager import FleetManager
from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.shared.beat import next_beat
from meshvisor.shared.clock import Clock
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.from_worker import StatusResponse
from meshvisor.shared.protocol.to_worker import StatusRequest
from meshvisor.supervisor.children import liveness

log = logging.getLogger(__name__)

POLL_DEADLINE: Final = 5.0
"""Seconds that a worker has to answer a status request."""

POLLS_MISSED: Final = 2
"""Status requests in a row without an answer after which a worker that still stamps is taken for
hung: its loop runs, but it does not hear its supervisor."""

FIRST_STATUS_AFTER: Final = 1.0
"""Seconds after its start at which a worker is asked for its status for the first time; earlier
the question would stand between it and its room."""


class Monitor:
    """Watches the workers of a fleet."""

    def __init__(
        self,
        settings: FleetSettings,
        fleet: FleetManager,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._fleet = fleet
        self._clock = clock
        self.figures: Final = FigureHistory(clock)
        """What each regular round has found."""
        self._round: asyncio.Task[list[WorkerProcess]] | None = None
        self._silent: set[WorkerProcess] = set()
        """Workers that the present round still waits for."""
        self._all_answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        fleet.watch_status(self._on_status, self._gone_or_answered)

    def configure(self, settings: FleetSettings) -> None:
        """Take over new settings."""
        self._settings = settings

    @property
    def interval(self) -> float:
        """Seconds between two regular rounds."""
        return self._settings.status_poll_interval

    async def watch_heartbeats(self) -> None:
        """Look at all heartbeats for ever."""
        while True:
            await next_beat(liveness.SCAN_INTERVAL)
            self.scan()

    async def poll_regularly(self) -> None:
        """Ask all workers for their status for ever."""
        try:
            await self._ask_again_and_again()
        except asyncio.CancelledError:
            if self._round is not None:
                # Other callers that wait for it get the answers so far.
                self._heard_all()
                await asyncio.wait((self._round,))
            raise

    async def _ask_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(self._settings.status_poll_interval)
            silent = await self.poll()
            self.figures.sample(self._fleet.records.values())
            for process in silent:
                process.polls_missed += 1
                if process.polls_missed >= POLLS_MISSED and process.stopping is None:
                    self._fleet.keeper.end_hung(
                        process, f"hung: {POLLS_MISSED} status requests unanswered"
                    )

    async def poll(self) -> list[WorkerProcess]:
        """Ask all workers now; returns those that did not answer in time.

        One round at a time: a caller that comes while one is under way gets its result.
        """
        if self._round is None:
            self._round = asyncio.create_task(self._poll_once(), name="status poll")
            self._round.add_done_callback(self._round_ended)
        return await asyncio.shield(self._round)

    async def _poll_once(self) -> list[WorkerProcess]:
        # Encoded once, and without a future per worker: 500 answers come within milliseconds.
        frame = Codec.encode(StatusRequest())
        self._silent = {p for p in self._fleet.processes() if p.send_frame(frame)}
        self._all_answered = asyncio.get_running_loop().create_future()
        if self._silent:
            await asyncio.wait((self._all_answered,), timeout=POLL_DEADLINE)
        silent, self._silent = self._silent, set()
        return [process for process in silent if not process.exited.done()]

    def _on_status(self, process: WorkerProcess, status: StatusResponse) -> None:
        process.note_status(status, self._clock.monotonic())
        self._gone_or_answered(process)

    def _gone_or_answered(self, process: WorkerProcess) -> None:
        if process in self._silent:
            self._silent.discard(process)
            if not self._silent:
                self._heard_all()

    def _heard_all(self) -> None:
        if not self._all_answered.done():
            self._all_answered.set_result(None)

    def _round_ended(self, ended: asyncio.Task[list[WorkerProcess]]) -> None:
        self._round = None

    def heartbeat_age(self, process: WorkerProcess) -> float:
        """Return the seconds since a worker's event loop was last seen alive."""
        return self._fleet.keeper.heartbeat_age(process)

    def scan(self) -> None:
        """Look at all heartbeats once and replace workers that are hung."""
        now = self._clock.monotonic()
        for process in self._fleet.processes():
            if process.last_status is None and now - process.started_at > FIRST_STATUS_AFTER:
                self._ask_for_the_first_time(process)
        self._fleet.keeper.scan(self._settings.hung_after)

    def _ask_for_the_first_time(self, process: WorkerProcess) -> None:
        """Ask a young worker, so that its memory is shown without half a minute's delay."""
        if not process.first_asked:
            process.first_asked = True
            process.send(StatusRequest(mesh_id=process.mesh_id))
