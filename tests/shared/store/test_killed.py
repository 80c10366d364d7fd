"""kill -9 of a process that writes: what it acknowledged is there, and no group by half."""

from __future__ import annotations

import random
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from meshvisor.shared.store.store import Store
from tests.seeds import seeds

CALLERS = 60
WRITER = """
import asyncio, os, sys
from pathlib import Path
from meshvisor.shared.store.store import Store
from tests.seeds import seeds

group = size = 0

def traced(statement):
    # Runs in the writer's thread: says how large a group is before it is committed.
    global group, size
    if statement.startswith("BEGIN"):
        group, size = group + 1, 0
    elif statement == "COMMIT":
        os.write(1, b"group %d %d\\n" % (group, size))

def prepare(db):
    db.execute("CREATE TABLE halves (piece INTEGER, half INTEGER, in_group INTEGER) STRICT")
    db.set_trace_callback(traced)

def work(piece):
    def insert(db):
        global size
        db.execute("INSERT INTO halves VALUES (?, 1, ?)", (piece, group))
        size += 1
        if piece % 7 == 0:
            raise LookupError
        db.execute("INSERT INTO halves VALUES (?, 2, ?)", (piece, group))
        size += 1
    def failing(db):
        global size
        before = size
        try:
            insert(db)
        except LookupError:
            size = before
            raise
    return failing

async def call(store, pieces):
    for piece in pieces:
        try:
            await store.write(work(piece), durable=piece % 3 > 0)
        except LookupError:
            continue
        os.write(1, b"done %d\\n" % piece)

async def main():
    store = Store.open(Path(sys.argv[1]))
    await store.write(prepare)
    callers = int(sys.argv[2])
    await asyncio.gather(*(call(store, range(n, 10**9, callers)) for n in range(callers)))

asyncio.run(main())
"""


@pytest.mark.faults
@pytest.mark.parametrize("seed", seeds(6, 16))
def test_a_killed_writer_loses_nothing(path: Path, seed: int, chance: random.Random) -> None:
    """Every acknowledged piece is there, every group whole or not at all, and the file sound."""
    output = _write_until_killed(path, chance.randrange(1, 6000), chance.choice([1, CALLERS]))
    store = Store.open(path)
    assert store.read_now(_integrity) == "ok"
    halves = store.read_now(_halves)
    groups = store.read_now(_groups)
    store.close()

    acknowledged = {int(task) for task in re.findall(r"^done (\d+)\n", output, re.MULTILINE)}
    assert acknowledged
    assert acknowledged <= set(halves)
    assert set(halves.values()) == {3}
    assert all(task % 7 for task in halves)
    announced = re.findall(r"^group (\d+) (\d+)\n", output, re.MULTILINE)
    assert groups.items() <= {(int(group), int(size)) for group, size in announced}


def _write_until_killed(path: Path, lines: int, callers: int) -> str:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, path, str(callers)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        output = [writer.stdout.readline() for _ in range(lines)]
        while not any(line.startswith("done") for line in output):
            output.append(writer.stdout.readline())
        writer.kill()
        return "".join(output) + writer.stdout.read()


def _integrity(db: sqlite3.Connection) -> str:
    found: str = db.execute("PRAGMA integrity_check").fetchone()[0]
    return found


def _halves(db: sqlite3.Connection) -> dict[int, int]:
    return dict(db.execute("SELECT piece, sum(half) FROM halves GROUP BY piece").fetchall())


def _groups(db: sqlite3.Connection) -> dict[int, int]:
    return dict(db.execute("SELECT in_group, count(*) FROM halves GROUP BY in_group").fetchall())
