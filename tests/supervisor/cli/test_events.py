"""`meshvisor events`, with a supervisor and without."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from contextlib import closing

import pytest

from meshvisor.shared.paths import Home
from tests.supervisor.cli.conftest import MESHVISOR, PROJECT, Run, serving

QUEUED = (
    "job.queued",
    "7",
    "lobby",
    "ann",
    '{"v":1,"action":"addplayer","priority":2,"error":null}',
)
FAILED = ("job.failed", "7", "cinema", None, '{"v":1,"error":"the API\\nis gone"}')
JOINED = ("mesh.connected", None, "lobby", None, '{"v":1}')


@pytest.fixture
def recorded(run: Run, home: Home) -> Home:
    """Return a home in whose log there are three events."""
    assert run("events", "--home", home.root).code == 0  # makes the tables
    query = "INSERT INTO events (at, kind, subject, mesh_id, actor, data) VALUES (0, ?, ?, ?, ?, ?)"
    with closing(sqlite3.connect(home.database)) as database, database:
        database.executemany(query, [QUEUED, FAILED, JOINED])
    return home


def seqs(run: Run, home: Home, *options: str) -> list[int]:
    """Return the numbers of the events that a command shows."""
    result = run("events", "--home", home.root, "--json", *options).json
    return [event["seq"] for event in result["events"]]


def test_json(run: Run, recorded: Home) -> None:
    """The documented shape."""
    result = run("events", "--home", recorded.root, "--json", "--limit", "2", "--after", "0").json
    assert result["next"] == 2
    assert result["events"][0] == {
        "seq": 1,
        "at": "1970-01-01T00:00:00.000+00:00",
        "kind": "job.queued",
        "subject": "7",
        "mesh_id": "lobby",
        "actor": "ann",
        "data": {"v": 1, "action": "addplayer", "priority": 2, "error": None},
    }


def test_unreadable_events(run: Run, recorded: Home) -> None:
    """They are left out and named; the others are shown."""
    with closing(sqlite3.connect(recorded.database)) as database, database:
        database.execute("UPDATE events SET data = '{broken' WHERE seq = 2")
    shown = run("events", "--home", recorded.root, "--json", "--after", "0")
    assert [event["seq"] for event in shown.json["events"]] == [1, 3]
    assert set(shown.json) == {"events", "next"}
    assert "Left out, for their data is no JSON object: 2." in shown.err


def test_choices(run: Run, recorded: Home) -> None:
    """By kind, family, mesh, subject, place and number."""
    assert seqs(run, recorded) == [1, 2, 3]
    assert seqs(run, recorded, "--kind", "job.*") == [1, 2]
    assert seqs(run, recorded, "--kind", "job.failed", "--kind", "mesh.*") == [2, 3]
    assert seqs(run, recorded, "--mesh", "lobby") == [1, 3]
    assert seqs(run, recorded, "--subject", "7") == [1, 2]
    assert seqs(run, recorded, "--subject", "7", "--mesh", "cinema") == [2]
    assert seqs(run, recorded, "--limit", "1") == [3]
    assert seqs(run, recorded, "--limit", "1", "--after", "1") == [2]
    assert seqs(run, recorded, "--after", "3") == []
    assert run("events", "--home", recorded.root, "--limit", "0").code == 2


def test_numbers_that_no_event_has(run: Run, recorded: Home) -> None:
    """The highest one that may be named is answered; a higher one is the caller's mistake."""
    assert seqs(run, recorded, "--after", str(2**53)) == []
    result = run("events", "--home", recorded.root, "--after", str(2**53 + 1))
    assert result.code == 2
    assert "is not in the range" in result.err


def test_a_table_for_people(run: Run, recorded: Home) -> None:
    """One row for each; nothing can forge another one."""
    lines = run("events", "--home", recorded.root).out.splitlines()
    assert lines[0].split() == ["SEQ", "WHEN", "KIND", "OF", "MESH", "WHO", "DATA"]
    assert len(lines) == 4
    assert "action=addplayer priority=2" in lines[1]
    assert "error=" not in lines[1]
    nothing = run("events", "--home", recorded.root, "--kind", "block.*").out
    assert nothing == "Nothing of this has happened.\n"


def test_a_running_supervisor_answers_the_same(run: Run, recorded: Home) -> None:
    """A follower gets the past, one object in a line, and then what comes."""
    with serving(recorded):
        assert seqs(run, recorded, "--kind", "job.*") == [1, 2]
        command = [*MESHVISOR, "events", "--home", str(recorded.root), "--follow"]
        for options, first in ((["--json"], '{"seq": 2'), ([], "2  ")):
            following = subprocess.Popen(
                [*command, *options, "--after", "1"],
                stdout=subprocess.PIPE,
                text=True,
                cwd=PROJECT,
            )
            assert following.stdout is not None
            lines = [following.stdout.readline() for _ in range(2)]
            following.send_signal(signal.SIGINT)
            assert following.wait(30) == 0
            following.stdout.close()
            assert lines[0].startswith(first)
            assert "job.failed" in lines[0]
            assert "mesh.connected" in lines[1]
            if options:
                assert json.loads(lines[1])["seq"] == 3


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("job.faild", "There is no kind of event 'job.faild'; did you mean job.failed"),
        ("jobs.*", "There is no kind of event 'jobs.*'; did you mean job.*"),
        ("nosuch", "There is no kind of event 'nosuch'; there are events.*, admin.*, "),
        ("", "A kind of event has 1 to 100 characters, such as 'job.failed', or 'job.*' for"),
        ("x" * 101, "A kind of event has 1 to 100 characters"),
    ],
)
def test_kinds_that_there_are_not(
    run: Run, recorded: Home, served: Home, kind: str, sentence: str, shared: bool
) -> None:
    """A slip is said, with and without a supervisor, and never taken for a quiet time."""
    outcome = run("events", "--home", served.root if shared else recorded.root, "--kind", kind)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"Error: {sentence}")
    assert outcome.err.count("\n") == 1


def test_kinds_of_another_version(run: Run, recorded: Home) -> None:
    """What the log holds can be asked for, whichever process has written it."""
    query = "INSERT INTO events (at, kind, data) VALUES (0, 'alert.created', '{}')"
    with closing(sqlite3.connect(recorded.database)) as database, database:
        database.execute(query)
    assert seqs(run, recorded, "--kind", "alert.*") == [4]
    assert run("events", "--home", recorded.root, "--kind", "alert.closed").code == 2


@pytest.mark.parametrize("command", ["events --after 2", "logs --lines 1"])
def test_a_follower_whose_reader_has_gone(recorded: Home, command: str) -> None:
    """It ends, although nothing more comes that it could fail to print."""
    with serving(recorded):
        following = subprocess.Popen(
            [*MESHVISOR, *command.split(), "--follow", "--home", str(recorded.root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
        )
        assert following.stdout is not None
        assert following.stderr is not None
        assert following.stdout.readline()
        following.stdout.close()
        assert following.wait(30) == 0
        assert following.stderr.read() == ""
        following.stderr.close()


def test_following_needs_a_supervisor(run: Run, recorded: Home) -> None:
    """It says so, and what to do."""
    outcome = run("events", "--home", recorded.root, "--follow")
    assert outcome.code == 4
    assert "meshvisor run" in outcome.err


def test_changes_of_the_directory_are_events(run: Run, home: Home) -> None:
    """Also without a supervisor; what changes nothing is not."""
    root = ("--home", home.root)
    for _ in range(2):
        assert run("admin", "add", "12", *root).code == 0
    assert run("perm", "set", "shop", "admin", "--force", *root).code == 0
    assert run("perm", "unset", "shop", *root).code == 0
    assert run("admin", "remove", "12", *root).code == 0
    found = run("events", *root, "--json").json["events"]
    assert [(one["kind"], one["subject"], one["data"]["detail"]) for one in found] == [
        ("admin.added", "12", ""),
        ("permission.set", "shop", "default -> admin"),
        ("permission.removed", "shop", "admin -> default"),
        ("admin.removed", "12", ""),
    ]
    assert {one["data"]["origin"] for one in found} == {"command line"}
    assert all(one["actor"] for one in found)
