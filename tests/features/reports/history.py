"""A past of some weeks, as events of a log, made by a seeded generator."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent

MESHES: Final = ("lobby", "cinema", "workshop", "radio:berlin", "garden")
COMMANDS: Final = (("ping", 9), ("play", 7), ("queue", 5), ("help", 3), ("skip", 3), ("about", 1))
ACTIONS: Final = (("refresh", 12, 3), ("addplayer", 7, 12), ("redeem-giftcode", 5, 40))


def millis(moment: datetime) -> int:
    """Return epoch milliseconds."""
    return round(moment.timestamp() * 1000)


def past(first: datetime, days: int, seed: int) -> Iterator[NewEvent]:
    """Yield what happened from a moment on, in order: a little more each week."""
    rng = random.Random(seed)
    found = [_state(first, mesh_id, "connected", "ready") for mesh_id in MESHES]
    for number in range(days):
        day = first + timedelta(days=number)
        growth = 1 + number / 40
        for mesh_id in MESHES:
            found += _usage(rng, day, mesh_id, growth)
            if rng.random() < 0.14:
                found += _outage(rng, day, mesh_id)
        found += _jobs(rng, day, growth)
        found += _people(rng, day, growth)
    yield from sorted(found, key=lambda event: event.at)


def write(db: sqlite3.Connection, events: Iterator[NewEvent]) -> None:
    """Append them."""
    log.append(db, events)


def start(year: int, month: int, day: int) -> datetime:
    """Return the beginning of a day in UTC."""
    return datetime(year, month, day, tzinfo=UTC)


# Private


def _within(rng: random.Random, day: datetime) -> datetime:
    return day + timedelta(seconds=rng.uniform(60, 86_000))


def _event(at: datetime, kind: str, subject: str, mesh_id: str | None, **data: Any) -> NewEvent:
    return NewEvent(millis(at), kind, subject, mesh_id, data=data)


def _state(at: datetime, mesh_id: str, state: str, before: str) -> NewEvent:
    return _event(at, f"mesh.{state}", mesh_id, mesh_id, before=before, error=None)


def _outage(rng: random.Random, day: datetime, mesh_id: str) -> list[NewEvent]:
    at = _within(rng, day) - timedelta(hours=3)
    lost = timedelta(minutes=rng.choice((2, 9, 30, 130)))
    if rng.random() < 0.5:
        return [
            _state(at, mesh_id, "disconnected", "connected"),
            _state(at + lost, mesh_id, "connected", "disconnected"),
        ]
    seconds = timedelta(seconds=4)
    return [
        _state(at, mesh_id, "restarting", "connected"),
        _state(at + lost, mesh_id, "spawning", "restarting"),
        _state(at + lost + seconds, mesh_id, "ready", "spawning"),
        _state(at + lost + 2 * seconds, mesh_id, "connected", "ready"),
    ]


def _usage(rng: random.Random, day: datetime, mesh_id: str, growth: float) -> list[NewEvent]:
    share = 1 / (1 + MESHES.index(mesh_id))
    events = []
    for command, weight in COMMANDS:
        uses = round(rng.uniform(0.5, 1.5) * weight * 6 * share * growth)
        if uses:
            at = _within(rng, day)
            events.append(_event(at, "mesh.usage", mesh_id, mesh_id, commands={command: uses}))
    return events


def _jobs(rng: random.Random, day: datetime, growth: float) -> list[NewEvent]:
    events = []
    for action, count, seconds in ACTIONS:
        for _ in range(round(count * growth * rng.uniform(0.6, 1.4))):
            at = _within(rng, day)
            outcome = rng.choices(("completed", "failed", "cancelled"), (93, 5, 2))[0]
            began = at - timedelta(seconds=seconds * rng.uniform(0.5, 1.5))
            events.append(
                _event(
                    at,
                    f"job.{outcome}",
                    str(rng.randrange(10**6)),
                    "lobby",
                    action=action,
                    started_at=millis(began),
                    done=rng.randrange(20),
                    failed=int(outcome == "failed"),
                )
            )
    return events


def _people(rng: random.Random, day: datetime, growth: float) -> list[NewEvent]:
    events = []
    for _ in range(round(90 * growth)):
        user = f"user-{int(rng.paretovariate(1.1) * 3) % round(200 * growth)}"
        at = _within(rng, day)
        events.append(_event(at, "message.received", user, rng.choice(MESHES), text="hello"))
    return events
