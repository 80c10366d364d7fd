"""`meshvisor logs`: from a running supervisor, and from what the last one has left."""

from __future__ import annotations

import pytest

from shared.logs.files import log_file
from shared.logs.line import Record, render
from shared.paths import Home
from supervisor.cli.log_view import LogView
from tests.supervisor.cli.conftest import Run


def test_running(run: Run, served: Home) -> None:
    """Lines are shown with time and mesh."""
    outcome = run("logs", "--home", served.root)
    assert outcome.out.endswith(" [mesh-room-0] hello\n")


def test_json_is_one_object_per_line(run: Run, served: Home) -> None:
    """With `--json` each line is an event."""
    outcome = run("logs", "room-0", "--home", served.root, "--json")
    assert outcome.json == {"mesh_id": "room-0", "ts": 0.0, "level": "info", "text": "hello"}


def test_unknown_mesh(run: Run, served: Home) -> None:
    """A mesh that there is not is said so with the nearest ones."""
    outcome = run("logs", "rom-0", "--home", served.root)
    assert (outcome.code, outcome.out) == (2, "")
    assert "did you mean room-0" in outcome.err


def test_files_of_the_last_supervisor(run: Run, home: Home) -> None:
    """Without a supervisor the files are read, which is said on stderr."""
    home.logs.mkdir(parents=True)
    for number, mesh in enumerate(("b", "a")):
        record = Record(1_700_000_000.0 + number, f"mesh-{mesh}", "info", f"from {mesh}")
        log_file(home.logs, f"mesh-{mesh}").write_text(render(record))
    outcome = run("logs", "--home", home.root)
    assert [line.split("] ")[1] for line in outcome.out.splitlines()] == ["from b", "from a"]
    assert "No supervisor runs" in outcome.err
    assert run("logs", "a", "--home", home.root, "-n", "1").out.endswith("from a\n")


def test_further_lines_are_set_in(run: Run, home: Home) -> None:
    """A traceback's lines are set in below their record, and levels above info are named."""
    home.logs.mkdir(parents=True)
    record = Record(1_700_000_000.0, "mesh-a", "error", "It failed\nTraceback\n  line 1")
    log_file(home.logs, "mesh-a").write_text(render(record))
    lines = run("logs", "--home", home.root).out.splitlines()
    assert lines[0].endswith("[mesh-a] error: It failed")
    assert lines[1:] == ["    Traceback", "      line 1"]


def test_missing_lines_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """A count of dropped lines is shown where they are missing."""
    LogView(False).show({"dropped": 2})
    assert capsys.readouterr().out == "(2 lines left out: read too slowly)\n"


def test_colours() -> None:
    """Each mesh has its colour, always the same."""
    view = LogView(True)
    event = {"mesh_id": "a", "ts": 0.0, "level": "warning", "text": "x"}
    assert view._line(event) == view._line(event)
    assert "\x1b[33mwarning: \x1b[0m" in view._line(event)
    assert "[supervisor]" in LogView(False)._line({**event, "mesh_id": None})
