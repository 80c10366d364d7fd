"""A Node parent with child_process.fork: how Node bot managers keep a process per mesh."""

from __future__ import annotations

import json
import signal
import subprocess
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.contenders.contender import FLEETS, Fleet, FleetPlan, Table, run_command
from benchmarks.errors import BenchmarkError
from benchmarks.places import FORK_PARENT, NODE_MONGODB_WORKER, NODE_WORKER

SHUTDOWN_MS: Final = 10_000
"""As long as Meshvisor's own default gives its workers."""


@dataclass(frozen=True, slots=True)
class NodeFork:
    """`peers/fork_parent.cjs`; restarts at once, which favours it (bot managers wait seconds)."""

    key: str = "node-fork"
    title: str = "Node fork + ws"
    tables: frozenset[Table] = FLEETS

    def version(self) -> str:
        """Return Node's version."""
        return run_command(["node", "--version"]).strip()

    def launch(self, plan: FleetPlan) -> Fleet:
        """Start the parent, with pipes for its `poll` command."""
        fleet = plan.home / "fleet.json"
        settings = {
            "url": plan.url,
            "rooms": plan.rooms,
            "restartDelayMs": 0,
            "shutdownMs": SHUTDOWN_MS,
            **_worker(plan),
        }
        fleet.write_text(json.dumps(settings))
        with (plan.home / "output.log").open("ab") as log:
            process = subprocess.Popen(
                ["node", str(FORK_PARENT), str(fleet)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        return Fleet(
            find_supervisor=lambda: process.pid,
            stop=lambda: process.send_signal(signal.SIGTERM),
            poll=lambda: _poll(process),
        )


def _worker(plan: FleetPlan) -> dict[str, Any]:
    if plan.mongodb is None:
        return {"worker": NODE_WORKER.name, "workerArguments": []}
    database = plan.home / "database.json"
    database.write_text(json.dumps(plan.mongodb))
    return {"worker": NODE_MONGODB_WORKER.name, "workerArguments": [str(database)]}


def _poll(process: subprocess.Popen[str]) -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("poll\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise BenchmarkError("the Node parent ended while it was polled")
    return float(json.loads(answer)["poll_ms"])
