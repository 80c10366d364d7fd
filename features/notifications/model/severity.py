"""How bad it is what a notification is about."""

from __future__ import annotations

import enum
from typing import Final


class Severity(enum.StrEnum):
    """From what may wait to what may not."""

    INFO = "info"
    """Good to know."""
    WARNING = "warning"
    """Something failed, and others go on."""
    CRITICAL = "critical"
    """It needs a person now; quiet hours do not hold it back."""

    @property
    def rank(self) -> int:
        """Its place among them: 0 is the least."""
        return RANKS[self]


RANKS: Final = {one: place for place, one in enumerate(Severity)}

BY_RANK: Final = tuple(Severity)
