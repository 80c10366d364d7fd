"""The running event log: its subscribers, its cleaning, and those who follow it.

Called by the supervisor, which starts it before its subscribers and closes it after them.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.events import retention
from meshvisor.shared.events.event import Event, NewEvent
from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.events.log import KINDS, Wanted
from meshvisor.shared.events.retention import Retention
from meshvisor.shared.events.subscriptions import Subscriptions
from meshvisor.shared.feature import parts
from meshvisor.shared.settings.kernel import EventSettings, RetentionSettings
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.events.posting import Posting
from meshvisor.supervisor.events.reading import EventReader
from meshvisor.supervisor.service_contract import Stopping

log = logging.getLogger(__name__)

CLEANING_INTERVAL: Final = 3600.0
"""Seconds between two looks for events that were kept long enough."""


class EventService(EventReader):
    """The event log of a supervisor; make it inside a running event loop.

    Attributes:
        subscriptions: where parts of the supervisor subscribe, before `start`.
    """

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        super().__init__(store)
        self._clock = clock
        self._settings = settings
        self.subscriptions = Subscriptions(store, clock)
        self._posting = Posting(store)
        self.readers: list[Callable[[], Awaitable[int | None]]] = []
        """Each says up to which event a reader outside of this process has read; None: there is
        none at present."""

    # ---- Life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Find out how far subscribers are, and begin to tell them.

        Raises:
            MeshvisorError: the database cannot be used.
        """
        await self.subscriptions.start()

    async def run(self) -> None:
        """Watch over those who tell subscribers, and clean up, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.subscriptions.run(), name="event subscribers")
            group.create_task(self._clean_up(), name="event cleaning")

    async def stop(self, _stopping: Stopping) -> None:
        """Deliver nothing more, and save how far each subscriber is; idempotent."""
        await self._posting.close()
        await self.subscriptions.close()

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._settings = settings

    @property
    def problems(self) -> Sequence[str]:
        """One sentence for each subscriber that fails at present."""
        return self.subscriptions.problems

    @property
    def notices(self) -> Sequence[str]:
        """What has befallen events since the start, each in one sentence."""
        return self.subscriptions.notices

    # ---- What is delivered ---------------------------------------------------------------------

    def post(
        self, kind: EventKind, subject: str, data: Mapping[str, Any], mesh_id: str | None = None
    ) -> None:
        """Append soon what has happened in memory; see `posting`.  Returns at once.

        Args:
            kind: what.
            subject: to what.
            data: what its kind says.
            mesh_id: in which mesh; None: in none.
        """
        at = round(self._clock.wall() * 1000)
        self.append_soon(NewEvent(at, kind.name, subject, mesh_id, data=data))

    def append_soon(self, event: NewEvent) -> None:
        """Do the same with an event that says everything itself."""
        self._posting.post(event)

    # ---- What is asked -------------------------------------------------------------------------

    def follow(self, after: int, wanted: Wanted) -> AsyncGenerator[Event, None]:
        """Yield the events after a position, and then new ones until the caller stops."""
        return self.subscriptions.follow(after, wanted)

    async def clean_up(self) -> int:
        """Remove what was kept long enough; return how many events that were.

        Raises:
            MeshvisorError: the database cannot be used; what is left goes next time.
        """
        kept = self._retention()
        now = round(self._clock.wall() * 1000)
        positions = [await reader() for reader in self.readers]
        read_up_to = kept.read_up_to(
            [self.subscriptions.read_by_all, *(one for one in positions if one is not None)],
            self.subscriptions.last,
        )
        removed = 0
        while portion := await self._store.read(
            lambda db: next(retention.outdated(db, kept, read_up_to, now), None)
        ):
            await self._store.write(partial(_remove, portion))
            removed += len(portion)
        return removed

    # ---- Private -------------------------------------------------------------------------------

    def _retention(self) -> Retention:
        settings = self._settings
        overrides = [(one.kind, one.days) for one in settings.each(RetentionSettings)]
        events = settings.of(EventSettings)
        return Retention(all_kinds(), events.keep_days, overrides, events.unread_limit)

    async def _clean_up(self) -> None:
        while True:
            try:
                removed = await self.clean_up()
            except (MeshvisorError, sqlite3.Error) as error:
                log.warning("old events are not removed for now: %s", error)
            else:
                if removed:
                    log.info("%d old events removed", removed, extra={"event": "events.removed"})
            await asyncio.sleep(CLEANING_INTERVAL)


def all_kinds() -> Sequence[EventKind]:
    """Return the kinds of the log itself and of all features."""
    return [*KINDS, *(kind for _, kinds in parts("events") for kind in kinds)]


def _remove(portion: Sequence[int], db: sqlite3.Connection) -> None:
    retention.remove(db, portion)
