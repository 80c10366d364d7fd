"""What the supervisor says about figures beyond their limits, by codes (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

ALERT: Final = Wording("health.alert", "Health, {severity}: {about}: {value}.")
