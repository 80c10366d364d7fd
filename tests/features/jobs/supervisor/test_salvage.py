"""A damaged database: what can be read of it goes on, and no more is lost than what was hit."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.jobs.supervisor.ledger import claims, enqueue, running
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.features.jobs.supervisor.ledger.repair import LedgerRepair
from meshvisor.shared.store.connection import open_writer
from meshvisor.shared.store.salvage import NothingReadableError, Salvaged, problem, salvage
from tests.features.jobs.supervisor.conftest import new_job
from tests.seeds import seeds

NOW = Millis(1_764_158_400_000)
PAGE = 4096
JOBS = 400
ITEMS = 25
TABLES = ("jobs", "job_items", "job_history", "admin_users", "job_transitions")

Rows = dict[str, set[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with jobs in several states; it is not to be changed."""
    path = tmp_path_factory.mktemp("sound") / "meshvisor.db"
    with closing(open_writer(path)) as db:
        db.execute("BEGIN")
        for number in range(JOBS):
            enqueue.enqueue(db, new_job(items=ITEMS, data={"number": number}), NOW)
        groups = claims.groups(db, "default", ())
        chosen = claims.waiting(db, "default", groups, JOBS // 2, claims.Ageing(NOW, 0))
        for one in claims.claim(db, chosen, NOW):
            results = [running.Result(position, "done", {"n": position}) for position in range(20)]
            running.record(db, one.job.id, one.job.run, results, NOW)
        db.executemany(
            "INSERT INTO admin_users VALUES (?, ?, NULL, ?, 1)",
            [(str(number), str(number), NOW) for number in range(500)],
        )
        db.execute("DELETE FROM jobs WHERE id = (SELECT max(id) FROM jobs)")
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Iterator[Path]:
    """Return a copy to be damaged, and see that nothing is left lying about."""
    copy = tmp_path / "meshvisor.db"
    shutil.copy(sound, copy)
    yield copy
    left = {found.name.partition("-")[0] for found in tmp_path.iterdir()}
    assert left <= {"meshvisor.db", "meshvisor.db.damaged", "damaged"}


def rows(path: Path) -> Rows:
    """Return all that is in a database."""
    with closing(sqlite3.connect(path)) as db:
        # Table names are ours.
        return {name: set(db.execute(f"SELECT * FROM {name}")) for name in TABLES}


def hit(path: Path, pages: list[int], chance: random.Random) -> None:
    """Overwrite pages, counted from 0."""
    with path.open("r+b") as file:
        for page in pages:
            file.seek(page * PAGE)
            file.write(chance.randbytes(PAGE))


def save(path: Path) -> tuple[Salvaged, LedgerRepair]:
    """Salvage it."""
    mending = LedgerRepair(NOW)
    return salvage(path, path.with_name("damaged"), mending.apply), mending


def check(path: Path) -> None:
    """See that it is sound, and that its jobs agree with their items."""
    assert problem(path) is None
    with closing(open_writer(path, create=False)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        wrong = db.execute(
            "SELECT id FROM jobs WHERE pending + done + failed + existing"
            " <> (SELECT count(*) FROM job_items WHERE job_id = id)"
        ).fetchall()
        assert wrong == []
        triggers = db.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'")
        assert triggers.fetchone() > (5,)


@pytest.mark.parametrize("seed", seeds(10, 25))
def test_damaged_pages(path: Path, seed: int, chance: random.Random) -> None:
    """What is saved is as it was; the damaged files are kept as they are."""
    before = rows(path)
    count = path.stat().st_size // PAGE
    # The first pages say which tables there are and where; see below.
    hit(path, [chance.randrange(40, count) for _ in range(1 + seed % 3)], chance)
    damaged = path.read_bytes()
    if problem(path) is None:
        pytest.skip("an unused page was hit")
    saved, mending = save(path)
    assert (saved.aside / path.name).read_bytes() == damaged
    check(path)
    after = rows(path)
    lost = {name: before[name] - after[name] for name in TABLES}
    counted = {job_id for job_id, _ in mending.lost}
    changed = {row[0] for row in lost["jobs"]} & {row[0] for row in after["jobs"]}
    assert changed <= counted, "only counters of jobs with lost items may differ"
    new = after["job_history"] - before["job_history"]
    assert {row[0] for row in new} == counted, "each of them says so in its history"
    for name in ("job_items", "admin_users", "job_transitions"):
        assert after[name] <= before[name]
    whole = {table.name for table in saved.tables if table.whole}
    for name in whole & {"jobs", "admin_users"}:
        assert len(after[name]) == len(before[name])
    # An inner page has the places of some hundred others.
    assert len(after["jobs"]) + len(after["job_items"]) > 0


@pytest.mark.parametrize("seed", range(8))
def test_one_leaf_costs_its_own_rows_only(path: Path, seed: int, chance: random.Random) -> None:
    """Rows before and behind a damaged place are read, whichever job they belong to."""
    before = rows(path)
    hit(path, [chance.choice(leaves(path, "job_items"))], chance)
    saved, _ = save(path)
    check(path)
    after = rows(path)
    assert len(after["jobs"]) == len(before["jobs"])
    lost = before["job_items"] - after["job_items"]
    assert 0 < len(lost) <= 2 * PAGE // 15, "no row takes less than 15 bytes"
    assert [table.name for table in saved.tables if not table.whole] == ["job_items"]


def leaves(path: Path, table: str) -> list[int]:
    """Return the pages with a table's rows, counted from 0.

    SQLite's own list of pages (dbstat) is not in every build: pages are distinguished by their
    kind, and those of the table by what they hold.
    """
    data = path.read_bytes()
    found = []
    for number in range(1, len(data) // PAGE):
        page = data[number * PAGE : (number + 1) * PAGE]
        # Leaf of an index-like tree (the table has no rowid); only items have this result.
        if page[0] == 10 and b'{"n": ' in page and table == "job_items":
            found.append(number)
    return found


def test_numbers_are_not_used_again(path: Path) -> None:
    """The newest job was removed; the next one gets an unused number."""
    hit(path, leaves(path, "job_items")[:1], random.Random(1))
    save(path)
    with closing(open_writer(path, create=False)) as db:
        assert enqueue.enqueue(db, new_job(), NOW).job_id == JOBS + 1


def test_what_is_not_in_the_file_yet(path: Path) -> None:
    """Commits that are in the log only are saved, too."""
    with closing(open_writer(path, create=False)) as db:
        job_id = enqueue.enqueue(db, new_job(), NOW).job_id
        log = path.with_name("meshvisor.db-wal").read_bytes()
    path.with_name("meshvisor.db-wal").write_bytes(log)
    hit(path, leaves(path, "job_items")[:1], random.Random(2))
    save(path)
    check(path)
    assert job_id in {row[0] for row in rows(path)["jobs"]}
    assert not path.with_name("meshvisor.db-wal").exists()


@pytest.mark.parametrize(
    "content", [b"", b"no database" * 1000, b"SQLite format 3\0" + bytes(8000)], ids=repr
)
def test_nothing_can_be_read(path: Path, content: bytes) -> None:
    """Then nothing is changed: an empty one would look as if there had never been anything."""
    path.write_bytes(content)
    with pytest.raises(NothingReadableError, match="restore a backup"):
        save(path)
    assert path.read_bytes() == content
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_sound_and_missing(path: Path) -> None:
    """There is no problem with either."""
    assert problem(path) is None
    assert problem(path.with_name("other.db")) is None
