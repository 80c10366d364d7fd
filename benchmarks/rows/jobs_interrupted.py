"""A supervisor that is killed while a job runs: how soon its successor asks what to do."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import Contender, FleetPlan, is_ours
from benchmarks.errors import BenchmarkError
from benchmarks.job_programs.job_actions import install, read_notes
from benchmarks.processes import end_descendants, wait_until_gone
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import Trial, trial
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError

WINDOW: Final = 30.0
"""Seconds for the job to run, and for the question."""
ITEMS: Final = 10_000
"""Of a job that runs for longer than this takes."""


@dataclass(frozen=True, slots=True)
class JobsInterrupted:
    """Seconds from the start of the next supervisor to its question in the room."""

    key: str
    target: float | None

    def lines(self) -> Sequence[Line]:
        """One line."""
        how = (
            "SIGKILL of `meshvisor run` with a job in its middle; from the start of the next "
            "`meshvisor run` until the room server has the bot's question, which is asked when "
            "the bot is back in its room"
        )
        title = "killed with a job running → asked about it in the room, from the next start"
        return [Line(self.key, title, "s", self.target, how=how, table="jobs")]

    def runs(self, contender: Contender) -> int | None:
        """Ours only: no peer asks."""
        return None if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Kill one and start another."""
        with trial(contender, 1, prepare=install) as running:
            running.wait_until_connected()
            running.server.report_chats()
            _let_a_job_run(running)
            os.kill(running.supervisor, signal.SIGKILL)
            wait_until_gone([running.supervisor], WINDOW)
            end_descendants(spare={running.server.pid})
            began = time.monotonic_ns()
            contender.launch(FleetPlan(running.server.url, running.rooms, running.home))
            asked = running.server.next_saying(running.rooms[0], "?resume", began, WINDOW)
        return {self.key: [None if asked is None else (asked - began) / 1e9]}


def _let_a_job_run(running: Trial) -> None:
    """Submit a job and wait until it is in its middle."""
    submission = {"action": "patient", "items": [str(number) for number in range(ITEMS)]}
    try:
        with ControlClient(running.home, WINDOW) as client:
            client.request("jobs_submit", mesh_id=running.rooms[0], submission=submission)
    except MeshvisorError as error:
        raise BenchmarkError(f"the job could not be submitted: {error}") from error
    deadline = time.monotonic() + WINDOW
    while not any(read_notes(running.home)):
        if time.monotonic() > deadline:
            raise BenchmarkError("the job did not run")
        time.sleep(0.01)
