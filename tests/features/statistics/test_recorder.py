"""Recording: what workers count is stored once, as privacy allows, and no caller waits for it."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.statistics.people import PREFIX, load_key
from meshvisor.features.statistics.settings import StatisticsSettings
from meshvisor.features.statistics.store.database import open_database
from meshvisor.features.statistics.store.partitions import months
from meshvisor.features.statistics.supervisor import recorder as module
from meshvisor.features.statistics.supervisor.recorder import Recorder
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.errors import SettingsError
from meshvisor.shared.protocol.from_worker import CountRow
from meshvisor.shared.settings.model import Settings, default_settings
from meshvisor.supervisor.service_contract import Stopping
from tests.clock import ManualClock

HOUR = 1_790_000_000 // 3600 * 3600

ROWS: tuple[CountRow, ...] = (
    (HOUR, "message", "11", "", 4),
    (HOUR, "command", "11", "ping", 2),
    (HOUR + 3600, "join", "12", "", 1),
)


def settings(**values: Any) -> Settings:
    """Return settings with these of `[statistics]`."""
    return default_settings().model_copy(update={"statistics": StatisticsSettings(**values)})


@asynccontextmanager
async def recording(path: Path, given: Settings) -> AsyncIterator[Recorder]:
    """Record, and have all written at the end."""
    recorder = Recorder(path, path.with_suffix(".key"), given, SystemClock(), lambda _wanted: None)
    await recorder.start()
    yield recorder
    await recorder.stop(Stopping(10, asyncio.Event()))


def stored(path: Path) -> list[tuple[Any, ...]]:
    """Return the events of all months as texts and numbers."""
    db = open_database(path, only_read=True)
    try:
        tables = [
            row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE name GLOB 'usage_*'")
        ]
        union = " UNION ALL ".join(f"SELECT * FROM {table}" for table in tables)
        return db.execute(
            "SELECT hour, m.text, coalesce(p.text, ''), kind, coalesce(n.text, ''), count, u.id "
            f"FROM ({union}) u JOIN meshes m ON m.id = u.mesh LEFT JOIN people p ON p.id = person "
            "LEFT JOIN names n ON n.id = u.name ORDER BY u.id"
        ).fetchall()
    finally:
        db.close()


async def test_counts_become_events(path: Path) -> None:
    """Each has a number of its own; what is the same is one row, and its hour is marked."""
    async with recording(path, settings(people="ids")) as recorder:
        recorder.take("lobby", "", ROWS)
        recorder.take("lobby", "", ROWS)
        recorder.take("bar", "irc", ROWS[:1])
    assert [row[:6] for row in stored(path)] == [
        (HOUR, "bar", "irc/11", 1, "", 4),
        (HOUR, "lobby", "11", 2, "ping", 4),
        (HOUR, "lobby", "11", 1, "", 8),
        (HOUR + 3600, "lobby", "12", 3, "", 2),
    ]
    assert [row[6] for row in stored(path)] == [1, 2, 3, 4]
    db = sqlite3.connect(path)
    assert db.execute("SELECT hour, id FROM changed").fetchall() == [(HOUR, 3), (HOUR + 3600, 4)]
    db.close()


@pytest.mark.parametrize(
    ("how", "check"),
    [
        ("ids", lambda name: name == "11"),
        ("pseudonyms", lambda name: name.startswith(PREFIX) and name != "11"),
        ("nothing", lambda name: name == ""),
    ],
)
async def test_privacy(path: Path, how: str, check: Callable[[str], bool]) -> None:
    """Of people there is in the file what the settings say, and nothing else."""
    async with recording(path, settings(people=how)) as recorder:
        recorder.take("lobby", "", ROWS[:2])
    people = {row[2] for row in stored(path)}
    assert len(people) == 1
    assert all(map(check, people))


async def test_a_pseudonym_stays_the_same(path: Path) -> None:
    """Also for the next supervisor, because the key is kept."""
    for _ in range(2):
        async with recording(path, settings()) as recorder:
            recorder.take("lobby", "", ROWS[:1])
    first, second = (row[2] for row in stored(path))
    assert first == second


async def test_nothing_is_taken_while_it_is_off(path: Path) -> None:
    """Workers are notified, and what one still sends is left out."""
    wanted: list[bool] = []
    recorder = Recorder(path, path.with_suffix(".key"), settings(), SystemClock(), wanted.append)
    await recorder.start()
    recorder.configure(settings(enabled=False))
    recorder.take("lobby", "", ROWS)
    await recorder.stop(Stopping(10, asyncio.Event()))
    assert wanted == [True, False, False]
    assert sqlite3.connect(path).execute("SELECT count(*) FROM changed").fetchone() == (0,)


async def test_a_disk_that_takes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is bounded, is written once when that is possible again, and no more is lost."""
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    async with recording(path, settings(people="ids")) as recorder:
        recorder.take("lobby", "", ROWS)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON changed BEGIN SELECT raise(ABORT, 'full'); END"
        )
        with pytest.raises(sqlite3.Error, match="full"):
            await recorder.run()
        recorder.take("lobby", "", (*ROWS, (HOUR, "leave", "13", "", 7)))
        assert recorder.dropped == 7
        assert "".join(recorder.problems()).startswith("7 events of usage were not recorded")
        other.execute("DROP TRIGGER full")
        other.close()
    assert [row[5] for row in stored(path)] == [4, 8, 2]


async def test_cancelled_while_it_writes(path: Path) -> None:
    """What was not written then waits again, and is written once."""
    async with recording(path, settings(people="ids")) as recorder:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON changed BEGIN SELECT raise(ABORT, 'full'); END"
        )
        other.execute("BEGIN IMMEDIATE")  # the writer waits for it
        recorder.take("lobby", "", ROWS)
        running = asyncio.ensure_future(recorder.run())

        def waits() -> bool:
            return recorder.waiting > 0

        while waits():
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.sleep(0)
        running.cancel()  # twice: the thread is not waited for any more
        with pytest.raises(asyncio.CancelledError):
            await running
        other.execute("ROLLBACK")
        while not waits():
            await asyncio.sleep(0.01)
        other.execute("DROP TRIGGER full")
        other.close()
    assert sorted(row[5] for row in stored(path)) == [1, 2, 4]


async def test_a_clock_that_is_years_ahead(path: Path) -> None:
    """Nothing is removed by it at the start, nor before it has been right for an hour."""
    clock = ManualClock()
    recorder = Recorder(path, path.with_suffix(".key"), settings(), clock, lambda _wanted: None)
    await recorder.start()
    recorder.take("lobby", "", ROWS)
    await recorder.write_all()

    async def kept_after(hours: int) -> tuple[int, str | None]:
        clock.advance(3600 * hours)
        await recorder.remove_old()
        return len(stored(path)), recorder.keep_from

    clock.set_wall(HOUR + 20 * 365 * 86_400)
    assert await kept_after(0) == (3, None)
    clock.set_wall(HOUR)
    assert await kept_after(1) == (3, None)
    assert await kept_after(1) == (3, "2025-08")  # what actions remove elsewhere goes by it
    clock.set_wall(HOUR + 20 * 365 * 86_400)
    assert await kept_after(1) == (3, None)
    # A mode that was set for longer is meant.
    clock.advance(3600)
    await recorder.remove_old()
    await recorder.stop(Stopping(10, asyncio.Event()))
    with closing(open_database(path)) as db:
        assert months(db) == []


def test_private_files(path: Path) -> None:
    """Database and key are made so that others cannot read them; a key that they can is refused."""
    open_database(path).close()
    key = path.with_suffix(".key")
    assert load_key(key) == load_key(key)
    assert {stat.S_IMODE(file.stat().st_mode) for file in (path, key)} == {0o600}
    key.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_key(key)
