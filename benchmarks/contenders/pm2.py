"""PM2: one fork-mode app per room under its detached daemon, restarts without a delay."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.contenders.contender import (
    COMMAND_TIMEOUT,
    FLEETS,
    Fleet,
    FleetPlan,
    StatusCommand,
    Table,
    start_process,
)
from benchmarks.errors import BenchmarkError
from benchmarks.places import NODE_PEERS, NODE_WORKER, PM2

DAEMON_TIMEOUT: Final = 20.0
"""Seconds until the daemon has written its PID; it takes less than one."""


@dataclass(frozen=True, slots=True)
class Pm2:
    """PM2 from npm, with a home of its own."""

    key: str = "pm2"
    title: str = "PM2"
    tables: frozenset[Table] = FLEETS

    def version(self) -> str:
        """Return the installed package's version; asking `pm2` itself would start a daemon."""
        package = NODE_PEERS / "node_modules" / "pm2" / "package.json"
        return str(json.loads(package.read_text())["version"])

    def launch(self, plan: FleetPlan) -> Fleet:
        """Start the daemon and all apps with one command."""
        apps = [
            {
                "name": room,
                "script": str(NODE_WORKER),
                "args": [plan.url, room],
                "exec_mode": "fork",
                # In its favour: no look for version control in the script's folder, and every
                # kill of the restart row is forgiven.
                "vizion": False,
                "max_restarts": 1_000_000,
            }
            for room in plan.rooms
        ]
        ecosystem = plan.home / "ecosystem.json"
        ecosystem.write_text(json.dumps({"apps": apps}))
        environment = {"PM2_HOME": str(plan.home / "pm2")}
        starter = start_process([str(PM2), "start", str(ecosystem)], plan.home, environment)

        def stop() -> None:
            starter.wait(COMMAND_TIMEOUT)
            start_process([str(PM2), "kill"], plan.home, environment)

        return Fleet(
            find_supervisor=lambda: _daemon(plan.home / "pm2" / "pm2.pid"),
            stop=stop,
            status=StatusCommand([str(PM2), "ls"], environment),
        )


def _daemon(pid_file: Path) -> int:
    deadline = time.monotonic() + DAEMON_TIMEOUT
    while time.monotonic() < deadline:
        if pid_file.exists() and (text := pid_file.read_text().strip()):
            return int(text)
        time.sleep(0.05)
    raise BenchmarkError("PM2's daemon wrote no PID")
