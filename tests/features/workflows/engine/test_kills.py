"""The engine is killed at every one of its statements: nothing is lost, and nothing is done twice.

What `kill -9` leaves of a transaction is what a connection leaves that is closed in it: nothing.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.workflows.engine import core as core_module
from meshvisor.features.workflows.engine.database import open_own
from meshvisor.features.workflows.engine.exchange import Done
from tests.features.workflows.engine.bench import Bench
from tests.seeds import seeds

STEPS: tuple[Any, ...] = (
    {"set_variable": {"t": "{{ title }}"}},
    {"send_message": {"mesh_id": "m", "text": "{{ vars.t }}"}, "id": "say"},
    {"branches": [[{"wait": {"seconds": 5}}], [{"create_alert": {"title": "x"}, "id": "alert"}]]},
    {"do": "call", "with": {"workflow": "child", "inputs": {"n": 1}}},
)


class Killed(BaseException):
    """The engine is gone."""


class Fragile:
    """A connection that ends at one of its statements."""

    def __init__(self, db: sqlite3.Connection, fuse: list[int]) -> None:
        self._db = db
        self._fuse = fuse
        self._is_dead = False

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        """Execute a statement, unless it is the last hour."""
        self._fuse[0] -= 1
        if self._fuse[0] == 0 or self._is_dead:
            self._is_dead = True
            self._db.close()
            raise Killed
        return self._db.execute(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


@pytest.mark.parametrize("part", seeds(1, 8))
def test_killed_at_every_statement(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each moment in a home of its own; a long run has two hundred."""
    fuse = [0]
    monkeypatch.setattr(core_module, "open_own", lambda path: Fragile(open_own(path), fuse))
    for moment in range(part + 1, 201, 8):
        _life(tmp_path / str(moment), fuse, moment)


def _life(folder: Path, fuse: list[int], moment: int) -> None:
    folder.mkdir()
    fuse[0] = -1
    bench = Bench(folder)
    bench.save({"set_variable": {"m": "{{ n }}"}}, name="child", on=[])
    bench.save(*STEPS)
    for number in range(2):
        bench.happens("alert.created", str(number), title=f"t{number}", severity="critical")
    done: dict[str, int] = {}
    fuse[0] = moment
    for _ in range(60):
        try:
            # What was carried out is not heard of by an engine that is killed.
            answers = []
            for request in bench.requests:
                done[request.key] = done.get(request.key, 0) + 1
                answers.append(Done(request, {"id": 1}))
            bench.requests = []
            bench.turn(*answers)
            bench.later(6)
            if bench.statuses().count("completed") == 4 and not bench.requests:
                break
        except Killed:
            bench.requests = []
            bench.core.main.close()
            bench.core = bench._open()
    fuse[0] = -1
    assert bench.statuses() == ["completed"] * 4, f"killed at statement {moment}"
    # Two effects of each of two executions, whatever was asked for again.
    assert len(done) == 4, done
    ended = [kind for kind in bench.reported() if kind == "workflow.completed"]
    assert len(ended) == 4
    bench.close()
