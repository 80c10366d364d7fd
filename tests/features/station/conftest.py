"""A station on a database of its own, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.station.settings import StationSettings
from meshvisor.features.station.supervisor.station import Station
from meshvisor.shared.events import log
from meshvisor.shared.events.event import Event
from meshvisor.shared.settings.model import Settings, default_settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import Actor, AuditLog
from meshvisor.supervisor.services import Services
from tests.clock import ManualClock

ANN = Actor("ann", "control socket", "web:ann")

HARBOUR = {"circle": {"latitude": 38.7, "longitude": -9.1, "radius_m": 100}}
IN_HARBOUR = (38.7, -9.1)
OUT_OF_IT = (38.71, -9.1)
"""A kilometre to the north."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty database."""
    opened = Store.open(tmp_path / "meshvisor.db")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still."""
    return ManualClock()


def settings(**values: Any) -> Settings:
    """Return settings with these of `[station]`."""
    return default_settings().replaced(StationSettings.model_validate(values))


class Bench:
    """All services of a station by their types, and the events that it has made."""

    def __init__(self, store: Store, clock: ManualClock, **values: Any) -> None:
        self.store = store
        self.clock = clock
        self.settings = settings(**values)
        self.audit = AuditLog(store, clock)
        self.station = Station(store, self.audit, clock, self.settings)
        self.services = Services()
        self.station.provide(self.services)
        self.need = self.services.need

    def events(self, *kinds: str) -> list[Event]:
        """Return the events of some kinds, all: of none."""
        wanted = log.Wanted(kinds)
        return self.store.read_now(lambda db: log.read(db, 0, 10_000, wanted)).events

    def happened(self, *kinds: str) -> list[tuple[str, str | None]]:
        """Return their kinds and subjects."""
        return [(one.kind, one.subject) for one in self.events(*kinds)]

    async def audited(self) -> list[tuple[str, str, str, str]]:
        """Return actor, action, subject and detail of what is in the audit log, oldest first."""
        entries = await self.audit.newest(100)
        return [(one.actor, one.action, one.subject, one.detail) for one in entries[::-1]]


@pytest.fixture
def bench(store: Store, clock: ManualClock) -> Bench:
    """Return a station."""
    return Bench(store, clock)
