"""A disk without room: nothing half done, clear words, and on it goes once there is room."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from meshvisor.shared.store.errors import StoreFullError
from meshvisor.shared.store.store import Store
from tests.shared.store.conftest import Insert

PAGES = 40
"""Pages more than the database has when its growth is stopped."""
MOUNT = """
mount -t tmpfs -o size=2m,mode=700 tmpfs "$0" && head -c 1000000 /dev/zero > "$0/ballast"
""".strip()
PROGRAM = """
import asyncio, json, os, resource, sys
from pathlib import Path
from meshvisor.shared.store.errors import StoreFullError
from meshvisor.shared.store.store import Store

path, how = Path(sys.argv[1]), sys.argv[2]

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

def insert(piece):
    def work(db):
        db.execute("INSERT INTO blobs VALUES (?, 1, zeroblob(3000))", (piece,))
        db.execute("INSERT INTO blobs VALUES (?, 2, zeroblob(3000))", (piece,))
    return work

async def main():
    store = Store.open(path)
    await store.write(lambda db: db.execute("CREATE TABLE blobs (piece, half, blob)"))
    if how == "limit":
        limit(400_000)
    full = done = other = 0
    written = []
    for start in range(0, 2000, 50):
        pieces = range(start, start + 50)
        results = await asyncio.gather(*(store.write(insert(n)) for n in pieces),
                                       return_exceptions=True)
        written += [n for n, result in zip(pieces, results) if result is None]
        full += sum(isinstance(result, StoreFullError) for result in results)
        other += sum(not isinstance(result, StoreFullError) for result in results if result)
        message = next((str(result) for result in results if result), "")
        if full:
            break
    seen = await store.read(halves)
    if how == "limit":
        limit(resource.RLIM_INFINITY)
    else:
        (path.parent / "ballast").unlink()
    await store.write(insert(-1))
    after = await store.read(halves)
    store.close()
    print(json.dumps({"full": full, "other": other, "written": written, "message": message,
                      "seen": seen, "after": after}))

def halves(db):
    return db.execute("SELECT piece, sum(half) FROM blobs GROUP BY piece ORDER BY piece").fetchall()

asyncio.run(main())
"""


def _checked(output: str) -> None:
    printed = json.loads(output)
    assert printed["full"] > 0
    assert printed["other"] == 0
    assert "make room on its disk" in printed["message"]
    assert printed["seen"] == [[task, 3] for task in printed["written"]]
    assert printed["after"] == [[-1, 3], *printed["seen"]]


@pytest.mark.faults
def test_a_limit_of_the_size_of_files(path: Path) -> None:
    """What was acknowledged is there, what failed is not, and later writes work again."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, path, "limit"], check=True, capture_output=True, text=True
    )
    _checked(done.stdout)


@pytest.mark.faults
def test_a_full_disk(tmp_path: Path) -> None:
    """The same on a real file system that has no room left, until something else is removed."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare (Debian, Ubuntu: apt-get install util-linux)")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*mount, MOUNT, disk], check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a small file system of its own")
    program: list[str | Path] = [sys.executable, "-c", PROGRAM, disk / "meshvisor.db", "disk"]
    done = subprocess.run(
        [*mount, f'{MOUNT} && exec "$@"', disk, *program],
        check=True,
        capture_output=True,
        text=True,
    )
    _checked(done.stdout)


def test_a_full_database(store: Store, insert: Insert, numbers: Callable[[], list[int]]) -> None:
    """SQLite's own limit is reported in the same words, to whom it hits."""

    def fill(db: sqlite3.Connection) -> None:
        insert(1)(db)
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages + PAGES}")
        db.execute("CREATE TABLE blobs AS SELECT zeroblob(1000000) AS blob")

    with pytest.raises(StoreFullError, match="cannot grow"):
        store.write_now(fill)
    assert numbers() == []
    store.write_now(insert(2))
    assert numbers() == [2]
