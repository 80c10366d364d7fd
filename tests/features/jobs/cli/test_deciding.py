"""What operators decide about jobs at the command line, with and without a running supervisor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from meshvisor.shared.paths import Home
from tests.supervisor.cli.conftest import Run

SUBMIT = ("jobs", "submit", "addplayer", "--mesh", "lobby")


def audited(run: Run, home: Home, action: str) -> list[tuple[str, str, str]]:
    """Return subject, outcome and detail of what is in the audit log, oldest first."""
    entries = run("audit", "--home", home.root, "--json").json["entries"]
    return [
        (entry["subject"], entry["outcome"], entry["detail"])
        for entry in reversed(entries)
        if entry["action"] == action
    ]


def test_delete(run: Run, own: Home) -> None:
    """A line for each job; those that are gone are found nowhere but in the audit log."""
    root = ("--home", own.root)
    for _ in range(3):
        run(*SUBMIT, "--items", "a,b", *root)
    run("jobs", "cancel", "2", *root)
    outcome = run("jobs", "delete", "1", "2", "9", *root)
    assert (outcome.code, outcome.out.splitlines()) == (
        1,
        [
            "Job 1 is deleted.",
            "Job 2 is deleted.",
            "There is no job 9; meshvisor jobs list shows those there are.",
        ],
    )
    assert [job["job_id"] for job in run("jobs", "list", *root, "--json").json["jobs"]] == [3]
    assert run("jobs", "stats", *root, "--json").json["cancelled"] == 0
    assert run("jobs", "show", "1", *root).code == 2
    assert audited(run, own, "jobs.delete") == [
        ("1", "done", "addplayer queued, 0 of 2 items -> deleted"),
        ("2", "done", "addplayer cancelled, 0 of 2 items -> deleted"),
    ]


# ---- Pausing until a moment ----------------------------------------------------------------------


@pytest.mark.parametrize("written", ["+10m", "10m"])
def test_pause_until(run: Run, own: Home, written: str) -> None:
    """For a while, or until a date and time; `why` and `show` say when it goes on."""
    root = ("--home", own.root)
    for _ in range(2):
        run(*SUBMIT, *root)
    before = datetime.now(UTC)
    assert run("jobs", "pause", "1", "--until", written, *root).code == 0
    until = datetime.fromisoformat(run("jobs", "show", "1", *root, "--json").json["resume_after"])
    assert timedelta(minutes=9) < until - before < timedelta(minutes=11)
    assert "Somebody has paused it until" in run("jobs", "why", "1", *root).out
    outcome = run("jobs", "pause", "2", "--until", "2199-01-01T12:00+00:00", *root)
    then = datetime.fromisoformat("2199-01-01T12:00+00:00").astimezone()
    assert outcome.out == f"Job 2 is paused until {then:%Y-%m-%d %H:%M:%S}.\n"
    assert run("jobs", "resume", "1", *root).code == 0
    job = run("jobs", "show", "1", *root, "--json").json
    assert (job["status"], job["resume_after"], job["ready"]) == ("queued", None, True) or (
        job["pause_reason"] == "resumed"
    )


@pytest.mark.parametrize(
    ("when", "said"),
    [("soon", "'soon' is no moment; write +10m"), ("2001-01-01", "is over already")],
)
def test_no_moment(run: Run, own: Home, when: str, said: str) -> None:
    """What is no moment that is to come is refused, and the job is as it was."""
    run(*SUBMIT, "--home", own.root)
    outcome = run("jobs", "pause", "1", "--until", when, "--home", own.root)
    assert (outcome.code, said in outcome.err) == (2, True), outcome.err
    job = run("jobs", "show", "1", "--home", own.root, "--json").json
    assert job["status"] == "queued"


# ---- Moving and marking --------------------------------------------------------------------------


def test_move(run: Run, own: Home) -> None:
    """Priorities have numbers and names; the audit log keeps before and after."""
    root = ("--home", own.root)
    for priority in ("5", "Auto-Refresh"):
        run(*SUBMIT, "--priority", priority, *root)
    outcome = run("jobs", "move", "2", "--priority", "notifications", "--lane", "fast", *root)
    assert outcome.out == "Job 2 has priority 1 in lane fast now.\n"
    job = run("jobs", "show", "2", *root, "--json").json
    assert (job["priority"], job["lane"], job["position"]) == (1, "fast", 1)
    asked = job["history"][-1]
    assert asked["reason"] == "request"
    assert asked["detail"].startswith("move by ")
    assert asked["detail"].endswith(": priority 5 in lane game-api -> priority 1 in lane fast")
    assert audited(run, own, "jobs.move") == [
        ("2", "done", "priority 5 in lane game-api -> priority 1 in lane fast")
    ]
    for wrong in ([], ["--priority", "urgent"], ["--lane", "No Lane"]):
        assert run("jobs", "move", "1", *wrong, *root).code == 2


def test_mark_and_put_back(run: Run, own: Home) -> None:
    """Items and jobs, with the reason as their error."""
    root = ("--home", own.root)
    run(*SUBMIT, "--items", "a,b,c", *root)
    assert run("jobs", "mark", "1", "done", "--items", "a, b", *root).out == (
        "Job 1 has 2 items marked as done.\n"
    )
    run("jobs", "mark", "1", "failed", "--items", "c", "--reason", "no such player", *root)
    items = run("jobs", "items", "1", *root, "--json").json["items"]
    assert [(item["state"], item["error"]) for item in items] == [
        ("done", None), ("done", None), ("failed", "no such player"),
    ]  # fmt: skip
    assert run("jobs", "mark", "1", "failed", "--reason", "enough", *root).out == (
        "Job 1 is marked as failed.\n"
    )
    job = run("jobs", "show", "1", *root, "--json").json
    assert (job["status"], job["error"], job["end_reason"]) == ("failed", "enough", "operator")
    assert run("jobs", "retry", "1", "--items", "b", *root).code == 0
    history = run("jobs", "show", "1", *root, "--json").json["history"]
    assert any(
        line["detail"].startswith("retry of items by ")
        and line["detail"].endswith(": b done -> pending")
        for line in history
        if line["reason"] == "request"
    )
    job = run("jobs", "show", "1", *root, "--json").json
    assert (job["status"], job["counts"]) == (
        "queued", {"pending": 1, "done": 1, "failed": 1, "existing": 0},
    )  # fmt: skip
    outcome = run("jobs", "mark", "1", "done", "--items", "z", *root)
    assert (outcome.code, "has no item 'z'" in outcome.out) == (1, True)
    assert run("jobs", "mark", "1", "existing", *root).code == 2
    assert audited(run, own, "jobs.mark_items")[0] == ("1", "done", "a pending, b pending -> done")


# ---- Holding -------------------------------------------------------------------------------------


def test_hold_and_release(run: Run, own: Home) -> None:
    """A lane, a rate key or everything; who did is said where one looks."""
    root = ("--home", own.root)
    run(*SUBMIT, *root)
    assert run("jobs", "holds", *root).out == "Nothing is on hold.\n"
    assert run("jobs", "hold", "--lane", "game-api", *root).out.startswith(
        "Lane game-api is on hold, since "
    )
    run("jobs", "hold", "--all", "--until", "+1h", *root)
    held = run("jobs", "holds", *root, "--json").json["holds"]
    assert [(hold["scope"], hold["name"], hold["until"] is None) for hold in held] == [
        ("all", "", False), ("lane", "game-api", True),
    ]  # fmt: skip
    assert "is on hold" in run("jobs", "stats", *root).out
    assert [h["scope"] for h in run("jobs", "stats", *root, "--json").json["holds"]] == [
        "all", "lane",
    ]  # fmt: skip
    why = run("jobs", "why", "1", *root).out.splitlines()
    assert "Everything is on hold until" in why[1]
    assert run("jobs", "release", "--all", *root).code == 0
    assert run("jobs", "release", "--all", *root).code == 1
    assert run("jobs", "release", "--lane", "game-api", *root).out == "Nothing is on hold.\n"
    for wrong in ([], ["--lane", "a", "--all"], ["--lane", "No Lane"]):
        assert run("jobs", "hold", *wrong, *root).code == 2
    assert [subject for subject, _, _ in audited(run, own, "jobs.hold")] == [
        "lane game-api", "everything",
    ]  # fmt: skip
    assert audited(run, own, "jobs.hold")[0][2].startswith("free -> on hold by ")
    released = audited(run, own, "jobs.release")
    assert [outcome for _, outcome, _ in released] == ["done", "it was not on hold", "done"]
    assert released[2][2].endswith(" -> free")


# ---- Submitting ----------------------------------------------------------------------------------


def test_submit_with_options(run: Run, own: Home) -> None:
    """What is said with a job holds for it, and is shown."""
    root = ("--home", own.root)
    options = (
        "--target", "alliance 7", "--as", "953371", "--retries", "1", "--retry-delay", "5s",
        "--rate-limit-delay", "2m", "--wait-timeout", "1h", "--deadline", "2h",
    )  # fmt: skip
    assert run(*SUBMIT, *options, *root).code == 0
    run(*SUBMIT, *root)
    job = run("jobs", "show", "1", *root, "--json").json
    assert job["options"] == {
        "retries": 1, "retry_delay": 5.0, "rate_limit_delay": 120.0, "wait_timeout": 3600.0,
        "deadline": 7200.0,
    }  # fmt: skip
    assert (job["target"], job["created_by"], job["origin"]) == ("alliance 7", "953371", "chat")
    assert "on behalf of 953371 by" in job["history"][-1]["detail"]
    created, expires, deadline = (
        datetime.fromisoformat(job[name]) for name in ("created_at", "expires_at", "deadline")
    )
    assert (expires - created, deadline - created) == (timedelta(hours=1), timedelta(hours=2))
    for wanted in (("--target", "alliance 7"), ("--by", "953371")):
        page = run("jobs", "list", *wanted, *root, "--json").json
        assert [job["job_id"] for job in page["jobs"]] == [1]
    assert audited(run, own, "jobs.submit")[0][2] == "addplayer, on behalf of 953371"
    shown = run("jobs", "show", "1", *root).out
    assert "Target        alliance 7" in shown
    assert "unless it runs by then" in shown
    run("jobs", "retry", "1", *root)
    run(*SUBMIT, "--deadline", "2h", *root)
    assert "unless it has ended by then" in run("jobs", "show", "3", *root).out
    assert "Unless it has ended by" in run("jobs", "why", "3", *root).out


def test_submit_for_a_user_of_another_network(run: Run, left: Home) -> None:
    """Who is meant depends on the mesh: its network's ids have a spelling of their own."""
    root = ("--home", left.root)
    left.config.mkdir(exist_ok=True)
    left.settings_file.write_text(
        '[accounts.irc]\ntransport = "program"\n'
        '[[meshes]]\nid = "lobby"\n'
        '[[meshes]]\nid = "channel"\ntransport = "program"\ncommand = ["true"]\naccount = "irc"\n'
    )
    there = ("jobs", "submit", "addplayer", "--mesh", "channel")
    assert run(*there, "--as", "ann_b", *root).code == 0
    assert run(*there, "--as", "@ann:example.org", *root).code == 0
    assert run(*SUBMIT, "--as", "953371_phone", *root).code == 0
    assert run(*SUBMIT, "--as", "@ann:example.org", *root).code == 2
    jobs = run("jobs", "list", *root, "--json").json["jobs"]
    assert [job["created_by"] for job in jobs] == ["953371", "@ann:example.org", "ann_b"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--retries", "1001"], "retries is 1001; it must be a number from 0 to 1000"),
        (["--retry-delay", "2h"], "retry_delay is 7200.0; it must be 0 to 3600 seconds"),
        (["--deadline", "999999999"], "deadline is 999999999.0; it must be 0 to 31536000"),
        (["--target", " x"], "' x' is no target"),
        (["--as", "not a user"], "is no user id"),
    ],
)
def test_options_that_cannot_be(run: Run, own: Home, arguments: list[str], said: str) -> None:
    """Each is one sentence and exit code 2, and nothing is enqueued."""
    outcome = run(*SUBMIT, *arguments, "--home", own.root)
    assert (outcome.code, outcome.out) == (2, "")
    assert said.lower() in outcome.err.lower()
    assert outcome.err.count("\n") == 1
    assert run("jobs", "list", "--home", own.root, "--json").json["jobs"] == []


# ---- How jobs went -------------------------------------------------------------------------------


def test_stats_of_actions(run: Run, own: Home) -> None:
    """Each action has its numbers; what never ran has no durations."""
    root = ("--home", own.root)
    assert run("jobs", "stats", "--actions", *root).out.startswith("No job has ended since ")
    for number in ("1", "2"):
        run(*SUBMIT, *root)
        run("jobs", "cancel", number, *root)
    (action,) = run("jobs", "stats", "--actions", "--since", "2h", *root, "--json").json["actions"]
    assert (action["action"], action["count"], action["cancelled"]) == ("addplayer", 2, 2)
    assert (action["success_rate"], action["duration_seconds"]) == (None, None)
    assert 0.6 < action["per_hour"] <= 1
    lines = run("jobs", "stats", "--action", "addplayer", *root).out.splitlines()
    assert lines[1].split()[:2] == ["addplayer", "2"]
    assert run("jobs", "stats", "--since", "2h", *root).code == 2


def test_next(run: Run, own: Home) -> None:
    """Waiting jobs in their order, and those that come back by themselves."""
    root = ("--home", own.root)
    assert run("jobs", "next", *root).out == "No job waits for its turn.\n"
    for priority in ("4", "1", "2"):
        run(*SUBMIT, "--priority", priority, *root)
    run("jobs", "pause", "3", "--until", "+1h", *root)
    report = run("jobs", "next", *root, "--json").json
    (lane,) = report["lanes"]
    assert [job["job_id"] for job in lane["jobs"]] == [2, 1]
    assert [job["job_id"] for job in report["returning"]] == [3]
    lines = run("jobs", "next", "--lane", "game-api", *root).out.splitlines()
    assert lines[1].split()[:6] == ["game-api", "1", "2", "addplayer", "lobby", "1"]
    assert lines[-1].startswith("Job 3 (addplayer, by hand) comes back at ")


def test_errors(run: Run, own: Home) -> None:
    """What went wrong is listed, also after its job is deleted."""
    root = ("--home", own.root)
    assert run("jobs", "errors", *root).out == "Nothing went wrong with jobs in this time.\n"
    run(*SUBMIT, *root)
    run("jobs", "mark", "1", "failed", "--reason", "no such alliance", *root)
    run("jobs", "delete", "1", *root)
    (error,) = run("jobs", "errors", "--since", "1h", *root, "--json").json["errors"]
    assert (error["job_id"], error["event"], error["error"]) == (1, "failed", "no such alliance")
    lines = run("jobs", "errors", *root).out.splitlines()
    assert lines[1].split()[2:5] == ["1", "addplayer", "lobby"]
    assert run("jobs", "errors", "--action", "x", *root, "--json").json["errors"] == []
