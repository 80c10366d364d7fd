"""An alert: what makes one, its states, and which ones a client wants to see."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from meshvisor.features.station.model.severity import Severity

LONGEST_TITLE: Final = 200
LONGEST_MESSAGE: Final = 4000
LONGEST_NOTE: Final = 2000
LONGEST_SOURCE: Final = 100
LONGEST_KEY: Final = 200
"""Characters."""

UNRESOLVED: Final = "unresolved"
"""Stands for both states in which something is left to be done."""


class AlertState(StrEnum):
    """What is left to be done about an alert."""

    OPEN = "open"
    """No one has acknowledged it yet."""
    ACKNOWLEDGED = "acknowledged"
    """A person has said that they take care of it."""
    RESOLVED = "resolved"
    """It is over; that is final."""


class NewAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that is to be raised."""

    title: str
    message: str = ""
    severity: Severity = Severity.WARNING
    source: str = "operator"
    dedup_key: str | None = None
    """As long as one with the same key is not resolved, that one is counted; None: each is new."""
    idempotency_key: str | None = None
    """Of the request: the same one again is the same alert; None: it is not made again."""
    user_id: str | None = None
    zone: str | None = None
    mesh_id: str | None = None


class AlertFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts are wanted; None: no matter."""

    state: str | None = None
    """An `AlertState`, or `UNRESOLVED`."""
    severity: Severity = Severity.INFO
    """The least."""
    source: str | None = None
    user_id: str | None = None
    zone: str | None = None
    mesh_id: str | None = None
