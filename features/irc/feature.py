"""IRC: a transport that is one client of a network, in as many channels as one likes."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="irc",
    requires=("access", "fleet"),
    transports="kind:KINDS",
    checks="cli.doctor:CHECKS",
    setup="cli.setup:SETUP",
)
