"""How bad an alert is."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """From what is good to know to what cannot wait."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        """As in storage: greater is worse."""
        return list(Severity).index(self)

    @classmethod
    def of_rank(cls, rank: int) -> Severity:
        """Return the one of a rank."""
        return list(cls)[rank]
