"""Alerts of the fleet's own health check, as alerts of the station.

Owns which follow from which.  Does not own the health check: it is known by the names of its events
alone, and may be left out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

from meshvisor.features.station.events import HEALTH
from meshvisor.features.station.model.alert import LONGEST_KEY, LONGEST_TITLE, NewAlert
from meshvisor.features.station.model.severity import Severity
from meshvisor.features.station.settings import StationSettings
from meshvisor.features.station.supervisor import alerts
from meshvisor.features.station.supervisor.changes import Change
from meshvisor.shared.events.event import Cause, Event
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.events.subscriptions import Batch, Subscription
from meshvisor.supervisor.audit.log import Actor

SUBSCRIBER: Final = "station.health"

RAISED: Final = "health.alert_raised"
CLEARED: Final = "health.alert_cleared"


class HealthAlerts:
    """A subscriber that raises and resolves alerts, each in the transaction of its cursor.

    Args:
        settings: returns those that hold now.
        now: returns epoch milliseconds.
    """

    def __init__(self, settings: Callable[[], StationSettings], now: Callable[[], int]) -> None:
        self._settings = settings
        self._now = now

    @property
    def subscription(self) -> Subscription:
        """What hands it events; it hears of what happens from its first start on."""
        return Subscription(SUBSCRIBER, self._take_in, (Wanted((RAISED, CLEARED)),))

    async def _take_in(self, batch: Batch) -> None:
        def work(db: sqlite3.Connection) -> None:
            for event in batch.events:
                self._follow(db, event)

        await batch.save(work)

    def _follow(self, db: sqlite3.Connection, event: Event) -> None:
        cause = Cause(event.correlation_id or str(event.seq), event.seq, event.depth + 1)
        change = Change(db, None, Actor("health check", HEALTH, cause=cause), self._now())
        key = f"{HEALTH}/{event.subject}"[:LONGEST_KEY]
        if event.kind == CLEARED:
            alerts.resolve_in(db, change, key)
        elif self._settings().health_alerts:
            alerts.raise_in(db, change, _alert(event, key))


# Private


def _alert(event: Event, key: str) -> NewAlert:
    content = event.content
    said = content.get("severity")
    about, unit = content.get("about") or event.subject, content.get("unit") or ""
    value, limit = content.get("value"), content.get("limit")
    return NewAlert(
        title=f"{about}: {value} {unit}".rstrip()[:LONGEST_TITLE],
        message=f"The limit is {limit} {unit}".rstrip() + ".",
        severity=Severity.CRITICAL if said == "critical" else Severity.WARNING,
        source=HEALTH,
        dedup_key=key,
    )
