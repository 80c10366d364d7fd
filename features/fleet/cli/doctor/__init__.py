"""What `meshvisor doctor` checks for the fleet: room for its processes, and its servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from meshvisor.features.fleet.cli.doctor import limits, network, transports
from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli.command import Invocation
from meshvisor.supervisor.cli.doctor.check import Check, Examined
from meshvisor.supervisor.cli.doctor.finding import Finding


def _limits(examined: Examined) -> Iterator[Finding]:
    return limits.check(examined.settings, examined.supervisor.get("pid"))


def _network(examined: Examined) -> Iterator[Finding]:
    if examined.settings is not None:
        yield from network.check(examined.settings, _servers_in_use(examined.invocation))


def _servers_in_use(invocation: Invocation) -> list[str]:
    try:
        meshes = invocation.request("meshes")["meshes"]
        return [mesh["server"] for mesh in meshes if mesh["server"]]
    except MeshvisorError:
        return []


def _transports(examined: Examined) -> Iterator[Finding]:
    if examined.settings is not None:
        yield from transports.check(examined.settings, examined.invocation.home.root)


CHECKS: Final = (
    Check(name="limits", position=40, examine=_limits),
    Check(name="transports", position=105, examine=_transports),
    Check(name="network", position=110, examine=_network),
)
