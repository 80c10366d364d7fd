"""A database whose days are counted, and reports of it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from meshvisor.features.reports.model.days import Period, month_before, week_before
from meshvisor.features.reports.supervisor.counting import Counter
from meshvisor.features.reports.worker.document import Basis, make
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.store.store import Store
from tests.features.reports.history import millis, past, start

PORTION = 200


class Days:
    """Figures of days, counted from events."""

    def __init__(self, store: Store, zone: str = "UTC") -> None:
        self.store = store
        self.zone = ZoneInfo(zone)
        self._seq = 0

    def happen(self, events: Iterable[NewEvent]) -> None:
        """Have things happen, and be counted in portions as a subscriber does."""
        self.store.write_now(lambda db: log.append(db, events))
        while self.store.write_now(self._count):
            pass

    def report(self, period: Period, *, counts_rooms: bool = True, now: int = 0) -> dict[str, Any]:
        """Return the report of a period; made at once behind it, or at a moment."""
        moment = now or millis(start(*(period.last.timetuple()[:3]))) + 86_400_000
        basis = Basis(self.zone, moment, counts_rooms)
        return self.store.read_now(lambda db: make(db, period, basis))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        return self.store.read_now(lambda db: db.execute(query).fetchall())

    def _count(self, db: sqlite3.Connection) -> bool:
        page = log.read(db, self._seq, PORTION)
        Counter(db, self.zone).take_in(page.events)
        self._seq = page.next
        return bool(page.events)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty database."""
    opened = Store.open(tmp_path / "meshvisor.db")
    yield opened
    opened.close()


@pytest.fixture
def days(store: Store) -> Days:
    """Return the days of an empty database."""
    return Days(store)


@pytest.fixture(scope="session")
def past_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with a past of fourteen weeks up to the first of March."""
    path = tmp_path_factory.mktemp("past") / "meshvisor.db"
    store = Store.open(path)
    Days(store).happen(past(start(2025, 11, 20), 101, seed=5))
    store.close()
    return path


@pytest.fixture
def lived(past_file: Path, tmp_path: Path) -> Iterator[Days]:
    """Return the days of a copy of it."""
    path = tmp_path / "lived.db"
    shutil.copy(past_file, path)
    copy = Store.open(path)
    yield Days(copy)
    copy.close()


WEEK = week_before(date(2026, 3, 1))
MONTH = month_before(date(2026, 3, 1))
