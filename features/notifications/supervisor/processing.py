"""When notifications are delivered: has a job do it as soon as something is due.

Owns the moment, and taking back what a runner had that is gone.  Does not own the rows
(`deliveries`), nor delivering, which is the job's (`worker.processing`); only lines for Meshvisor's
own log are written here.

What is urgent, and what is tried again, is due at its moment.  All else waits for the schedule of
the same action.  Moments are those of the wall clock, which is looked at every few seconds.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import sqlite3
from collections.abc import Collection, Sequence
from functools import partial
from typing import Final

import msgspec

from meshvisor.features.fleet.supervisor.manager import FleetManager
from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.model.job import NO_MESH
from meshvisor.features.jobs.supervisor.ledger.job import Creator
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.notifications.actions import PROCESSING
from meshvisor.features.notifications.model.notification import Message, Outcome
from meshvisor.features.notifications.model.severity import Severity
from meshvisor.features.notifications.model.template import fill
from meshvisor.features.notifications.settings import ChannelSettings, channels_of
from meshvisor.features.notifications.supervisor import deliveries
from meshvisor.features.notifications.supervisor.deliveries import Channel
from meshvisor.features.notifications.supervisor.outbox import QUERIES
from meshvisor.features.notifications.supervisor.service import NotificationService, iso
from meshvisor.features.notifications.wordings import WAIT
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.events.event import Event
from meshvisor.shared.protocol.to_worker import SendMessage
from meshvisor.shared.store.store import Store

log = logging.getLogger(__name__)

LONGEST_SLEEP: Final = 5.0
"""Seconds between two looks at the wall clock, which may be set."""

SHORTEST_PAUSE: Final = 0.2
"""Seconds between two looks: many notifications that come together cause few of them."""

TRY_AGAIN: Final = 5.0
"""Seconds before what could not be written is tried again."""

OWN: Final = "meshvisor"
"""Who creates the jobs."""

MOST_LOST: Final = 10
"""Attempts after which what kills its runner is given up, where its channel is gone."""

_LEVELS: Final = {
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.CRITICAL: logging.CRITICAL,
}


class Claimed(msgspec.Struct, frozen=True):
    """What was handed out on a channel."""

    settings: ChannelSettings
    messages: list[tuple[Message, str, str]]
    """Each with its title and its text as they read on this channel."""


class Processing:
    """Delivering, in a running supervisor.

    Args:
        service: the notifications.
        jobs: run what delivers.
        store: the database.
        fleet: the bots that say what goes into chats.
    """

    def __init__(
        self, service: NotificationService, jobs: JobService, store: Store, fleet: FleetManager
    ) -> None:
        self._service = service
        self._jobs = jobs
        self._store = store
        self._fleet = fleet
        self._job: int | None = None
        """The job that was submitted and has not ended."""
        self._news = asyncio.Event()
        """Set, and replaced by a fresh one, when something may be due."""
        self.problem: str | None = None
        """Why nothing is delivered, in one sentence; None: it is."""
        self.failing: dict[str, str] = {}
        """Channels that have not taken their last message, and why not."""

    # ---- Life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take back what an earlier supervisor's runners had.

        Raises:
            MeshvisorError: the database cannot be used.
        """
        await self._release(None)

    async def run(self) -> None:
        """Have what is due delivered, for ever."""
        while True:
            news = self._news
            try:
                wait = await self._look()
                self.problem = None
            except (MeshvisorError, sqlite3.Error) as error:
                wait = TRY_AGAIN
                if self.problem is None:
                    log.error(
                        "notifications wait: %s", error, extra={"event": "notifications.waiting"}
                    )
                self.problem = WAIT.said(why=error)
            await asyncio.sleep(SHORTEST_PAUSE)
            try:
                async with asyncio.timeout(min(wait, LONGEST_SLEEP)):
                    await news.wait()
            except TimeoutError:
                pass

    def wake(self) -> None:
        """Look soon whether something is due."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def take_in(self, events: Sequence[Event]) -> None:
        """Take in what became of jobs, and that there are notifications."""
        for event in events:
            job = int(event.subject or 0) if event.kind.startswith("job.") else None
            if job is not None:
                if job == self._job:
                    self._job = None
                await self._release(str(job))
        self.wake()

    # ---- What the job asks ---------------------------------------------------------------------

    async def due(self, busy: Collection[str], patience: float) -> list[str]:
        """Return the channels that have something to be delivered, urgent or not.

        Args:
            busy: channels that are left out; while there are some, what is added is waited for.
            patience: seconds to wait for one; none are waited if nothing is due within them.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        while True:
            news = self._news
            await self._give_up_gone()
            moments = await self._moments(least=0)
            now = self._service.now()
            found = [name for name, at in moments.items() if at <= now and name not in busy]
            left = until - loop.time()
            soonest = min(moments.values(), default=math.inf)
            if found or left <= 0 or (not busy and soonest > now + left * 1000):
                return found
            try:
                # The wall clock may be set: it is looked at again before long.
                async with asyncio.timeout(min(left, 1.0, max(0.01, (soonest - now) / 1000))):
                    await news.wait()
            except TimeoutError:
                pass

    async def claim(self, name: str, lease: str) -> Claimed | None:
        """Hand out what is due on a channel; None: there is no such channel any more."""
        channel = self._service.channel(name)
        if channel is None:
            return None
        settings, now = channel.settings, self._service.now()
        found = await self._store.write(lambda db: deliveries.claim(db, channel, lease, now))
        return Claimed(settings, [(one, *_worded(settings, one, now)) for one in found])

    async def report(self, name: str, lease: str, outcomes: Sequence[Outcome]) -> None:
        """Take in what became of messages."""
        channel = self._service.channel(name)
        if channel is None:
            await self._release(lease)
            return
        now = self._service.now()
        await self._store.write(lambda db: deliveries.report(db, channel, lease, outcomes, now))
        self._note(name, outcomes)
        if any(one.error for one in outcomes):
            self.wake()

    async def say(self, number: int, mesh_id: str, user_id: str | None, text: str) -> bool:
        """Have the bot of a mesh say something; return whether it has."""
        return await self._fleet.rooms.tell(
            SendMessage(
                mesh_id=mesh_id,
                text=text,
                to_user=user_id,
                handle=f"notification-{number}",
                # Answered when it is said; to a user alone where the network can.
                kind="question" if user_id else "outcome",
            )
        )

    # ---- Private -------------------------------------------------------------------------------

    def _note(self, name: str, outcomes: Sequence[Outcome]) -> None:
        """Say what a channel has not taken, and whether it works."""
        if any(one.error is None for one in outcomes):
            self.failing.pop(name, None)
        errors = dict.fromkeys(one.error for one in outcomes if one.error and not one.is_limited)
        for error in errors:
            log.warning(
                "channel %s: %s", name, error, extra={"event": "notifications.not_delivered"}
            )
        of_channel = [one.error for one in outcomes if one.error in errors and not one.is_alone]
        if of_channel:
            self.failing[name] = of_channel[-1] or ""

    async def _look(self) -> float:
        """Have what is due delivered; return the seconds until something is due by itself."""
        await self._write_log()
        if self._job is not None:
            return math.inf  # it looks for itself, and its end wakes us
        moments = await self._moments(least=1)
        wait = (min(moments.values(), default=math.inf) - self._service.now()) / 1000
        if wait > 0:
            return wait
        placed = await self._jobs.place(
            NO_MESH, Submission(action=PROCESSING), Creator(OWN, OWN, "schedule"), locate=False
        )
        self._job = placed.job.id
        return math.inf

    async def _moments(self, least: int) -> dict[str, float]:
        """Return when each channel has something to be delivered.

        Args:
            least: 1: only what is due by itself; 0: all.
        """
        settings = self._service.settings
        names = [
            name for name, one in channels_of(settings).items() if one.enabled and one.kind != "log"
        ]
        values = {"channels": json.dumps(names), "least": least}
        rows = await self._store.read(lambda db: db.execute(QUERIES["next_due"], values).fetchall())
        return {name: max(due, paused) for name, due, paused in rows if due is not None}

    async def _write_log(self) -> None:
        """Write what goes to Meshvisor's own log."""
        for name, settings in channels_of(self._service.settings).items():
            channel = self._service.channel(name)
            if channel is None or settings.kind != "log":
                continue
            await self._write_all(channel)

    async def _write_all(self, channel: Channel) -> None:
        now = self._service.now()
        while messages := await self._store.write(
            partial(deliveries.claim, channel=channel, lease=OWN, now=now)
        ):
            for message in messages:
                _write(channel.settings, message, now)
            outcomes = [Outcome(message.delivery_id) for message in messages]
            await self._store.write(
                partial(deliveries.report, channel=channel, lease=OWN, outcomes=outcomes, now=now)
            )

    async def _give_up_gone(self) -> None:
        """Give up what waits for channels that the settings do not have any more."""
        known, now = channels_of(self._service.settings), self._service.now()

        def look(db: sqlite3.Connection) -> list[str]:
            rows = db.execute(QUERIES["due_channels"], {"now": now}).fetchall()
            return [name for (name,) in rows if name not in known]

        for name in await self._store.read(look):
            await self._store.write(partial(deliveries.give_up_gone, channel=name, now=now))

    async def _release(self, lease: str | None) -> None:
        now = self._service.now()
        known = channels_of(self._service.settings)
        most = max((one.attempts for one in known.values()), default=MOST_LOST)
        if lease is not None:
            is_held = {"lease": lease}
            found = await self._store.read(
                lambda db: db.execute(QUERIES["is_leased"], is_held).fetchone()
            )
            if not found[0]:
                return
        await self._store.write(lambda db: deliveries.release(db, lease, most, now))


# Private


def _worded(settings: ChannelSettings, message: Message, now: int) -> tuple[str, str]:
    """Return how a message reads on a channel."""
    values = {
        "title": message.title,
        "text": message.text,
        "severity": message.severity.value,
        "count": message.count,
        "time": iso(now),
        "mesh": message.mesh_id,
        "user": message.user_id,
        "id": message.notification_id,
        "source": message.source,
    }
    return fill(settings.title, values), fill(settings.text, values)


def _write(settings: ChannelSettings, message: Message, now: int) -> None:
    title, text = _worded(settings, message, now)
    log.log(
        _LEVELS[message.severity],
        "notification %d: %s%s",
        message.notification_id,
        title,
        f": {' '.join(text.split())}" if text else "",
        extra={"event": "notification.told"},
    )
