"""circus: one watcher per room, ZeroMQ endpoints on UNIX sockets, defaults but no warm-up pause."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import (
    FLEETS,
    Fleet,
    FleetPlan,
    StatusCommand,
    Table,
    run_command,
    start_process,
)
from benchmarks.places import NODE_WORKER, peer_program

SETTINGS: Final = """\
[circus]
endpoint = ipc://{home}/endpoint
pubsub_endpoint = ipc://{home}/pubsub
warmup_delay = 0
"""
WATCHER: Final = """
[watcher:{room}]
cmd = node {worker} {url} {room}
copy_env = true
"""


@dataclass(frozen=True, slots=True)
class Circus:
    """circus from PyPI."""

    key: str = "circus"
    title: str = "circus"
    tables: frozenset[Table] = FLEETS

    def version(self) -> str:
        """Return what it says itself."""
        return run_command([str(peer_program("circusd")), "--version"]).strip()

    def launch(self, plan: FleetPlan) -> Fleet:
        """Start it in the foreground with a watcher per room."""
        settings = plan.home / "circus.ini"
        watchers = [
            WATCHER.format(room=room, worker=NODE_WORKER, url=plan.url) for room in plan.rooms
        ]
        settings.write_text(SETTINGS.format(home=plan.home) + "".join(watchers))
        process = start_process([str(peer_program("circusd")), str(settings)], plan.home)
        control = [str(peer_program("circusctl")), "--endpoint", f"ipc://{plan.home}/endpoint"]
        return Fleet(
            find_supervisor=lambda: process.pid,
            stop=lambda: process.send_signal(signal.SIGTERM),
            status=StatusCommand([*control, "status"]),
        )
