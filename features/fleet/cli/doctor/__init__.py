"""What `meshvisor doctor` checks for the fleet: room for its processes, and its servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from meshvisor.features.fleet.cli.doctor import limits, network
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
        return [mesh["server"] for mesh in invocation.request("meshes")["meshes"]]
    except MeshvisorError:
        return []


CHECKS: Final = (
    Check(name="limits", position=40, examine=_limits),
    Check(name="network", position=110, examine=_network),
)
