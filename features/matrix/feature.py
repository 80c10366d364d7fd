"""Matrix: a transport that is one account in one room of a homeserver."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="matrix",
    requires=("access", "fleet"),
    transports="kind:KINDS",
    checks="cli.doctor:CHECKS",
    setup="cli.setup:SETUP",
)
