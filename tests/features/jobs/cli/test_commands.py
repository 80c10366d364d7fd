"""`meshvisor jobs` as people and scripts use it, with and without a running supervisor."""

from __future__ import annotations

import io
import json
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from typing import Any

import pytest

from meshvisor.features.jobs.cli import actions, cleanup, recovery, why
from meshvisor.features.jobs.results import CleanUpReport, InterruptedJob, RecoveryReport, WhyReport
from meshvisor.shared.home_lock import HomeLock
from meshvisor.shared.paths import Home
from meshvisor.supervisor.cli import offline
from tests.supervisor.cli.conftest import MESHVISOR, PROJECT, Run, run_process, serving
from tests.supervisor.cli.test_completion import complete
from tests.supervisor.control.in_memory_jobs import EPOCH, counts

SUBMIT = ("jobs", "submit", "addplayer", "--mesh", "lobby")


def by_hand(home: Home, statement: str) -> None:
    """Execute a statement in the database as the program `sqlite3` does."""
    with closing(sqlite3.connect(home.database)) as database, database:
        database.execute(statement)


# ---- submit --------------------------------------------------------------------------------------


def test_submit(run: Run, own: Home) -> None:
    """The same words and results with and without a supervisor."""
    root = ("--home", own.root)
    outcome = run(*SUBMIT, "--items", "a, b,a", *root)
    assert outcome.code == 0
    assert outcome.out == (
        "Job 1 (addplayer, 2 items) is queued, 1st in lane game-api. "
        "1 item was given more than once; each is in it once.\n"
    )
    assert run(*SUBMIT, "--key", "k", *root).out == (
        "Job 2 (addplayer) is queued, 2nd in lane game-api.\n"
    )
    again = run(*SUBMIT, "--key", "k", *root)
    assert (again.out, again.err) == (
        "Job 2 was there already under this key; it is queued.\n",
        "",
    )
    result = run(*SUBMIT, "--priority", "1", "--lane", "x", "--data", '{"n": 1}', *root, "--json")
    assert result.json == {
        "job_id": 3, "action": "addplayer", "status": "queued", "priority": 1, "lane": "x",
        "position": 1, "items": 0, "duplicate": False, "repeated_items": 0,
    }  # fmt: skip
    assert run("jobs", "show", "3", *root, "--json").json["data"] == {"n": 1}


def test_submit_says_that_no_supervisor_runs(run: Run, left: Home) -> None:
    """A job that waits for a supervisor says so on stderr."""
    assert "the job begins when one does" in run(*SUBMIT, "--home", left.root).err


def test_submit_a_file(run: Run, own: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys come from files and pipes, however many there are."""
    keys = own.root / "keys.txt"
    keys.write_text("".join(f"player-{number:06}\n" for number in range(60_000)))
    root = ("--home", own.root)
    assert "(addplayer, 60000 items)" in run(*SUBMIT, "--items-file", keys, *root).out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x\n# no\ny\n")))
    assert "(addplayer, 3 items)" in run(*SUBMIT, "--items-file", "-", "--items", "w", *root).out
    listed = run("jobs", "items", "1", "--after", "59997", *root, "--json").json
    assert [item["key"] for item in listed["items"]] == ["player-059998", "player-059999"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "There is no action 'nope'; meshvisor jobs actions shows"),
        (["addplayr"], "did you mean addplayer?"),
        (["addplayer", "--mesh", "loby"], "did you mean lobby?"),
        (["addplayer", "--items", ","], "The list of items is empty"),
        (["addplayer", "--items", "a\x1bb"], "control characters"),
        (["addplayer", "--items-file", "/no/such/file"], "cannot be read from /no/such/file"),
        (["addplayer", "--priority", "6"], "'6' is no priority; 1 is the most urgent"),
        (["addplayer", "--priority", "high"], "'high' is no priority"),
        (["addplayer", "--lane", "No Lane"], "is no name of a lane"),
        (["addplayer", "--key", "a\nb"], "idempotency key"),
        (["addplayer", "--data", "{"], "is no JSON"),
        (["addplayer", "--data", "[1]"], "is no JSON object; write one like"),
        (["addplayer", "--data", '{"a": NaN}'], "NaN is no value of JSON"),
        (["addplayer", "--data", r'{"a": "\ud800"}'], "half a character"),
        (["addplayer", "--data", "[" * 60_000], "is no JSON"),
        (["addplayer", "--data", '{"a": "%s"}' % ("x" * 70_000)], "65536 are allowed"),
    ],
)  # fmt: skip
def test_mistakes(run: Run, unchanged: Home, arguments: list[str], said: str) -> None:
    """Each is one sentence and exit code 2, and nothing is enqueued."""
    mesh = () if "--mesh" in arguments else ("--mesh", "lobby")
    outcome = run("jobs", "submit", *arguments, *mesh, "--home", unchanged.root)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert run("jobs", "list", "--home", unchanged.root, "--json").json["jobs"] == []


def test_supervisor_that_starts(run: Run, left: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that a process keeps without answering is left alone."""
    monkeypatch.setattr("meshvisor.shared.home_lock.PATIENCE", 0.2)
    with HomeLock(left):
        outcome = run(*SUBMIT, "--home", left.root)
    assert (outcome.code, outcome.out) == (1, "")
    assert "a supervisor that is starting, or a command, runs on" in outcome.err.lower()


@pytest.mark.parametrize(
    "arguments", [SUBMIT, ("blocklist", "block", "cinema"), ("jobs", "list"), ("salvage",)]
)
def test_beside_another_command(
    run: Run, left: Home, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """A command waits for another one that has the home for a moment, and then does its work."""
    other = HomeLock(left)
    other.__enter__()
    monkeypatch.setattr(time, "sleep", lambda _seconds: other.__exit__())
    outcome = run(*arguments, "--home", left.root)
    assert (outcome.code, "Error" in outcome.err) == (0, False), outcome.err


def test_beside_a_supervisor_that_starts(
    run: Run, left: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it answers, it is asked."""
    with HomeLock(left), ExitStack() as stack, monkeypatch.context() as pauses:
        pauses.setattr(time, "sleep", lambda _s: stack.enter_context(serving(left)))
        outcome = run(*SUBMIT, "--home", left.root)
    assert (outcome.out, outcome.err) == (
        "Job 1 (addplayer) is queued, 1st in lane game-api.\n",
        "",
    )


def test_many_at_once(left: Home) -> None:
    """Each of several submissions at a time gets a job of its own."""
    command = [*MESHVISOR, *SUBMIT, "--json", "--home", str(left.root)]
    processes = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT
        )
        for _ in range(3)  # each waits for the home at most ten seconds, also on a busy machine
    ]
    said = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 3, said
    assert {json.loads(out)["job_id"] for out, _ in said} == {1, 2, 3}


# ---- Looking -------------------------------------------------------------------------------------


def test_list(run: Run, own: Home) -> None:
    """A row per job, newest first; filters and pages as said."""
    root = ("--home", own.root)
    assert "There are no such jobs" in run("jobs", "list", *root).out
    for _ in range(3):
        run(*SUBMIT, "--items", "a,b", *root)
    run("jobs", "cancel", "2", *root)
    lines = run("jobs", "list", *root).out.splitlines()
    assert lines[0].split() == [
        "JOB", "STATUS", "ACTION", "MESH", "PRIO", "LANE", "PROGRESS", "AGE", "BY", "ERROR",
    ]  # fmt: skip
    assert [line.split()[:7] for line in lines[1:]] == [
        ["3", "queued", "addplayer", "lobby", "2", "game-api", "0/2"],
        ["2", "cancelled", "addplayer", "lobby", "2", "game-api", "0/2"],
        ["1", "queued", "addplayer", "lobby", "2", "game-api", "0/2"],
    ]

    def ids(*arguments: str) -> list[int]:
        page = run("jobs", "list", *arguments, *root, "--json").json
        return [job["job_id"] for job in page["jobs"]]

    assert ids("--status", "queued", "--status", "cancelled") == [3, 2, 1]
    assert ids("--status", "cancelled", "--action", "addplayer", "--lane", "game-api") == [2]
    assert ids("--mesh", "cinema") == ids("--by", "nobody") == ids("--action", "x") == []
    assert ids("--before", "3") == [2, 1]
    assert ids("--limit", "1", "--all") == [3, 2, 1]
    assert run("jobs", "list", "-n", "2", *root).out.splitlines()[-1] == (
        "There are older ones: --before 2, or --all."
    )


def test_list_more_than_a_page(run: Run, own: Home) -> None:
    """All jobs are listed, though they come in pages."""
    root = ("--home", own.root)
    run(*SUBMIT, *root)
    by_hand(own, "CREATE TABLE copies AS SELECT * FROM jobs")
    by_hand(own, "UPDATE copies SET id = NULL")
    by_hand(
        own,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) "
        "INSERT INTO jobs SELECT copies.* FROM copies, n",
    )
    page = run("jobs", "list", "--all", *root, "--json").json
    assert [job["job_id"] for job in page["jobs"]] == list(range(1501, 0, -1))
    assert not page["more"]


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        (("--items", "a,b"), []),
        (("--items", "b,a"), []),
        (("--items", "a,b,c"), ["items"]),
        (("--items", "a"), ["items"]),
        (("--items", "a,c"), ["items"]),
        (("--items", "a,b", "--data", '{"code": 2}'), ["data"]),
        (("--items", "c", "--data", "{}", "--target", "wolves"), ["target", "data", "items"]),
    ],
)
def test_a_key_that_is_taken(
    run: Run, own: Home, other: tuple[str, ...], differs: list[str]
) -> None:
    """A request for something else under the same key is refused with the difference."""
    data = ("--data", '{"code": 1}')
    root = ("--key", "daily", "--home", own.root, "--json")
    assert "differs" not in run(*SUBMIT, "--items", "a,b", *data, *root).json
    outcome = run(*SUBMIT, *other, *(() if "--data" in other else data), *root)
    assert (outcome.json["job_id"], outcome.json["duplicate"]) == (1, True)
    assert outcome.json["differs"] == differs
    assert outcome.code == (5 if differs else 0)


def test_a_key_of_another_action(run: Run, left: Home) -> None:
    """It says so in words as well."""
    root = ("--home", left.root)
    run(*SUBMIT, "--key", "daily", *root)
    by_hand(left, "UPDATE jobs SET action = 'refresh'")
    outcome = run(*SUBMIT, "--key", "daily", *root)
    assert outcome.code == 5
    assert outcome.out == (
        "Job 1 was there already under this key; it is queued, and has another action.\n"
    )


def test_a_key_of_a_job_that_was_cancelled(run: Run, own: Home) -> None:
    """Nothing will come of it, and a script must know that."""
    root = ("--home", own.root)
    run(*SUBMIT, "--key", "daily", *root)
    run("jobs", "cancel", "1", *root)
    outcome = run(*SUBMIT, "--key", "daily", *root, "--json")
    assert (outcome.code, outcome.json["status"], outcome.json["differs"]) == (5, "cancelled", [])


def test_show_and_items(run: Run, own: Home) -> None:
    """Everything about a job, and its items as a table."""
    root = ("--home", own.root)
    run(*SUBMIT, "--items", "a,b", *root)
    shown = run("jobs", "show", "1", *root).out
    assert shown.startswith("Job 1 (addplayer) in lobby is queued.\n  Items         0 of 2 (0 %)")
    assert "What happened" in shown
    assert run("jobs", "show", "#1", *root, "--json").json["position"] == 1
    lines = run("jobs", "items", "1", "-n", "1", *root).out.splitlines()
    assert lines[0].split() == ["NO", "KEY", "STATE", "TRY", "WHEN", "RESULT", "ERROR"]
    assert lines[1].split() == ["0", "a", "pending", "-", "-", "-", "-"]
    assert lines[2] == "There are more: --after 0, or a higher --limit."
    assert run("jobs", "items", "1", "--state", "done", *root).out == "Job 1 has no such items.\n"


def test_many_items(run: Run, left: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are printed page by page as they come, under one heading."""
    keys = left.root / "keys.txt"
    keys.write_text("".join(f"k{number}\n" for number in range(2500)))
    root = ("--home", left.root)
    run(*SUBMIT, "--items-file", keys, *root)
    lines = run("jobs", "items", "1", "-n", "2200", *root).out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["NO", *map(str, range(2200))]
    assert lines[-1] == "There are more: --after 2199, or a higher --limit."
    happened = []

    def ask(*arguments: Any, **named: Any) -> Any:
        happened.append(named["after"])
        return offline.ask(*arguments, **named)

    monkeypatch.setattr("meshvisor.features.jobs.cli.items.ask", ask)
    monkeypatch.setattr(
        "meshvisor.features.jobs.cli.items.echo", lambda _text: happened.append("shown")
    )
    run("jobs", "items", "1", "-n", "2200", *root)
    assert happened == [-1, "shown", 999, "shown", 1999, "shown"]


def test_items_with_gaps(run: Run, left: Home) -> None:
    """Where a list ends it can be gone on with, in a job of an earlier version as well."""
    root = ("--home", left.root)
    run(*SUBMIT, "--items", "a,b,c", *root)
    by_hand(left, "UPDATE job_items SET position = position + 3000000")
    lines = run("jobs", "items", "1", "-n", "2", *root).out.splitlines()
    assert lines[-1] == "There are more: --after 3000001, or a higher --limit."
    more = run("jobs", "items", "1", "--after", "3000001", *root)
    assert more.code == 0
    assert more.out.splitlines()[1].split()[:2] == ["3000002", "c"]


@pytest.mark.parametrize("command", ["show", "items", "why", "watch"])
def test_unknown_job(run: Run, running: Home, command: str) -> None:
    """A job that is not there is a mistake of the caller."""
    outcome = run("jobs", command, "7", "--home", running.root)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("Error: There is no job 7; meshvisor jobs list shows")
    outcome = run("jobs", command, "x", "--home", running.root)
    assert (outcome.code, "'x' is no number of a job" in outcome.err) == (2, True)


def test_why(run: Run, own: Home) -> None:
    """The reasons are sentences."""
    root = ("--home", own.root)
    run(*SUBMIT, *root)
    run("jobs", "pause", "1", *root)
    lines = run("jobs", "why", "1", *root).out.splitlines()
    assert lines[0] == "Job 1 is paused."
    assert lines[1].startswith("  Somebody has paused it; ")
    assert lines[2] == "It is unknown when it runs."
    assert run("jobs", "why", "1", *root, "--json").json["expected_in_seconds"] is None


@pytest.mark.parametrize(
    ("status", "seconds", "said"),
    [
        ("queued", 130.0, "It probably runs in 2m 10s."),
        ("queued", 0.2, "It probably runs in a moment."),
        ("queued", None, "It is unknown when it runs."),
        ("active", 0.0, None),
        ("failed", None, None),
    ],
)
def test_expectation(status: str, seconds: float | None, said: str | None) -> None:
    """When it runs is said where there is something to say, and moments are local."""
    report = WhyReport(
        job_id=1,
        status=status,
        reasons=("The service asks for a pause until 2026-03-01T12:00:00.500+00:00.",),
        position=1,
        expected_in_seconds=seconds,
    )
    lines = why._view(report.model_dump(mode="json")).splitlines()
    assert "T12" not in lines[1]
    assert lines[2:] == ([said] if said else [])


def test_stats(run: Run, own: Home) -> None:
    """The seed's shape for programs, two tables for people."""
    root = ("--home", own.root)
    run(*SUBMIT, *root)
    run(*SUBMIT, "--priority", "1", *root)
    stats = run("jobs", "stats", *root, "--json").json
    assert (stats["queued"], stats["total"]) == (2, 2)
    assert stats["queuedByPriority"] == {"1": 1, "2": 1, "3": 0, "4": 0, "5": 0}
    lines = run("jobs", "stats", *root).out.splitlines()
    assert lines[1].split() == ["queued", "2", "1", "1", "0", "0", "0"]
    assert lines[4].split() == ["interrupted", "0", "-", "-", "-", "-", "-"]
    assert lines[-1].split() == ["game-api", "2", "0", "0", "0"]


def test_stats_in_a_narrow_terminal(run: Run, own: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Priorities and states are left out before a line is wrapped."""
    run(*SUBMIT, "--home", own.root)
    monkeypatch.setattr("meshvisor.features.jobs.cli.stats.columns", lambda: 44)
    lines = run("jobs", "stats", "--home", own.root).out.splitlines()
    assert max(map(len, lines)) <= 44
    assert lines[1].split()[:2] == ["queued", "1"]


def test_a_delay_below_a_second() -> None:
    """It is not said to be none."""
    declared = {
        "name": "quick", "priority": 2, "lane": "default", "retries": 1, "retry_delay": 0.2,
        "item_timeout": 60, "timeout": None, "rate_limit": None, "source": "games",
    }  # fmt: skip
    assert "200 ms" in actions._view({"actions": [declared]})
    assert " 0s " in actions._view({"actions": [{**declared, "retry_delay": 0}]})


def test_actions(run: Run, own: Home) -> None:
    """A row per action, with what it declares."""
    lines = run("jobs", "actions", "--home", own.root).out.splitlines()
    assert lines[1].split() == [
        "addplayer", "2", "game-api", "3", "3s", "1m", "00s", "-", "addplayer", "games", "-",
    ]  # fmt: skip
    (notifications,) = (line for line in lines if line.startswith("notifications "))
    assert "1m 30s" in notifications


def test_what_an_action_is_given(run: Run, own: Home) -> None:
    """Its inputs have a row each; of an action that does not say anything can be given."""
    shown = run("jobs", "actions", "event-migration", "--home", own.root).out
    assert "event-migration (built in): Move events of usage to MongoDB, or back." in shown
    assert "It takes no items." in shown
    rows = [" ".join(line.split()) for line in shown.splitlines()]
    assert "to text mongodb, sqlite; default mongodb Where to" in rows
    assert "takes any object" in run("jobs", "actions", "addplayer", "--home", own.root).out
    listed = json.loads(run("jobs", "actions", "data-cleanup", "--json", "--home", own.root).out)
    assert [(one["name"], one["inputs"]) for one in listed["actions"]] == [("data-cleanup", {})]
    refused = run("jobs", "actions", "nope", "--home", own.root)
    assert (refused.code, refused.err) == (
        2, "Error: There is no action 'nope'; 'meshvisor jobs actions' lists them\n",
    )  # fmt: skip


def test_no_actions(run: Run, home: Home) -> None:
    """A home without plug-ins has those that Meshvisor brings, and no others."""
    _, *lines = run("jobs", "actions", "--home", home.root).out.splitlines()
    assert {"  built in  " in line for line in lines if line} == {True}


def test_tab(running: Home, run: Run) -> None:
    """Numbers of jobs and names of actions complete themselves where a supervisor runs."""
    home = f"--home={running.root}"
    run(*SUBMIT, home)
    assert complete(home, "jobs", "cancel", "") == ["1"]
    assert complete(home, "jobs", "submit", "noti") == [
        "notification-processing",
        "notifications",
    ]
    assert complete("--home=/no/such/home", "jobs", "show", "") == []


# ---- Changing ------------------------------------------------------------------------------------


def test_pause_resume_cancel_retry(run: Run, own: Home) -> None:
    """A line per job; exit code 1 when any could not be changed."""
    root = ("--home", own.root)
    run(*SUBMIT, *root)
    run(*SUBMIT, *root)
    outcome = run("jobs", "pause", "1", "2", *root)
    assert (outcome.code, outcome.out) == (
        0,
        "Job 1 is paused until it is resumed.\nJob 2 is paused until it is resumed.\n",
    )
    assert run("jobs", "resume", "1", *root).out == "Job 1 goes on as soon as it is its turn.\n"
    outcome = run("jobs", "cancel", "1", "9", "2", *root)
    assert (outcome.code, outcome.out.splitlines()) == (
        1,
        [
            "Job 1 is cancelled.",
            "There is no job 9; meshvisor jobs list shows those there are.",
            "Job 2 is cancelled.",
        ],
    )
    outcome = run("jobs", "retry", "1", "--json", *root)
    assert outcome.json == {
        "jobs": [{"job_id": 1, "status": "queued", "text": "Job 1 is queued again.", "ok": True}]
    }
    assert run("jobs", "retry", "1", *root).code == 1
    assert run("jobs", "pause", *root).code == 2


def test_cleanup(run: Run, own: Home) -> None:
    """Only what ended long enough ago is forgotten."""
    root = ("--home", own.root)
    run(*SUBMIT, *root)
    run("jobs", "cancel", "1", *root)
    assert run("jobs", "cleanup", "--older-than", "1h", *root).out == (
        "No job ended that long ago.\n"
    )
    by_hand(own, "UPDATE jobs SET finished_at = 1")
    assert run("jobs", "cleanup", *root, "--json").json == {"removed": 1}
    assert run("jobs", "cleanup", "--older-than", "soon", *root).code == 2
    outcome = run("jobs", "cleanup", "--older-than", "99999999999999999w", *root)
    assert (outcome.code, "is ten years (3650d) at most" in outcome.err) == (2, True)
    assert cleanup._view(CleanUpReport(removed=2).model_dump()) == "2 jobs are forgotten."


# ---- recovery ------------------------------------------------------------------------------------


def test_nothing_to_recover(run: Run, own: Home) -> None:
    """Nothing is interrupted, so nothing is to decide."""
    root = ("--home", own.root)
    for arguments in ((), ("status",), ("resume",), ("cancel", "--yes")):
        outcome = run("jobs", "recovery", *arguments, *root)
        assert (outcome.code, outcome.out) == (0, "No job is interrupted.\n")
    assert run("jobs", "recovery", "resume", *root, "--json").json == {"jobs": []}
    assert run("jobs", "recovery", *root, "--json").json["interrupted"] == []


@pytest.fixture
def interrupted(run: Run, left: Home) -> Home:
    """Return a home with two interrupted jobs."""
    for _ in range(2):
        run(*SUBMIT, "--home", left.root)
    by_hand(left, "UPDATE jobs SET status = 'active', ready = 0, attempt = 1")
    by_hand(left, "UPDATE jobs SET status = 'interrupted', resume_after = 4102444800000")
    return left


@pytest.mark.parametrize(
    ("decision", "status"), [("resume", "interrupted"), ("cancel", "cancelled")]
)
def test_decide_about_all(run: Run, interrupted: Home, decision: str, status: str) -> None:
    """Each job has its line, and what was decided holds."""
    root = ("--home", interrupted.root)
    assert len(run("jobs", "recovery", *root, "--json").json["interrupted"]) == 2
    outcome = run("jobs", "recovery", decision, "--yes", *root)
    assert (outcome.code, len(outcome.out.splitlines())) == (0, 2)
    jobs = run("jobs", "list", *root, "--json").json["jobs"]
    assert {job["status"] for job in jobs} == {status}
    assert {job["ready"] for job in jobs} == {decision == "resume"}


def test_cancelling_is_meant(interrupted: Home) -> None:
    """Without a terminal all interrupted jobs are not ended by accident; resuming is no harm."""
    outcome = run_process("jobs", "recovery", "cancel", "--home", interrupted.root)
    assert (outcome.code, "add --yes" in outcome.err) == (2, True)
    outcome = run_process("jobs", "recovery", "resume", "--home", interrupted.root)
    assert (outcome.code, len(outcome.out.splitlines())) == (0, 2)


def test_recovery_view() -> None:
    """Interrupted jobs are shown with the moment at which they go on, others are counted."""
    jobs = [
        InterruptedJob(
            job_id=number,
            action="addplayer",
            mesh_id="lobby",
            created_by="953371",
            created_name="ann",
            counts=counts(pending=3, done=1),
            interrupted_at=EPOCH,
            resume_after=until,
            asked=asked,
        )
        for number, until, asked in ((1, EPOCH, True), (2, None, False))
    ]
    waiting = {"preempted": 2, "rate_limited": 1, "retry": 0}
    report = RecoveryReport(interrupted=tuple(jobs), auto_resume_after=300, waiting=waiting)
    content: dict[str, Any] = report.model_dump(mode="json")
    lines = recovery._view(content).splitlines()
    assert lines[1].split()[:4] == ["1", "addplayer", "lobby", "1/4"]
    assert lines[1].split()[-2:] == ["ann", "yes"]
    assert "at its turn" in lines[2]
    assert "by themselves 5m 00s after the crash" in lines[3]
    assert lines[4] == "3 paused jobs come back without that: 2 preempted, 1 rate limited."
