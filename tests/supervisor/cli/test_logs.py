"""`meshvisor logs`: from a running supervisor, and from what the last one has left."""

from __future__ import annotations

import json
import signal
import subprocess
import time

import pytest

from meshvisor.shared.logs.files import log_file
from meshvisor.shared.logs.line import Record, render
from meshvisor.shared.paths import Home
from meshvisor.supervisor.cli.logs.view import LogView
from tests.supervisor.cli.conftest import MESHVISOR, PROJECT, Outcome, Run, serving


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


@pytest.mark.parametrize("name", ["lane-game", "zygote", "supervisor"])
def test_what_is_no_mesh_and_has_said_nothing(run: Run, served: Home, name: str) -> None:
    """A lane without a line is not called a mesh that does not exist."""
    outcome = run("logs", name, "--home", served.root)
    assert (outcome.code, outcome.out) == (2, "")
    assert f"othing of {name} is in the logs yet; 'meshvisor logs' alone" in outcome.err


def test_unknown_mesh_without_a_supervisor(run: Run, home: Home) -> None:
    """A mesh of which no file is there is not passed over, alone or beside others."""
    home.logs.mkdir(parents=True)
    record = Record(1_700_000_000.0, "mesh-a", "info", "from a")
    log_file(home.logs, "mesh-a").write_text(render(record))
    for meshes in (["rom"], ["a", "rom"]):
        outcome = run("logs", *meshes, "--home", home.root)
        assert (outcome.code, outcome.out) == (2, "")
        assert "here is no log of rom in" in outcome.err


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


def test_a_lane_of_the_last_supervisor(run: Run, home: Home) -> None:
    """The log of a lane is named as its file is; other sources are left out."""
    home.logs.mkdir(parents=True)
    for number, source in enumerate(("mesh-b", "lane-game-api", "lane-game-api~alone", "zygote")):
        record = Record(1_700_000_000.0 + number, source, "error", f"from {source}")
        log_file(home.logs, source).write_text(render(record))
    for name in ("lane-game-api", "lane-game-api~alone", "zygote"):
        outcome = run("logs", name, "--home", home.root)
        assert outcome.code == 0
        assert [line.rsplit(" ", 1)[1] for line in outcome.out.splitlines()] == [name]


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


# ---- Choosing lines, and what was logged before -------------------------------------------------

NOW = 1_700_000_000.0


def written(home: Home, *records: Record) -> None:
    """Have records in the files of a home, as a supervisor writes them."""
    home.var.mkdir(mode=0o700, exist_ok=True)
    home.logs.mkdir(exist_ok=True)
    for record in records:
        with log_file(home.logs, record.source).open("a") as file:
            file.write(render(record))


@pytest.fixture
def past(home: Home) -> Home:
    """Return a home whose last supervisor has logged something of three meshes."""
    written(
        home,
        Record(NOW, "mesh-a", "info", "came in"),
        Record(NOW + 60, "mesh-a", "warning", "Refused once"),
        Record(NOW + 61, "mesh-b", "error", "failed\nTraceback\n  refused twice"),
        Record(NOW + 120, "mesh-c", "info", "came in"),
        Record(NOW + 180, "supervisor", "critical", "the disk is full"),
    )
    return home


def texts(outcome: Outcome) -> list[str]:
    """Return the first lines of the records in JSON."""
    return [json.loads(line)["text"].split("\n")[0] for line in outcome.out.splitlines()]


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (("a", "b"), ["came in", "Refused once", "failed"]),
        (("--level", "warning"), ["Refused once", "failed", "the disk is full"]),
        (("--level", "error", "-n", "1"), ["the disk is full"]),
        (("--grep", "refused"), ["Refused once", "failed"]),
        (("--grep", "Refused"), ["Refused once"]),
        (("--grep", "came|full", "-n", "2"), ["came in", "the disk is full"]),
        (("a", "--grep", "came"), ["came in"]),
        (("--since", "2023-11-14T22:14:30+00:00"), ["came in", "the disk is full"]),
        (("--since", "2999-01-01"), []),
    ],
)
def test_choosing_lines(run: Run, past: Home, options: tuple[str, ...], shown: list[str]) -> None:
    """Meshes, level, time and pattern narrow what is shown, also without a supervisor."""
    outcome = run("logs", *options, "--home", past.root, "--json")
    assert (outcome.code, texts(outcome)) == (0, shown)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--since", "yesterday-ish", "'yesterday-ish' is no time; write how long ago"),
        ("--since", "2026-13-01", "is no time"),
        ("--grep", "(", "'(' is no regular expression"),
        ("--level", "loud", "'loud' is not one of"),
    ],
)
def test_wrong_choices(run: Run, past: Home, option: str, value: str, words: str) -> None:
    """What cannot be read is said in one sentence."""
    outcome = run("logs", option, value, "--home", past.root)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert words in outcome.err


def test_before_the_start_of_the_supervisor(run: Run, past: Home) -> None:
    """What was logged before the supervisor started stands in front of what it has logged."""
    with serving(past):  # says hello, at 0 s, in room-0
        lines = texts(run("logs", "--home", past.root, "--json"))
        assert sorted(lines) == sorted(
            ["hello", "came in", "Refused once", "failed", "came in", "the disk is full"]
        )
        assert texts(run("logs", "a", "--home", past.root, "--json")) == ["came in", "Refused once"]
        assert texts(run("logs", "--level", "critical", "--home", past.root, "--json")) == [
            "the disk is full"
        ]
        assert run("logs", "a", "qqqq", "--home", past.root).code == 2


def test_line_in_memory_and_in_a_file_is_one(run: Run, home: Home) -> None:
    """A line that the supervisor remembers is not shown again from its file."""
    written(home, Record(0.0, "mesh-room-0", "info", "hello"))
    with serving(home):
        assert texts(run("logs", "--home", home.root, "--json")) == ["hello"]
        assert texts(run("logs", "room-0", "room-1", "--home", home.root, "--json")) == ["hello"]


def test_following_begins_with_the_past(past: Home) -> None:
    """`--follow` begins with what was logged before, and knows where the present begins."""
    with serving(past):
        process = subprocess.Popen(
            [*MESHVISOR, "logs", "-f", "--level", "error", "--home", past.root, "--json"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
        )
        assert process.stdout is not None
        shown = [json.loads(process.stdout.readline())["text"].split("\n")[0] for _ in range(2)]
        assert shown == ["failed", "the disk is full"]
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=10)[0] == ""


def test_all_needs_no_name(run: Run, served: Home) -> None:
    """`all` is answered with that it is the default."""
    assert "no name means all of them" in run("logs", "all", "--home", served.root).err


def test_clock_that_was_set_back(run: Run, home: Home) -> None:
    """What was logged before the clock was set back is older than all after it."""
    home.logs.mkdir(parents=True)
    now = time.time()
    moments = {"a": (now + 172_800, now - 20), "b": (now + 172_801, now - 10)}
    for mesh, stamps in moments.items():
        records = [Record(ts, f"mesh-{mesh}", "info", f"{mesh} {n}") for n, ts in enumerate(stamps)]
        log_file(home.logs, f"mesh-{mesh}").write_text("".join(map(render, records)))
    lines = run("logs", "--home", home.root).out.splitlines()
    assert [line.split("] ")[1] for line in lines] == ["a 0", "b 0", "a 1", "b 1"]
    newest = run("logs", "-n", "2", "--home", home.root).out.splitlines()
    assert [line.split("] ")[1] for line in newest] == ["a 1", "b 1"]
