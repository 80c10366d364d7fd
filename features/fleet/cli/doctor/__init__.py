"""What `meshvisor doctor` checks for the fleet: room for its processes, and its transports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from meshvisor.features.fleet.cli.doctor import limits, transports
from meshvisor.supervisor.cli.doctor.check import Check, Examined
from meshvisor.supervisor.cli.doctor.finding import Finding


def _limits(examined: Examined) -> Iterator[Finding]:
    return limits.check(examined.settings, examined.supervisor.get("pid"))


def _transports(examined: Examined) -> Iterator[Finding]:
    if examined.settings is not None:
        yield from transports.check(examined.settings, examined.invocation.home.root)


CHECKS: Final = (
    Check(name="limits", position=40, examine=_limits),
    Check(name="transports", position=105, examine=_transports),
)
