"""Recording: what workers have counted becomes events in `var/statistics.db`.

Owns the queue between the loop and the one thread that writes, its bounds, and retention.  Nothing
waits for the disk: what cannot be written is kept up to `MOST_WAITING` rows, and what is more is
dropped and counted.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from meshvisor.features.schedules.settings import SchedulingSettings
from meshvisor.features.statistics.model.kinds import BY_LABEL
from meshvisor.features.statistics.people import People, load_key
from meshvisor.features.statistics.settings import StatisticsSettings
from meshvisor.features.statistics.store import partitions, retention
from meshvisor.features.statistics.store.database import explained, open_database, transaction
from meshvisor.features.statistics.store.names import Names
from meshvisor.features.statistics.store.partitions import UsageEvent
from meshvisor.features.statistics.wordings import NOT_RECORDED
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.protocol.from_worker import CountRow
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import Stopping

log = logging.getLogger(__name__)

WRITE_EVERY: Final = 2.0
"""Seconds between two groups: a transaction for each message would be a hundred in that time."""

MOST_WAITING: Final = 200_000
"""Different counts that wait to be written, some 40 MB: minutes of a large fleet."""

MOST_WRITTEN: Final = 20_000
"""Rows of one transaction: some 50 ms, for which commands that write wait."""

RETENTION_EVERY: Final = 3600.0
"""Seconds between two looks for what was kept long enough."""

CLOCK_STEP: Final = 60.0
"""Seconds by which the clock may be set between two looks; beyond it nothing is removed."""

_Key = tuple[int, str, str, str, str]
"""Hour, mesh, user, kind, name."""


class Recorder(Reporter):
    """The service that records usage.

    Args:
        path: of the database.
        key_file: of pseudonyms.
        settings: as they are.
        clock: tells what is old.
        want: has workers count, or not any more.
    """

    def __init__(
        self,
        path: Path,
        key_file: Path,
        settings: Settings,
        clock: Clock,
        want: Callable[[bool], None],
    ) -> None:
        self._path = path
        self._key_file = key_file
        self.settings = settings
        """As they are at present."""
        self.keep_from: str | None = None
        """The first month that is kept; None: the clock has not been right for long enough."""
        self._clock = clock
        self._want = want
        self._waiting: Counter[_Key] = Counter()
        self._arrived = asyncio.Event()
        self._db: sqlite3.Connection | None = None
        self._names: Names | None = None
        self._people: People | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._next_retention = 0.0
        self._clock_offset: float | None = None
        self.dropped = 0
        """Counts that were lost since the start because the disk took nothing."""

    def take(self, mesh_id: str, realm: str, rows: Sequence[CountRow]) -> None:
        """Take what a worker has counted; never blocks.

        Args:
            mesh_id: where it has happened.
            realm: of its users; empty: the platform's.
            rows: the counts.
        """
        people = self._people
        if not self._settings.enabled or people is None:
            return
        waiting, before = self._waiting, f"{realm}/" if realm else ""
        for hour, label, user, name, count in rows:
            person = people.name(before + user if user else "")
            key = (hour, mesh_id, person, label, name)
            if key in waiting or len(waiting) < MOST_WAITING:
                waiting[key] += count
            else:
                self.dropped += count
        self._arrived.set()

    @property
    def timezone(self) -> str:
        """By which days are meant."""
        return self.settings.of(SchedulingSettings).timezone

    @property
    def waiting(self) -> int:
        """How many different counts wait to be written."""
        return len(self._waiting)

    def problems(self) -> Iterable[str]:
        """Return that usage was lost."""
        if self.dropped:
            yield NOT_RECORDED.said(count=self.dropped, path=self._path, most=MOST_WAITING)

    # The contract of services

    async def start(self) -> None:
        """Open the database, and have workers count."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="statistics")
        try:
            await self._call(self._open)
        except BaseException:
            await self._close()
            raise
        self._want(self._settings.enabled)

    async def run(self) -> None:
        """Write groups until it is cancelled."""
        while True:
            await self.write_all()
            await self.remove_old()
            await self._arrived.wait()
            self._arrived.clear()
            await asyncio.sleep(WRITE_EVERY)

    async def remove_old(self) -> None:
        """Remove what was kept long enough, if it is time for that.

        Not at the start, nor behind a clock that was set: many machines start with one that is
        years away until they have asked a time server, and what is removed does not come back.
        """
        now = self._clock.monotonic()
        if now < self._next_retention:
            return
        self._next_retention = now + RETENTION_EVERY
        before, self._clock_offset = self._clock_offset, self._clock.wall() - now
        if before is not None and abs(self._clock_offset - before) < CLOCK_STEP:
            await self._call(self._remove_old)
        else:
            self.keep_from = None

    async def stop(self, stopping: Stopping) -> None:
        """Write the rest, if there is time, and close."""
        if self._thread is None:
            return
        if stopping.timeout > 0 and not stopping.force.is_set():
            try:
                await self.write_all()
            except (MeshvisorError, sqlite3.Error) as error:
                log.warning(
                    "usage of the last seconds is lost: %s",
                    error,
                    extra={"event": "statistics.lost"},
                )
        await self._close()

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self.settings = settings
        if self._people is not None:
            self._people.how = self._settings.people
            self._want(self._settings.enabled)

    # Private

    @property
    def _settings(self) -> StatisticsSettings:
        return self.settings.of(StatisticsSettings)

    async def _call(self, work: Callable[[], None]) -> None:
        assert self._thread is not None
        await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> None:
        self._db = open_database(self._path)
        self._names = Names(self._db)
        self._people = People(self._settings.people, load_key(self._key_file))

    async def _close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._want(False)
            # Behind an opening that is under way although its start was cancelled.
            closing = asyncio.wrap_future(thread.submit(self._close_database))
            thread.shutdown(wait=False)
            await asyncio.shield(closing)

    def _close_database(self) -> None:
        db, self._db, self._people = self._db, None, None
        if db is not None:
            db.close()

    async def write_all(self) -> None:
        """Write what waits now."""
        while self._waiting:
            group = dict(list(self._waiting.items())[:MOST_WRITTEN])
            for key in group:
                del self._waiting[key]
            writing = asyncio.ensure_future(self._call(partial(self._write, group)))
            writing.add_done_callback(partial(self._put_back_if_failed, group))
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError:
                # It goes on in the thread, which is closed behind it.
                await asyncio.wait({writing})
                raise

    def _put_back_if_failed(self, group: dict[_Key, int], writing: asyncio.Future[None]) -> None:
        """Have a group wait again that was not written, also if its writer was cancelled."""
        if not writing.cancelled() and writing.exception() is not None:
            self._waiting.update(group)

    def _write(self, group: Mapping[_Key, int]) -> None:
        assert self._db is not None
        assert self._names is not None
        events = [
            UsageEvent(hour, mesh_id, person, BY_LABEL[label], name, count)
            for (hour, mesh_id, person, label, name), count in sorted(group.items())
        ]
        try:
            with explained(self._path), transaction(self._db):
                partitions.append(self._db, self._names, events)
        except BaseException:
            self._names.forget()
            raise

    def _remove_old(self) -> None:
        assert self._db is not None
        limit = retention.limit_of(self._clock.wall(), self._settings.keep_days)
        with explained(self._path):
            removed = retention.remove_old(self._db, limit)
        self.keep_from = retention.month_of_limit(limit)
        if removed:
            log.info(
                "%d months of usage were kept long enough and are removed",
                removed,
                extra={"event": "statistics.removed"},
            )
