"""What a check of `meshvisor doctor` is, and what it is given.

Owns the form in which kernel and features bring theirs (`Feature.checks`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.command import Invocation
from meshvisor.supervisor.cli.doctor.finding import Finding


@dataclass(frozen=True, slots=True)
class Examined:
    """What the doctor looks at."""

    invocation: Invocation
    """Asks a running supervisor for more."""
    home: Home
    settings: Settings | None
    """None: they are wrong."""
    supervisor: Mapping[str, Any]
    """The status of the running supervisor; empty: none answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check."""

    name: str
    """Of its finding where the machine does not let us make it."""
    position: int
    """Its place among all."""
    examine: Callable[[Examined], Iterable[Finding]]
    """Does it; changes nothing."""
