"""Whether a supervisor runs on the home, and what an earlier one may have left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError, NotRunningError
from meshvisor.shared.home_lock import find_holder
from meshvisor.shared.paths import Home
from meshvisor.shared.version import VERSION
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok, warn

ANSWER_TIMEOUT = 3.0
"""Seconds that a supervisor has to answer; it takes it a millisecond."""


def check(home: Home) -> Iterator[Finding]:
    """Ask the supervisor, and compare the answer with its lock and socket."""
    holder = find_holder(home)
    try:
        with ControlClient(home.root, ANSWER_TIMEOUT) as client:
            version = client.request("version")
    except NotRunningError:
        yield from _not_running(home, holder)
    except MeshvisorError as error:
        yield fail("supervisor", str(error), _end(holder))
    else:
        yield from _running(version["pid"], version["version"])


def problems(supervisor: dict[str, Any]) -> Iterator[Finding]:
    """Repeat what hinders a supervisor or is worth a look, from what it says of itself."""
    for problem in supervisor.get("problems", ()):
        yield fail("supervisor", problem, "correct that; it goes on by itself then")
    for notice in supervisor.get("notices", ()):
        yield warn("supervisor", notice, "look into it, unless that is meant to be so")


# Private


def _running(pid: int, version: str) -> Iterator[Finding]:
    if version == VERSION:
        yield ok("supervisor", f"runs as PID {pid}")
    else:
        yield warn(
            "supervisor",
            f"runs as PID {pid}, but is version {version} and this command {VERSION}",
            "restart the supervisor",
        )


def _not_running(home: Home, holder: str | None) -> Iterator[Finding]:
    if holder is not None:
        yield warn(
            "supervisor",
            f"PID {holder} holds the lock of this home, but does not listen",
            f"it may be starting or stopping; otherwise {_end(holder)}",
        )
        return
    left = "; an earlier one left its socket, which does no harm" if _socket_left(home) else ""
    yield ok("supervisor", f"none runs{left}")


def _socket_left(home: Home) -> bool:
    try:
        return home.control_socket.is_socket()
    except OSError:
        return False


def _end(holder: str | None) -> str:
    if holder is None or not holder.isdigit():
        return "end it and start it again"
    return f"end it with 'kill {holder}', if need be 'kill -9 {holder}', and start it again"
