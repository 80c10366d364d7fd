"""Workflows: how fast they are found, begun and tried on the past, and what a storm costs a fleet.

No peers.  The engine alone is measured in a process of its own (`benchmarks.workflow_trial`); a
storm of events goes through a whole supervisor with its fleet.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.errors import BenchmarkError
from benchmarks.job_trial import folder
from benchmarks.places import BENCHMARKS
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import Trial, trial
from meshvisor.shared.control.client import ControlClient

PATIENCE: Final = 300.0
"""Seconds for the engine to come to the end of a storm."""
QUIET: Final = 500
"""Requests whose answers say how fast the loop is without a storm."""
ONE_BY_ONE: Final = 100
"""Events that are sent alone, to see when the first step of what they begin is done."""

STORM: Final[dict[str, Any]] = {
    "name": "storm",
    "triggers": [{"type": "alert_created", "when": 'title starts_with "storm"'}],
    "steps": [{"set_variable": {"seen": "{{ title }}"}} for _ in range(5)],
}
FIRST: Final[dict[str, Any]] = {
    "name": "first",
    "triggers": [{"type": "alert_created", "when": 'title starts_with "one"'}],
    "steps": [{"set_variable": {"seen": "{{ title }}"}}],
}


@dataclass(frozen=True, slots=True)
class Workflows:
    """The engine alone, and a storm of events on a fleet of some size."""

    key: str
    size: int
    back_tested: int
    """Events."""
    storm: int
    """Events."""

    def lines(self) -> Sequence[Line]:
        """The engine alone, the first step, and the storm."""
        key, many = self.key, "1,000 active workflows of one kind of event, none is meant"
        fleet = f"{self.storm:,} alerts on a fleet of {self.size}"
        asked = "one small request of the control socket after the other"
        return [
            Line(f"{key}-condition", "a condition of three comparisons", "µs", 3,
                 how="processor time"),
            Line(f"{key}-match", f"an event against {many}: found by what must be true", "µs", 500,
                 how="`text contains`; processor time"),
            Line(f"{key}-tried", f"an event against {many}: three of four are tried", "µs", 500,
                 how="`text not_contains` and a bound; processor time"),
            Line(f"{key}-start", "an execution of five steps, on the disk", "ms", 2),
            Line(f"{key}-back-test", f"a back-test of {self.back_tested:,} events", "s", 10),
            Line(f"{key}-back-test-cpu", f"a back-test of {self.back_tested:,} events: processor",
                 "s", 10),
            Line(f"{key}-first", f"event → first step, fleet of {self.size}", "ms", 20,
                 how="by the moments that the event and the step have"),
            Line(f"{key}-loop-quiet", f"answer of the control socket, fleet of {self.size}, quiet",
                 "ms", statistic="p99", how=asked),
            Line(f"{key}-loop", f"answer of the control socket, 99th percentile, {fleet}", "ms", 20,
                 "p99", how=asked),
            Line(f"{key}-lost", f"workers that were replaced, and engines: {fleet}", "", 0, "max"),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """Ours only."""
        return 1 if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Measure the engine, and then a storm."""
        found = self._alone()
        with trial(contender, self.size) as running:
            running.wait_until_connected()
            found |= self._storm(running)
        return {f"{self.key}-{name}": samples for name, samples in found.items()}

    def _alone(self) -> dict[str, list[float]]:
        with folder() as path:
            command = [sys.executable, "-m", "benchmarks.workflow_trial", str(path),
                       str(self.back_tested)]  # fmt: skip
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, cwd=BENCHMARKS.parent
            )
        if done.returncode:
            raise BenchmarkError(f"the engine has failed: {done.stderr[-500:]}")
        figures = json.loads(done.stdout)
        return {
            "condition": [figures["condition_us"]],
            "match": [figures["matched_us"]],
            "tried": [figures["tried_us"]],
            "start": [figures["started_ms"]],
            "back-test": [figures["back_test_s"]],
            "back-test-cpu": [figures["back_test_cpu_s"]],
        }

    def _storm(self, running: Trial) -> dict[str, list[float]]:
        with ControlClient(running.home) as client:
            for document in (STORM, FIRST):
                client.request("workflows_save", document=document)
            engine = _engine(client)
            first = _first_steps(client)
            quiet = [_answer(client) for _ in range(QUIET)]
            workers = running.workers()
            busy = _during_a_storm(client, running.home, self.storm)
            _wait_for_the_end(client)
            lost = sum(pid != workers[room] for room, pid in running.workers().items())
            lost += _engine(client) != engine
        return {"first": first, "loop-quiet": quiet, "loop": busy, "lost": [float(lost)]}


def _engine(client: ControlClient) -> int:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        about = client.request("status")["supervisor"]["workflows"]
        if about["linked"]:
            return int(about["pid"])
        time.sleep(0.05)
    raise BenchmarkError("there is no engine of workflows")


def _answer(client: ControlClient) -> float:
    """Return milliseconds of one answer of the supervisor's loop."""
    began = time.perf_counter()
    client.request("version")
    return (time.perf_counter() - began) * 1000


def _first_steps(client: ControlClient) -> list[float]:
    """Return milliseconds between events and the first steps of what they have begun."""
    found = []
    for number in range(ONE_BY_ONE):
        began = time.time()
        client.request("alert_create", title=f"one {number}", severity="info")
        until = time.monotonic() + PATIENCE
        while True:
            page = client.request("workflows_executions", workflow="first", limit=1)
            if page["total"] == number + 1 and page["executions"][0]["completed_at"]:
                break
            if time.monotonic() > until:
                raise BenchmarkError(f"alert {number} has begun nothing")
        shown = client.request("workflows_execution", execution=page["executions"][0]["id"])
        event = client.request("events", limit=1, kinds=["alert.created"])["events"]
        moment = _epoch(event[0]["at"]) if event else began
        found.append((_epoch(shown["steps"][0]["completed_at"]) - moment) * 1000)
    return found


def _epoch(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _during_a_storm(client: ControlClient, home: Path, count: int) -> list[float]:
    """Return milliseconds of answers while alerts are created."""
    command = [sys.executable, "-m", "benchmarks.alert_storm", str(home), str(count)]
    found = []
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, cwd=BENCHMARKS.parent
    ) as storm:
        while storm.poll() is None:
            found.append(_answer(client))
        assert storm.stderr is not None
        if storm.returncode:
            raise BenchmarkError(f"not all alerts were created: {storm.stderr.read()[-500:]}")
    return found


def _wait_for_the_end(client: ControlClient) -> None:
    """Wait until the engine has come to the last event."""
    last = client.request("events", limit=1)["events"][0]["seq"]
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        why = client.request("workflows_why", workflow="storm", seq=last)["reason"]
        if "has not come" not in why:
            return
        time.sleep(0.1)
    raise BenchmarkError("the engine has not come to the end of the storm")
