"""Reports in the supervisor: the input of one before it is made, and keeping it.

Owns the record and the event of a report, written in one transaction.  Does not own counting
(`counting`) nor making one (`worker`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from meshvisor.features.records.supervisor import service as records
from meshvisor.features.reports import events as kinds
from meshvisor.features.reports.model.days import day_of
from meshvisor.features.reports.settings import ReportSettings
from meshvisor.features.reports.supervisor import counting
from meshvisor.features.schedules.settings import SchedulingSettings
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import UsageError
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.late import late
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store

if TYPE_CHECKING:
    from meshvisor.features.reports import results
else:
    results = late("meshvisor.features.reports.results")


class ReportService:
    """Reports of a supervisor.

    Attributes:
        settings: as they are; replaced on reload.
    """

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self.settings = settings

    @property
    def zone(self) -> ZoneInfo:
        """In which days are meant."""
        return ZoneInfo(self.settings.of(SchedulingSettings).timezone)

    async def basis(self) -> results.ReportBasis:
        """Return what holds for reports that are made now."""
        first = await self._store.read(counting.first_day)
        now = round(self._clock.wall() * 1000)
        return results.ReportBasis(
            timezone=str(self.zone),
            now=now,
            today=day_of(now, self.zone).isoformat(),
            recorded_since=first,
            counts_rooms=self.settings.of(ReportSettings).count_rooms,
        )

    async def keep(self, key: str, document: Mapping[str, Any], page: str) -> None:
        """Keep a report in place of one that has its key, and tell that it was made.

        Raises:
            UsageError: it is too large.
        """
        text = json.dumps(document)
        if len(text) > records.LARGEST:
            raise UsageError(f"the report {key} has {len(text)} bytes; keep fewer meshes in it")
        data = {name: document[name] for name in ("kind", "title", "summary")}
        now = round(self._clock.wall() * 1000)
        event = NewEvent(now, kinds.MADE.name, key, data={**data, "page": page})
        await self._store.write(partial(_keep, key, text, now, event))

    async def forget(self, before: int, limit: int) -> int:
        """Remove some figures of days before a moment; return how many."""
        day = day_of(before, self.zone)
        return await self._store.write(
            lambda db: counting.remove_outdated(db, day, limit), durable=False
        )


# Private


def _keep(key: str, text: str, now: int, event: NewEvent, db: sqlite3.Connection) -> None:
    records.put(db, key=key, text=text, now=now)
    log.append(db, [event])
