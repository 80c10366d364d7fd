from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.access_notes import AccessNotes, install
from benchmarks.errors import BenchmarkError
from benchmarks.watch_access import NOTES, WATCHED

WORKER = """
import sys
from pathlib import Path

from meshvisor.worker import plugins
from meshvisor.worker.mesh.commands.access import CommandAccess
from meshvisor.worker.mesh.commands import builtin

reports = plugins.load([], Path(sys.argv[1]))
assert [each.ok for each in reports] == [True], reports
access = CommandAccess()
access.requires_admin = {"ping": True}
access.admins = frozenset({sys.argv[2]})
access.requires_admin = {}
"""


def test_a_worker_notes_each_new_table(tmp_path: Path) -> None:
    """The plug-in notes what holds with every table that a worker is given."""
    install(tmp_path)
    plugins = tmp_path / "config" / "plugins"
    with subprocess.Popen([sys.executable, "-c", WORKER, str(plugins), WATCHED]) as worker:
        assert worker.wait() == 0
    lines = [line.split() for line in (tmp_path / NOTES).read_text().splitlines()]
    assert [(allowed, admin) for *_, allowed, admin in lines] == [
        ("1", "0"),  # the two of a new worker, empty
        ("0", "0"),
        ("0", "1"),
        ("1", "1"),
    ]
    assert {int(pid) for pid, *_ in lines} == {worker.pid}
    moments = [int(at) for _, at, *_ in lines]
    assert moments == sorted(moments)


def test_the_first_note_of_each_worker_counts(tmp_path: Path) -> None:
    """Notes of others, earlier ones, other judgements and half lines do not count."""
    (tmp_path / NOTES).write_text("1 10 0 0\n1 20 1 0\n3 25 0 0\n1 30 0 0\n1 40 0 0\n2 50 0")
    notes = AccessNotes(tmp_path, {"a": 1, "b": 2})
    found = notes.wait(15, lambda note: not note.ping_allowed, timeout=0.01)
    assert found == {1: 30, 2: None}
    with (tmp_path / NOTES).open("a") as file:
        file.write(" 0\n1 60 0 1\n")
    assert notes.wait(15, lambda note: not note.ping_allowed, timeout=10) == {1: 60, 2: 50}


def test_a_fleet_without_the_plug_in_is_an_error(tmp_path: Path) -> None:
    """That nothing is noted is not taken for workers that are slow."""
    with pytest.raises(BenchmarkError, match="plug-in"):
        AccessNotes(tmp_path, {"a": 1}).wait(0, lambda _: True, timeout=10)
