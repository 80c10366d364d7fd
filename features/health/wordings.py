"""What the supervisor says about figures beyond their limits, by codes (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

ALERT: Final = Wording("health.alert", "Health, {severity}: {about}: {value}.")
ACTION: Final = Wording(
    "health.action",
    "Measure the health of the fleet, its jobs and the machine; raise and clear alerts.",
)
