"""A real database with notifications, and a clock that tests move."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from meshvisor.features.notifications.model.notification import (
    Message,
    NewNotification,
    Outcome,
)
from meshvisor.features.notifications.settings import (
    ChannelSettings,
    NotificationSettings,
    RecipientSettings,
    TemplateSettings,
)
from meshvisor.features.notifications.supervisor import deliveries
from meshvisor.features.notifications.supervisor.service import NotificationService
from meshvisor.shared.events import log
from meshvisor.shared.events.event import Event
from meshvisor.shared.settings.model import Settings, default_settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog, local_actor
from tests.clock import ManualClock

ACTOR: Final = local_actor(0)


def channel(**changes: Any) -> ChannelSettings:
    """Return a channel of the settings."""
    values = {"url": "json://127.0.0.1:9/hook", "rate": 0, **changes}
    return ChannelSettings.model_validate(values)


class Bench:
    """Notifications of a home; time stands still until it is moved."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.clock = ManualClock()
        self.store = Store.open(path, clock=self.clock)
        audit = AuditLog(self.store, self.clock)
        self.service = NotificationService(self.store, audit, self.clock, settings)

    def add(self, title: str = "Hello", **fields: Any) -> int:
        """Add a notification and return its number."""
        new = NewNotification(title=title, **fields)
        return self.store.write_now(lambda db: self.service.add(db, new)).id

    def claim(self, name: str = "mail", lease: str = "1", limit: int = 50) -> list[Message]:
        """Hand out what is due on a channel."""
        one = self.service.channel(name)
        assert one is not None
        now = self.service.now()
        return self.store.write_now(lambda db: deliveries.claim(db, one, lease, now, limit))

    def report(self, *outcomes: Outcome, name: str = "mail", lease: str = "1") -> None:
        """Say what became of what was handed out."""
        one = self.service.channel(name)
        assert one is not None
        now = self.service.now()
        self.store.write_now(lambda db: deliveries.report(db, one, lease, outcomes, now))

    def deliver(self, name: str = "mail", error: str | None = None, **how: Any) -> list[str]:
        """Hand out what is due, have all of it end alike, and return the titles."""
        messages = self.claim(name)
        self.report(*[Outcome(one.delivery_id, error, **how) for one in messages], name=name)
        return [one.title for one in messages]

    def release(self, lease: str | None = None, most: int = 10) -> list[str]:
        """Take back what was handed out."""
        now = self.service.now()
        return self.store.write_now(lambda db: deliveries.release(db, lease, most, now))

    def states(self, number: int) -> dict[str, str]:
        """Return where a notification stands, and where on each channel."""
        rows = self.rows(
            "SELECT channel, state FROM notification_deliveries "
            f"WHERE notification_id = {number} ORDER BY id"
        )
        ((state,),) = self.rows(f"SELECT state FROM notifications WHERE id = {number}")
        return {"": state, **dict(rows)}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        return self.store.read_now(lambda db: _fetch(db, query))

    def events(self, kind: str) -> list[Event]:
        """Return the events of a kind."""
        wanted = log.Wanted((kind,))
        return self.store.read_now(lambda db: log.read(db, 0, 10_000, wanted)).events


def settings_with(
    channels: dict[str, ChannelSettings],
    *others: RecipientSettings,
    templates: dict[str, TemplateSettings] | None = None,
    **values: Any,
) -> Settings:
    """Return settings with channels, recipients, and what `[notifications]` says."""
    own = NotificationSettings.model_validate(values)
    settings = default_settings().replaced(own, *others)
    changes = {"channels": channels, "templates": templates or {}}
    return settings.model_copy(update=changes)


MakeBench = Callable[..., Bench]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeBench]:
    """Return a function that makes a bench; without channels it has one called mail."""
    made: list[Bench] = []

    def make_bench(settings: Settings | None = None) -> Bench:
        settings = settings or settings_with({"mail": channel()})
        made.append(Bench(tmp_path / f"{len(made)}.db", settings))
        return made[-1]

    yield make_bench
    for bench in made:
        bench.store.close()


def _fetch(db: sqlite3.Connection, query: str) -> list[tuple[Any, ...]]:
    return db.execute(query).fetchall()
