"""`[health]`: when a health check raises an alert, and when it clears it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from meshvisor.shared.feature import parts
from meshvisor.shared.settings.section import Section, Table

Limits = tuple[float, float]


def _known(limits: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
    known = {figure.name for _, figures in parts("health") for figure in figures}
    for name, values in limits.items():
        if name not in known:
            raise ValueError(
                f"must name figures of a health check, and {name[:40]!r} is none; there are "
                f"{', '.join(sorted(known))}"
            )
        if (
            len(values) not in {0, 2}
            or sorted(values) != list(values)
            or min(values, default=1) <= 0
        ):
            raise ValueError(
                f"must have two numbers above 0 for {name}, the warning first, such as "
                f"{name} = [80, 95], or none for no alert: {name} = []"
            )
    return limits


class HealthSettings(Section):
    """`[health]`."""

    limits: Annotated[dict[str, tuple[float, ...]], AfterValidator(_known)] = Field(
        default_factory=dict, examples=[{"disk_percent": [85, 95]}]
    )
    """Figure to the values from which on it is a warning, and critical; empty: never."""
    clear_after: int = Field(2, ge=1, le=100)
    """Checks in a row with a good value after which an alert is cleared."""
    keep_days: float = Field(30, ge=0, le=3650)
    """Days that results of checks are kept; 0: for ever."""


SECTIONS: Final = MappingProxyType({"health": Table(model=HealthSettings, position=76)})
