"""Meshtastic: a transport that is the client of a radio, over TCP or its serial port."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="meshtastic",
    requires=("access", "fleet"),
    transports="kind:KINDS",
    checks="cli.doctor:CHECKS",
    setup="cli.setup:SETUP",
)
