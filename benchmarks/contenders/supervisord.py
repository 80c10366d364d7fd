"""supervisord: one program per room, XML-RPC over a UNIX socket, defaults but autorestart."""

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
[supervisord]
nodaemon=true
logfile={home}/supervisord.log
pidfile={home}/supervisord.pid
childlogdir={home}

[unix_http_server]
file={home}/s.sock

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{home}/s.sock
"""
PROGRAM: Final = """
[program:{room}]
command=node {worker} {url} {room}
autorestart=true
"""


@dataclass(frozen=True, slots=True)
class Supervisord:
    """supervisord from PyPI."""

    key: str = "supervisord"
    title: str = "supervisord"
    tables: frozenset[Table] = FLEETS

    def version(self) -> str:
        """Return what it says itself."""
        return run_command([str(peer_program("supervisord")), "--version"]).strip()

    def launch(self, plan: FleetPlan) -> Fleet:
        """Start it in the foreground with a program per room."""
        settings = plan.home / "supervisord.conf"
        programs = [
            PROGRAM.format(room=room, worker=NODE_WORKER, url=plan.url) for room in plan.rooms
        ]
        settings.write_text(SETTINGS.format(home=plan.home) + "".join(programs))
        argv = [str(peer_program("supervisord")), "-n", "-c", str(settings)]
        process = start_process(argv, plan.home)
        return Fleet(
            find_supervisor=lambda: process.pid,
            stop=lambda: process.send_signal(signal.SIGTERM),
            status=StatusCommand(
                [str(peer_program("supervisorctl")), "-c", str(settings), "status"]
            ),
        )
