"""What operators decide about jobs at the command line, with and without a running supervisor."""

from __future__ import annotations

from shared.paths import Home
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
