"""What workers report of users, and what time makes of it: who is online, who has stayed in a zone.

Owns the queue between the loop and the writer, its bounds, and when something is due.  Does not own
the rows (`people`, `prepared_zones`).  No caller waits for the disk: what cannot be written is kept
up to `MOST_WAITING` reports, and the oldest of what is more are dropped and counted.

A position is handed to the writer together with all that follows from it, so that it, the state of
zones and their events are there or not, whatever is killed when.  The zones are looked through in
the writer's thread, `AT_A_TIME` positions in a transaction: the loop has nothing to do with each.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

from meshvisor.features.station.model.names import check_user
from meshvisor.features.station.model.user import LONGEST_USER_NAME, Position, Seen
from meshvisor.features.station.settings import StationSettings
from meshvisor.features.station.supervisor import people, prepared_zones
from meshvisor.features.station.supervisor.changes import Changes
from meshvisor.features.station.supervisor.prepared_zones import EventContext, PreparedZones
from meshvisor.features.station.wordings import DROPPED
from meshvisor.shared.model.realm import within
from meshvisor.shared.protocol.from_worker import Presence
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import Stopping

log = logging.getLogger(__name__)

GATHER: Final = 0.05
"""Seconds between two groups: one transaction for what many rooms report at about the same time."""

MOST_WAITING: Final = 50_000
"""Reports that wait to be written, some 15 MB."""

AT_A_TIME: Final = 200
"""Reports of one transaction: some ten milliseconds, for which commands that write wait."""

MOST_REMEMBERED: Final = 20_000
"""Users whose last activity is known beyond their rows, and as many in meshes."""

WRITTEN_EVERY: Final = 30.0
"""Seconds within which further activity of a user in a mesh is not written: who speaks is online,
and that is known."""

LONGEST_PAUSE: Final = 60.0
"""Seconds until what is due is looked up, whatever is expected: a clock may be set."""

_Report = Seen | Position


class Due(NamedTuple):
    """When something happens by itself; epoch milliseconds, None: nothing does."""

    standing: int | None
    """A user has stayed in a zone, or out of one."""
    idle: int | None
    """When the one was seen who is online and was seen longest ago."""


class Intake(Reporter):
    """The service that takes what workers report.

    Args:
        changes: of the database.
        prepared: the zones that users can be in.
        settings: as they are.
        want: has workers report, or not any more.
    """

    def __init__(
        self,
        changes: Changes,
        prepared: PreparedZones,
        settings: Settings,
        want: Callable[[bool], None],
    ) -> None:
        self._changes = changes
        self._prepared = prepared
        self._settings = settings.of(StationSettings)
        self._want = want
        self._waiting: deque[_Report] = deque()
        self._news = asyncio.Event()
        self._known: dict[str, str] = {}
        """Ids of networks as the event log spells them; empty: they are none."""
        self._latest: dict[str, Seen] = {}
        self._written: dict[tuple[str, str], int] = {}
        self._started_at = 0
        self._is_started = False
        self.dropped = 0
        """Reports that were lost since the start because the disk took nothing."""

    def take(self, mesh_id: str, realm: str, presence: Presence) -> None:
        """Take what a worker reports; never blocks.

        Args:
            mesh_id: where it was seen.
            realm: of its users; empty: the platform's.
            presence: what it says.
        """
        if not self._settings.presence or not self._is_started:
            return
        for report in self._reports(mesh_id, realm, presence):
            self._waiting.append(report)
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._news.set()

    def look(self) -> None:
        """Look what is due: another request has changed where users are."""
        self._news.set()

    # The contract of services

    async def start(self) -> None:
        """Have workers report."""
        self._started_at = self._changes.now()
        self._is_started = True
        self._want(self._settings.presence)

    async def run(self) -> None:
        """Write what is reported, and what is due, until it is cancelled."""
        while True:
            self._news.clear()
            await self.write_all()
            pause = await self.settle()
            try:
                async with asyncio.timeout(pause):
                    await self._news.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(GATHER)

    async def stop(self, stopping: Stopping) -> None:
        """Write the rest, if there is time."""
        if not self._is_started:
            return
        self._is_started = False
        self._want(False)
        if stopping.timeout > 0 and not stopping.force.is_set():
            try:
                await self.write_all()
            except Exception as error:  # noqa: BLE001 - it is over, whatever the disk says
                log.warning(
                    "what was reported of users in the last moments is lost: %s",
                    error,
                    extra={"event": "station.lost"},
                )

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._settings = settings.of(StationSettings)
        if self._is_started:
            self._want(self._settings.presence)
        self._news.set()

    def notices(self) -> Iterable[str]:
        """Return how many reports were lost."""
        if self.dropped:
            yield DROPPED.said(count=self.dropped)

    # What is done

    async def write_all(self) -> None:
        """Write what waits now."""
        while self._waiting:
            count = min(AT_A_TIME, len(self._waiting))
            group = [self._waiting.popleft() for _ in range(count)]
            writing = asyncio.ensure_future(self._changes.write(partial(self._write, group)))
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError:
                # It goes on in the writer, and nothing of it must be written again.
                await asyncio.wait({writing})
                if writing.exception() is not None:
                    self._put_back(group)
                raise
            except BaseException:
                self._put_back(group)
                raise

    async def settle(self) -> float:
        """Have happen what is due; return the seconds until the next time."""
        while True:
            now = self._changes.now()
            due = await self._changes.read(_due)
            is_still = due.standing is None or due.standing > now
            if is_still and (due.idle is None or due.idle >= self._idle_before(now)):
                return self._pause(due, now)
            try:
                offline = await self._changes.write(partial(self._settle, now))
            except BaseException:
                self._forget()
                raise
            if offline:
                # The next thing that they do is news, however soon it comes.
                kept = {key: at for key, at in self._written.items() if key[0] not in offline}
                self._written = kept

    # Private

    def _reports(self, mesh_id: str, realm: str, presence: Presence) -> Iterator[_Report]:
        for user, name, at in presence.seen:
            user_id = self._spelled(realm, user)
            seen = Seen(user_id, mesh_id, round(at * 1000), name[:LONGEST_USER_NAME])
            if seen.user_id and self._is_news(seen):
                yield seen
        for user, name, at, latitude, longitude, accuracy in presence.positions:
            user_id = self._spelled(realm, user)
            if user_id:
                moment = round(at * 1000)
                called = name[:LONGEST_USER_NAME]
                self._remember(Seen(user_id, mesh_id, moment, called))
                place = (latitude, longitude, accuracy)
                yield Position(user_id, moment, *place, mesh_id, "mesh", called)

    def _spelled(self, realm: str, user: str) -> str:
        """Return a user as the event log spells one; empty: it can be none."""
        written = within(realm, user)
        known = self._known.get(written)
        if known is None:
            try:
                known = check_user(written)
            except ValueError:
                known = ""
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[written] = known
        return known

    def _is_news(self, seen: Seen) -> bool:
        """Note that a user did something; say whether that has to be written."""
        self._remember(seen)
        key = (seen.user_id, seen.mesh_id)
        every = round(min(WRITTEN_EVERY, self._settings.offline_after / 4) * 1000)
        if seen.at - self._written.get(key, 0) < every:
            return False
        if len(self._written) >= MOST_REMEMBERED:
            self._written.clear()
        self._written[key] = seen.at
        return True

    def _remember(self, seen: Seen) -> None:
        if len(self._latest) >= MOST_REMEMBERED:
            self._latest.clear()
        before = self._latest.get(seen.user_id)
        if before is None or before.at <= seen.at:
            self._latest[seen.user_id] = seen

    def _put_back(self, group: Sequence[_Report]) -> None:
        self._waiting.extendleft(reversed(group))
        self._forget()

    def _forget(self) -> None:
        """Take nothing for written: what was about to be may not be."""
        self._written.clear()
        self._prepared.forget()

    def _write(self, group: Iterable[_Report], db: sqlite3.Connection) -> None:
        self._prepared.look(db)
        settings, context = self._settings, EventContext(self._changes.now())
        for report in group:
            if isinstance(report, Seen):
                people.see(db, report, settings, context)
            else:
                people.place(db, report, self._prepared, settings, context)

    def _settle(self, now: int, db: sqlite3.Connection) -> frozenset[str]:
        """Do what is due; return who is offline by it."""
        self._prepared.settle(db, now)
        return frozenset(people.rest(db, self._idle_before(now), self._latest, EventContext(now)))

    def _idle_before(self, now: int) -> int:
        """Return the moment before which a user must have been seen last to be offline now.

        No user goes offline before a whole `offline_after` has passed since the start: what users
        did while no supervisor ran is not known.
        """
        after = round(self._settings.offline_after * 1000)
        return 0 if now - self._started_at < after else now - after

    def _pause(self, due: Due, now: int) -> float:
        after = round(self._settings.offline_after * 1000)
        moments = [] if due.standing is None else [due.standing]
        if due.idle is not None:
            moments.append(max(due.idle, self._started_at) + after + 1)
        first = min(moments, default=now + round(LONGEST_PAUSE * 1000))
        return min(max((first - now) / 1000, GATHER), LONGEST_PAUSE)


# Private


def _due(db: sqlite3.Connection) -> Due:
    return Due(prepared_zones.next_due(db), people.first_idle(db))
