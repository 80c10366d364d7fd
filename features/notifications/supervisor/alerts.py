"""Notifications about events: one of a failure, however often it happens, and one of its end.

Owns which troubles go on, and their notifications.  Does not own which events lead to one and in
which words: their kinds say so (`EventKind.notice`), so that no feature is named here.

There is at most one notification of a kind in `AGAIN` seconds, about all that has happened since
the one before: five hundred workers that fail at once are one.  What goes on (`Notice.trouble`) is
notified once, and so is its end.  What was over before its notification was sent has none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Final

from meshvisor.features.notifications.actions import PROCESSING
from meshvisor.features.notifications.model.notification import NewNotification
from meshvisor.features.notifications.model.severity import Severity
from meshvisor.features.notifications.settings import NotificationSettings
from meshvisor.features.notifications.supervisor import outbox
from meshvisor.features.notifications.supervisor.outbox import QUERIES
from meshvisor.features.notifications.supervisor.service import NotificationService
from meshvisor.shared.events.event import Event
from meshvisor.shared.events.kind import EventKind, matches
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.events.notice import Notice, filled
from meshvisor.shared.events.subscriptions import Batch, Subscription
from meshvisor.shared.feature import parts

SUBSCRIBER: Final = "notifications.alerts"

AGAIN: Final = 60.0
"""Seconds between two notifications about one kind of events."""


class Alerts:
    """A subscriber of all kinds of events that have a notice.

    Args:
        service: adds notifications.
        notices: by the names of their kinds.
    """

    def __init__(self, service: NotificationService, notices: Mapping[str, Notice]) -> None:
        self._service = service
        self._notices = notices
        self._troubles: set[str] | None = None
        """Those that people know of, which only this writes; None: to be looked up."""

    @property
    def subscription(self) -> Subscription:
        """What hands it events: those since its first start."""
        wanted = (Wanted(tuple(self._notices)),)
        return Subscription(SUBSCRIBER, self._take_in, wanted, minds=self._minds)

    def tell(self, db: sqlite3.Connection, event: Event) -> None:
        """Do what one event asks for; in the transaction that notes it as done with."""
        notice = self._notices.get(event.kind)
        settings = self._service.settings.of(NotificationSettings)
        if notice is None or not notice.is_told(event):
            return
        if notice.is_alert and not settings.alerts:
            return
        if event.kind.startswith("job.") and event.content.get("action") == PROCESSING:
            return  # telling of what fails to tell would never end
        if notice.ends:
            worst = self._ends(db, notice, event)
            if worst is not None and not _is_silent(settings, event.kind):
                self._add(db, notice, event, worst)
        elif not _is_silent(settings, event.kind):
            self._begin(db, notice, event)

    # ---- Private -----------------------------------------------------------------------------

    def _minds(self, kind: str) -> bool:
        """Whether an event of a kind may matter: there is no trouble that it could end, mostly."""
        return not self._notices[kind].ends or self._troubles is None or bool(self._troubles)

    async def _take_in(self, batch: Batch) -> None:
        if not any(self._matters(event) for event in batch.events):
            batch.pass_over()
            return

        def work(db: sqlite3.Connection) -> set[str]:
            for event in batch.events:
                self.tell(db, event)
            return {name for (name,) in db.execute(QUERIES["troubles"])}

        self._troubles = await batch.save(work)

    def _matters(self, event: Event) -> bool:
        """Whether something may have to be done about it: each worker that is replaced connects,
        and ends nothing by that.
        """
        notice = self._notices[event.kind]
        if not notice.ends or self._troubles is None:
            return True
        return any(filled(one, event) in self._troubles for one in notice.ends)

    def _begin(self, db: sqlite3.Connection, notice: Notice, event: Event) -> None:
        trouble = filled(notice.trouble, event)
        if trouble and not self._is_news(db, trouble, notice, event):
            return
        number = self._add(db, notice, event)
        if trouble:
            name = filled(notice.name, event)
            db.execute(QUERIES["add_trouble"], (trouble, number, name, event.at))

    def _is_news(self, db: sqlite3.Connection, trouble: str, notice: Notice, event: Event) -> bool:
        """Say whether people do not know of a trouble, or not that it is as bad as that."""
        known = db.execute(QUERIES["trouble"], (trouble,)).fetchone()
        if known is None:
            return True
        told = outbox.find(db, known[0])
        severity = Severity(notice.severity_of(event))
        if told is not None and severity.rank <= told["severity"]:
            return False
        db.execute(QUERIES["end_trouble"], (trouble,))
        return True

    def _ends(self, db: sqlite3.Connection, notice: Notice, event: Event) -> Severity | None:
        """Note that troubles are over; return how bad the worst was whose beginning was sent.

        None: none was.
        """
        found = [self._end(db, filled(trouble, event)) for trouble in notice.ends]
        sent = [one for one in found if one is not None]
        return max(sent, key=lambda one: one.rank, default=None)

    def _end(self, db: sqlite3.Connection, trouble: str) -> Severity | None:
        row = db.execute(QUERIES["trouble"], (trouble,)).fetchone()
        if row is None:
            return None
        db.execute(QUERIES["end_trouble"], (trouble,))
        number, name, _ = row
        sent = outbox.find(db, number)
        if sent is not None and outbox.is_told(db, number):
            return outbox.severity_of(sent["severity"])
        outbox.take_back(db, number, name, self._service.now())
        return None

    def _add(
        self, db: sqlite3.Connection, notice: Notice, event: Event, reaches: Severity | None = None
    ) -> int:
        settings = self._service.settings.of(NotificationSettings)
        new = NewNotification(
            title=filled(notice.title, event),
            many=notice.many,
            text=filled(notice.text, event),
            name=filled(notice.name, event),
            severity=Severity(notice.severity_of(event)),
            reaches=reaches,
            mesh_id=event.mesh_id,
            key=f"event {event.kind}",
            is_urgent=True,
            source=event.kind,
            gather=settings.gather,
            window=AGAIN,
            cause=event,
        )
        return self._service.add(db, new).id


def all_notices() -> Mapping[str, Notice]:
    """Return the notices of the kinds of events of all features, by the names of the kinds."""
    found: dict[str, Notice] = {}
    kinds: tuple[EventKind, ...]
    for _, kinds in parts("events"):
        found |= {kind.name: kind.notice for kind in kinds if kind.notice is not None}
    return found


# Private


def _is_silent(settings: NotificationSettings, kind: str) -> bool:
    return any(matches(pattern, kind) for pattern in settings.silent)
