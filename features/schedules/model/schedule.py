"""A schedule as it holds, and what is to be done at its planned times: pure functions.

Owns policies and their order.  Does not own where a schedule comes from (`supervisor.book`), nor
what is written (`supervisor.ledger`).
"""

from __future__ import annotations

import enum
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import msgspec

from meshvisor.features.jobs.model.job import NO_MESH
from meshvisor.features.schedules.model.cron import next_after, to_millis, zone
from meshvisor.features.schedules.wordings import (
    LONG_DOWN,
    NO_DATE,
    ONLY_LATEST,
    SKIPPED,
    TOO_LONG_AGO,
)

GRACE: Final = 60_000
"""Milliseconds that a fire may be late and still counts as in time: one minute, the smallest step
of cron."""

MOST_AT_ONCE: Final = 500
"""Planned times of one schedule that are settled in one transaction: some milliseconds."""


class Overlap(enum.StrEnum):
    """What happens at a planned time while an earlier run is not over."""

    SKIP = "skip"
    """Nothing; the fire is skipped."""
    QUEUE_ONE = "queue_one"
    """It runs after that one; what is planned while one waits is skipped."""
    QUEUE_ALL = "queue_all"
    """It runs after all that were planned before."""
    CANCEL_RUNNING = "cancel_running"
    """The earlier run is cancelled, and it runs when that one has ended."""
    ALLOW = "allow"
    """It runs beside it, if its lane has room."""


class Misfire(enum.StrEnum):
    """What happens to planned times that passed while no supervisor ran, or could."""

    SKIP = "skip"
    """They are missed."""
    LATEST = "latest"
    """The latest within the window runs now, the others are missed."""
    ALL = "all"
    """All within the window run now; where runs must not overlap, one after the other."""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule that was checked."""

    name: str
    cron: str
    """Empty: it runs after others."""
    timezone: str
    action: str
    mesh_id: str
    is_enabled: bool = True
    submission: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """Fields of the job's `Submission`, its action included."""
    after: tuple[str, ...] = ()
    """Names of schedules; it runs when each of them has succeeded since its last run."""
    overlap: Overlap = Overlap.SKIP
    misfire: Misfire = Misfire.LATEST
    misfire_window: int = 3_600_000
    """Milliseconds."""
    start: int | None = None
    """Epoch milliseconds before which nothing is planned."""
    end: int | None = None
    """Epoch milliseconds after which nothing is planned."""
    jitter: int = 0
    """Milliseconds within which a fire is put off, always the same for one planned time."""

    @property
    def event_mesh(self) -> str | None:
        """The mesh in which its events are; None: it is about none."""
        return None if self.mesh_id == NO_MESH else self.mesh_id

    @property
    def timing(self) -> str:
        """What has to be the same for the planned times to go on where they were; empty: none."""
        if not self.is_enabled:
            return ""
        when = self.cron or f"after {','.join(self.after)}"
        return f"{when}|{self.timezone}|{self.start or ''}|{self.end or ''}"

    def next_after(self, moment: int) -> int | None:
        """Return the first planned time after a moment; None: there is none that is known."""
        if not self.cron:
            return None
        if self.start is not None and moment < self.start:
            moment = self.start - 1
        planned = next_after(self.cron, self.timezone, moment)
        return None if planned is None or (self.end or planned) < planned else planned

    def due_at(self, planned: int) -> int:
        """Return when a planned time is acted on."""
        if not self.jitter or not self.cron:
            return planned
        # Drawn from the name and the time, so that a crash cannot draw again.
        return planned + zlib.crc32(f"{self.name} {planned}".encode()) % (self.jitter + 1)


class Fire(msgspec.Struct, frozen=True):
    """A planned time that has come."""

    planned: int
    missed: str = ""
    """Why it does not run any more; empty: it runs."""
    is_made_up: bool = False
    """Whether it is among times that are made up for: it is not skipped because another of them
    runs."""


class Plan(msgspec.Struct, frozen=True):
    """What is to be done with a schedule now."""

    fires: tuple[Fire, ...]
    """In their order."""
    until: int
    """All planned times up to here are settled with these."""
    next_at: int | None
    """When there is more to do: epoch milliseconds; None: never."""


def plan(schedule: Schedule, since: int, now: int, oldest: int) -> Plan:
    """Return what is to be done at a moment.

    Args:
        schedule: which is enabled.
        since: all planned times up to here were settled before.
        now: epoch milliseconds.
        oldest: planned times before are settled by one entry for all of them: the history
            does not reach back that far.
    """
    due: list[int] = []
    missed: list[Fire] = []
    planned = schedule.next_after(since)
    if planned is not None and planned < oldest and schedule.due_at(planned) <= now:
        why = LONG_DOWN(until=_iso(oldest))
        missed, since = [Fire(planned, why)], oldest
        planned = schedule.next_after(since)
    while planned is not None and schedule.due_at(planned) <= now and len(due) < MOST_AT_ONCE:
        due.append(planned)
        planned = schedule.next_after(planned)
    next_at = None if planned is None else schedule.due_at(planned)
    has_more = next_at is not None and next_at <= now
    is_made_up = schedule.misfire is Misfire.ALL and any(
        _is_late(schedule, one, now) for one in due
    )
    fires = tuple(
        Fire(
            one,
            _missed(schedule, one, now, is_latest=one == due[-1] and not has_more),
            is_made_up,
        )
        for one in due
    )
    return Plan((*missed, *fires), due[-1] if due else since, next_at)


def plan_after(schedule: Schedule, succeeded_at: int) -> Plan:
    """Return what is to be done with a schedule that runs after others.

    However late that is: nothing runs in its place.

    Args:
        schedule: which is enabled.
        succeeded_at: when the last of the others has succeeded.
    """
    is_within = (schedule.start or succeeded_at) <= succeeded_at <= (schedule.end or succeeded_at)
    fires = (Fire(succeeded_at),) if is_within else ()
    return Plan(fires, succeeded_at, None)


def cycle_through(name: str, after: Callable[[str], Iterable[str]]) -> list[str]:
    """Return schedules of which each runs after the next one, and the last after the first.

    Args:
        name: with which it begins and ends; an empty list: none comes back to it.
        after: given a name, those that it runs after.
    """
    ways = [[name, one] for one in after(name)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        if way[-1] == name:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [[*way, one] for one in after(way[-1])]
    return []


def moment_of(text: str, zone_name: str, *, is_end: bool = False) -> int:
    """Return the epoch milliseconds of a date, or a date and time.

    Args:
        text: ISO 8601; without an offset it is meant in the zone.
        zone_name: the zone.
        is_end: whether a date alone means its last moment instead of its first.

    Raises:
        ValueError: it is neither; the message is one sentence with an example.
    """
    try:
        moment = datetime.fromisoformat(text)
        if len(text) <= len("2026-03-01"):
            moment = datetime.combine(moment.date(), time())
            moment += timedelta(days=1, milliseconds=-1) if is_end else timedelta()
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone(zone_name))
        return to_millis(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        raise ValueError(NO_DATE(text=text[:40])) from None


# Private


def _missed(schedule: Schedule, planned: int, now: int, *, is_latest: bool) -> str:
    """Return why a planned time that has come does not run; empty: it runs."""
    if not _is_late(schedule, planned, now):
        return ""
    if schedule.misfire is Misfire.SKIP:
        return SKIPPED()
    if now - planned > schedule.misfire_window:
        return TOO_LONG_AGO(seconds=schedule.misfire_window // 1000)
    if schedule.misfire is Misfire.LATEST and not is_latest:
        return ONLY_LATEST()
    return ""


def _is_late(schedule: Schedule, planned: int, now: int) -> bool:
    return now - schedule.due_at(planned) > GRACE


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="seconds")
