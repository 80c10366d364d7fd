"""How the station is spoken of: states, severities, places."""

from __future__ import annotations

from typing import Any, Final

from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.table import Cell
from meshvisor.supervisor.cli.terminal import (
    CYAN,
    DIM,
    GREEN,
    MAGENTA,
    RED,
    YELLOW,
    has_colours,
    paint,
)

_COLOURS: Final = {
    "open": RED,
    "acknowledged": YELLOW,
    "resolved": GREEN,
    "info": DIM,
    "warning": YELLOW,
    "critical": MAGENTA,
    "emergency": RED,
    "online": GREEN,
    "offline": DIM,
    "entering": CYAN,
    "inside": GREEN,
    "leaving": YELLOW,
}


def cell(word: str) -> Cell:
    """Return a state or a severity in its colour."""
    return Cell(word, _COLOURS.get(word))


def painted(word: str) -> str:
    """Return the same as text."""
    return paint(word, _COLOURS.get(word), has_colours())


def place(latitude: float, longitude: float) -> str:
    """Return a place as options take it, to the metre."""
    return f"{latitude:.5f},{longitude:.5f}"


def position(found: dict[str, Any] | None) -> str:
    """Return where and when a user was; None: a dash."""
    if found is None:
        return "-"
    exact = "" if found["accuracy_m"] is None else f" (± {found['accuracy_m']:g} m)"
    return f"{place(found['latitude'], found['longitude'])}{exact}, {moment(found['at'])}"
