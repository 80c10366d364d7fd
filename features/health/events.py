"""The kinds of events of health checks (docs/events.md)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.events.notice import Notice

_DATA: Final = {
    "severity": "`warning` or `critical`",
    "about": "what the figure is, in words",
    "value": "its value at this check; null: it is not looked at any more",
    "unit": "`ms`, `%`, `MB`, or empty: a number of things",
    "limit": "the value from which on that is so",
    "since": "epoch milliseconds at which the alert was raised",
}

_TROUBLE: Final = "health {subject}"

RAISED: Final = EventKind(
    "health.alert_raised",
    "A figure has passed a limit: once, and once more when a warning becomes critical.",
    "the figure",
    _DATA,
    notice=Notice(
        title="Health: {about}: {value} {unit}",
        many="{count} figures of the health check are bad",
        text="its limit is {limit} {unit}",
        name="{about}",
        severity_field="severity",
        trouble=_TROUBLE,
    ),
)
CLEARED: Final = EventKind(
    "health.alert_cleared",
    "It is well below its limit again, at several checks in a row.",
    "the figure",
    _DATA,
    notice=Notice(
        title="Health: {about} fine again",
        many="{count} figures of the health check are fine again",
        name="{about}",
        severity="info",
        ends=(_TROUBLE,),
    ),
)

KINDS: Final = (RAISED, CLEARED)
