"""How notifications are spoken of: states, severities, marks."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.parameters import CheckedType
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

STATES: Final = ("pending", "sending", "sent", "failed", "digested", "suppressed")

SEVERITY: Final = click.Choice(["info", "warning", "critical"])

_COLOURS: Final = {
    "pending": YELLOW,
    "sending": CYAN,
    "sent": GREEN,
    "failed": RED,
    "digested": GREEN,
    "suppressed": DIM,
    "warning": YELLOW,
    "critical": MAGENTA,
}


def state_cell(state: str) -> Cell:
    """Return a state, or a severity, in its colour."""
    return Cell(state, _COLOURS.get(state))


def painted(state: str) -> str:
    """Return the same as text."""
    return paint(state, _COLOURS.get(state), has_colours())


def mark() -> str:
    """Return what stands before something to be looked at."""
    return paint("!", YELLOW, has_colours())


def where(found: dict[str, Any]) -> str:
    """Return for whom and about what a notification is; empty: for all, about nothing."""
    parts = [f"for {found['user_id']}"] if found["user_id"] else []
    parts += [f"about {found['mesh_id']}"] if found["mesh_id"] else []
    return ", ".join(parts)


def counted(states: dict[str, int]) -> str:
    """Return `3 sent, 1 failed`, in the order of states."""
    return ", ".join(f"{states[one]} {one}" for one in STATES if states.get(one))


def tries(count: int) -> str:
    """Return `1 attempt`."""
    return number(count, "attempt")


def _channel(name: str) -> str:
    from meshvisor.shared.model.realm import WHAT_NAMES_ARE, is_name

    if not is_name(name):
        raise ValueError(f"{name[:40]!r} is no name of a channel: {WHAT_NAMES_ARE}")
    return name


CHANNEL: Final = CheckedType("channel", _channel)
