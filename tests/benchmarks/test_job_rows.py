from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders.catalogue import all_contenders
from benchmarks.job_programs import job_actions
from benchmarks.job_programs.job_actions import START
from benchmarks.job_programs.with_runner import waits
from benchmarks.machine import Machine
from benchmarks.peers.jobs_measure import Notes, Wanted
from benchmarks.report import as_markdown
from benchmarks.results import Results
from benchmarks.rows.catalogue import all_rows
from benchmarks.rows.row import Line, takes_part
from benchmarks.scale import FULL

FLEET = Line("start", "started", "s")
JOB = Line("jobs-run", "has run", "µs", table="jobs")
MS = 1_000_000


def test_fleets_and_jobs_have_their_own_peers() -> None:
    """A row's peers are those of its table, ours is in both, and no row mixes tables."""
    for row in all_rows(FULL):
        assert len({line.table for line in row.lines()}) == 1
        peers = [one.key for one in all_contenders() if takes_part(one, row)]
        others = "huey" if row.key.startswith(("jobs-", "schedules")) else "pm2"
        assert peers[0] == "meshvisor"
        assert others in peers
        assert not {"huey", "pm2"} <= set(peers)


def test_each_table_has_its_own_columns() -> None:
    """The page shows fleets first and jobs in a section, each beside its own peers only."""
    titles = {"meshvisor": "Meshvisor 1", "pm2": "PM2 7", "huey": "Huey 3"}
    machine = Machine("Some CPU", 2, 8, "Linux 6", "3.11")
    made = Results(machine, datetime(2026, 11, 1, tzinfo=UTC), titles, [FLEET, JOB])
    made.add(FLEET.key, "meshvisor", [1.0])
    made.add(FLEET.key, "pm2", [2.0])
    made.add(JOB.key, "meshvisor", [50.0])
    made.add(JOB.key, "huey", [200.0])
    fleets, jobs = as_markdown(made).split("## Spread")[0].split("## Jobs")
    assert "| | target | Meshvisor 1 | PM2 7 | ours ÷ best peer |" in fleets
    assert "| | target | Meshvisor 1 | Huey 3 | ours ÷ best peer |" in jobs
    assert "| has run | – | 50 µs | 200 µs | 0.25 |" in jobs
    assert Results.from_json(made.as_json()).lines == [FLEET, JOB]


def test_results_without_tables_are_of_fleets() -> None:
    """What was written before there were two tables can still be read."""
    machine = Machine("Some CPU", 2, 8, "Linux 6", "3.11")
    made = Results(machine, datetime(2026, 11, 1, tzinfo=UTC), {"pm2": "PM2 7"}, [FLEET])
    data = made.as_json()
    del data["lines"][0]["table"]
    assert Results.from_json(data).lines == [FLEET]


def test_a_wait_counts_from_the_end_of_the_item() -> None:
    """What an urgent job waits for the item is the item's; a call after its end counts itself."""
    notes = [(1, 0, 10 * MS), (1, 1, 20 * MS), (2, START, 23 * MS), (3, START, 31 * MS)]
    assert waits(notes, [5 * MS, 30 * MS]) == [3.0, 1.0]


def test_notes_are_read_as_far_as_they_are_whole(tmp_path: Path) -> None:
    """A plug-in is put in its place, and a note that is just being written is left for later."""
    job_actions.install(tmp_path)
    assert (tmp_path / "config" / "plugins" / "job_actions.py").exists()
    assert list(job_actions.read_notes(tmp_path)) == []
    note = job_actions.NOTE.pack(7, START, 123)
    (tmp_path / job_actions.NOTES).write_bytes(note + note[:5])
    assert list(job_actions.read_notes(tmp_path)) == [(7, START, 123)]


def test_peers_read_the_same_command_line(tmp_path: Path) -> None:
    """What, where, how many, how many slots and the pauses; notes are counted across processes."""
    wanted = Wanted.of(["program", "idle", str(tmp_path), "2", "1", "0.5", "1.5"])
    assert (wanted.what, wanted.count, wanted.slots) == ("idle", 2, 1)
    assert wanted.pauses == (0.5, 1.5)
    writer, reader = Notes(tmp_path / "notes"), Notes(tmp_path / "notes")
    writer.add()
    writer.add()
    reader.wait_for(2)
    assert len(reader) == 2
    assert reader.last() > 0
