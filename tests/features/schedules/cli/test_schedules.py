"""`meshvisor schedules` without a supervisor, as people and scripts use it."""

from __future__ import annotations

from datetime import datetime

import pytest

from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.ledger import housekeeping
from meshvisor.shared.paths import Home
from meshvisor.shared.store.store import Store
from tests.supervisor.cli.conftest import Run

SETTINGS = """
[scheduling]
timezone = "Asia/Kolkata"
built_in = false

[[meshes]]
id = "lobby"

[[schedules]]
name = "nightly"
cron = "30 2 * * *"
action = "refresh"
mesh = "lobby"
start_date = 2026-01-01
"""


@pytest.fixture
def own(home: Home) -> Home:
    """Return a home where a supervisor has once loaded plug-ins."""
    home.config.mkdir()
    (home.config / "meshvisor.toml").write_text(SETTINGS)
    home.database.parent.mkdir(mode=0o700)
    store = Store.open(home.database)
    kept = ActionRegistry([ActionSpec("refresh")]).kept()
    store.write_now(lambda db: housekeeping.keep_actions(db, kept))
    store.close()
    return home


def test_check(run: Run, own: Home) -> None:
    """An expression is explained, with its next times in the zone of the settings and locally."""
    shown = run("schedules", "check", "*/15 * * * *", "--home", own.root).out
    assert shown.startswith("Every 15th minute of every hour.\n\nIN Asia/Kolkata")
    assert len(shown.splitlines()) == 8
    printed = run("schedules", "check", "@daily", "--timezone", "UTC", "--json").json
    assert (printed["cron"], printed["meaning"], printed["timezone"]) == (
        "@daily",
        "At 00:00 every day",
        "UTC",
    )
    times = [datetime.fromisoformat(one) for one in printed["upcoming"]]
    assert [(one.hour, one.minute) for one in times] == [(0, 0)] * 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "61 * * * *"), "its minute is wrong: allowed are 0 to 59"),
        (("check", "@daily", "--timezone", "Kolkata"), "did you mean Asia/Kolkata"),
        (("add", "x", "--cron", "* *", "--action", "a", "--mesh", "m"), "has 2 fields"),
        (("add", "X", "--cron", "@daily", "--action", "a", "--mesh", "m"), "no name of a schedule"),
        (("show", "nihgtly"), "did you mean nightly"),
        (("edit", "nightly"), "say what is to be changed"),
        (("edit", "nightly", "--cron", "@daily", "--reset", "cron"), "leave one of them out"),
        (("edit", "nightly", "--retry-delay", "5s", "--reset", "retry-delay"), "leave one of them"),
        (("edit", "nightly", "--reset", "retires"), "is no setting that can be changed; those are"),
        (("add", "x", "--action", "a"), "has no time; write cron, such as"),
        (("add", "x", "--action", "refresh", "--after", "nihgtly"), "did you mean nightly?"),
        (("add", "x", "--action", "a", "--after", "xx"), "meshvisor schedules list shows those"),
        (("add", "x", "--cron", "@daily", "--after", "nightly", "--action", "a"), "has both cron"),
        (("stats", "nihgtly"), "did you mean nightly"),
        (("cleanup-logs", "nihgtly"), "did you mean nightly"),
        (("remove", "nightly"), "is in the settings file; take it out there"),
        (("trigger", "nightly"), "'meshvisor schedules start NAME' runs one now"),
    ],
)
def test_mistakes(run: Run, own: Home, arguments: tuple[str, ...], said: str) -> None:
    """One sentence with the next step, and exit code 2."""
    outcome = run("schedules", *arguments, "--home", own.root)
    assert said.casefold() in outcome.err.casefold()
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)


def test_what_runs_after_one_that_is_removed(run: Run, own: Home) -> None:
    """It is named: without a time of its own it would never fire."""
    root = ("--home", own.root)
    run("schedules", "add", "often", "--cron", "@hourly", "--action", "refresh", *root)
    run("schedules", "add", "later", "--after", "often", "--action", "refresh", *root)
    removed = run("schedules", "remove", "often", *root).out
    assert removed.startswith("often is removed.\nNo time is left for what runs after it: later. ")
    run("schedules", "edit", "later", "--cron", "@daily", *root)
    assert run("schedules", "remove", "later", *root).out == "later is removed.\n"


def test_a_life(run: Run, own: Home) -> None:
    """Made, shown, changed, started, disabled and removed."""
    root = ("--home", own.root)
    assert "nightly   30 2 * * *" in run("schedules", "list", *root).out
    added = run(
        *("schedules", "add", "often", "--cron", "*/5 * * * *", "--action", "refresh"),
        *("--mesh", "lobby", "--items", "a,b", "--overlap", "queue_one", "--jitter", "30s", *root),
        "--json",
    ).json
    assert added["definition"]["items"] == ["a", "b"]
    assert (added["definition"]["jitter"], added["timezone"]) == (30.0, "Asia/Kolkata")
    assert "  jitter          30s\n" in run("schedules", "show", "often", *root).out
    started = run("schedules", "start", "often", *root)
    assert started.out == "often is started: job 1.\n"
    assert "No supervisor runs; the run begins when one does" in started.err
    runs = run("schedules", "history", "often", *root, "--json").json["runs"]
    assert [(one["status"], one["job_id"]) for one in runs] == [("queued", 1)]
    assert "queued" in run("schedules", "history", "often", *root).out
    stopped = run("schedules", "stop", "often", *root).out
    assert stopped == "Of often is cancelled: job 1.\n"
    assert run("schedules", "stop", "often", *root).out == "Nothing of often runs.\n"
    changed = run("schedules", "edit", "nightly", "--cron", "@hourly", *root).out
    assert "@hourly (At the start of every hour, Asia/Kolkata)" in changed
    assert "settings, changed" in changed
    reset = run("schedules", "edit", "nightly", "--reset", "cron", *root).out
    assert "30 2 * * *" in reset
    assert "changed" not in reset
    assert run("schedules", "disable", "nightly", *root).out.startswith("nightly (disabled)\n")
    assert len(run("schedules", "next", "nightly", "-n", "3", *root).out.splitlines()) == 4
    assert run("schedules", "remove", "nightly", *root).out == (
        "nightly is as it was before it was changed.\n"
    )
    assert run("schedules", "remove", "often", *root).out == "often is removed.\n"
    listed = run("schedules", "list", *root, "--json").json["schedules"]
    assert [(one["name"], one["source"], one["changed"]) for one in listed] == [
        ("nightly", "settings", False)
    ]
    entries = run("audit", *root, "--json").json["entries"]
    assert [one["action"] for one in entries[:2]] == ["schedules.remove", "schedules.remove"]
    printed = {one["detail"] for one in entries if one["action"] == "schedules.edit"}
    assert printed == {"cron: '@hourly', was '30 2 * * *'", "cron: '30 2 * * *', was '@hourly'"}


def test_past_its_end(run: Run, own: Home) -> None:
    """One that never fires is reported to its author."""
    outcome = run(
        *("schedules", "add", "late", "--cron", "@daily", "--action", "refresh", "--mesh", "lobby"),
        *("--end-date", "2020-01-01", "--home", own.root),
    )
    assert outcome.out.endswith("\n\nIt does not fire any more.\n")


def test_after_another(run: Run, own: Home) -> None:
    """It is shown in words, and one way to plan takes the place of the other."""
    root = ("--home", own.root)
    what = ("--action", "refresh", "--mesh", "lobby", *root)
    shown = run("schedules", "add", "then", "--after", "nightly", *what).out
    assert "  when            After nightly\n" in shown
    assert "after nightly" in run("schedules", "list", *root).out
    assert run("schedules", "next", "then", *root).out == "It runs when nightly has succeeded.\n"
    assert "0 0 * * *" in run("schedules", "edit", "then", "--cron", "0 0 * * *", *root).out
    again = run("schedules", "edit", "then", "--after", "nightly", *root, "--json").json
    assert (again["cron"], again["after"], again["next_at"]) == (None, ["nightly"], None)
    cycle = run("schedules", "edit", "nightly", "--after", "then", *root)
    assert (cycle.code, cycle.out) == (2, "")
    assert "would run after itself: nightly after then after nightly" in cycle.err


def test_figures(run: Run, own: Home) -> None:
    """How schedules run, and old entries removed."""
    root = ("--home", own.root)
    run("schedules", "start", "nightly", *root)
    run("schedules", "stop", "nightly", *root)
    found = run("schedules", "stats", *root, "--json").json
    assert [one["name"] for one in found["schedules"]] == ["nightly"]
    assert "nightly" in run("schedules", "stats", "nightly", *root).out
    assert run("schedules", "cleanup-logs", *root).out == "0 entries removed.\n"
    run("schedules", "cleanup-logs", "--older-than", "90m", *root)
    audit = run("audit", *root, "--json").json["entries"]
    assert [(one["action"], one["detail"]) for one in audit[:2]] == [
        ("schedules.cleanup", "0 older than 1 h 30 min"),
        ("schedules.cleanup", "0 older than 30 d"),
    ]


def test_a_cycle_in_the_settings(run: Run, own: Home) -> None:
    """It is found without a supervisor, with all that it goes through."""
    text = SETTINGS.replace('cron = "30 2 * * *"', 'after = ["b"]')
    text += '\n[[schedules]]\nname = "b"\nafter = ["nightly"]\naction = "refresh"\n'
    (own.config / "meshvisor.toml").write_text(text)
    outcome = run("config", "check", "--home", own.root)
    assert outcome.code == 2
    assert "it would run after itself: nightly after b after nightly" in outcome.err + outcome.out


def test_what_is_checked(run: Run, own: Home) -> None:
    """The settings in a sentence, and where rules of time zones come from."""
    printed = run("config", "check", "--home", own.root).out
    assert "Schedules: 1 entry of the settings; time zone: Asia/Kolkata; those that" in printed
    checks = run("doctor", "--home", own.root, "--json").json["checks"]
    (zones,) = [one for one in checks if one["name"] == "time zones"]
    assert (zones["level"], zones["text"][:5]) == ("ok", "rules")


def test_a_wrong_entry(run: Run, own: Home) -> None:
    """The settings say in which line what is wrong."""
    text = SETTINGS.replace("30 2 * * *", "30 25 * * *")
    (own.config / "meshvisor.toml").write_text(text)
    outcome = run("config", "check", "--home", own.root)
    assert outcome.code == 2
    assert (
        ":11: '30 25 * * *' is no cron expression, its hour is wrong" in outcome.err + outcome.out
    )


def test_a_mesh_of_a_home_that_has_none(run: Run, home: Home) -> None:
    """It is made, and said to lack its mesh."""
    shown = run(
        *("schedules", "add", "x", "--cron", "@daily", "--action", "health-check"),
        *("--mesh", "lobby", "--home", home.root),
    ).out
    assert "! there is no mesh 'lobby', for the settings have none; add [[meshes]]" in shown
