"""`meshvisor schedules run`, as a system's cron calls it: real processes, no supervisor."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

import psutil
import pytest

from meshvisor.shared.paths import Home
from tests.supervisor.cli.conftest import MESHVISOR

PLUGIN: Final = """
import asyncio
import time
from pathlib import Path

from meshvisor import action


@action("fine", needs_mesh=False)
async def fine(job):
    Path("done").write_text(f"{job.mesh_id} {Path.cwd()}")


@action("wrong", needs_mesh=False, retries=1, retry_delay=0)
async def wrong(job):
    raise ValueError("on purpose")


@action("stubborn", needs_mesh=False, retries=0)
async def stubborn(job):
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass


@action("long", needs_mesh=False)
async def long(job):
    Path("began").touch()
    await asyncio.sleep(600)
"""

SETTINGS: Final = """
[jobs]
stop_timeout = 0.5

[scheduling]
built_in = false
""" + "".join(
    f"""
[[schedules]]
name = "{name}"
cron = "@yearly"
action = "{name}"
{more}
"""
    for name, more in (("fine", ""), ("wrong", ""), ("stubborn", "timeout = 0.5"), ("long", ""))
)


@pytest.fixture
def own(home: Home) -> Home:
    """Return a home with a plug-in in which no supervisor ever ran."""
    home.plugins.mkdir(parents=True)
    (home.plugins / "acts.py").write_text(PLUGIN)
    (home.config / "meshvisor.toml").write_text(SETTINGS)
    return home


def command(home: Home, *arguments: str) -> list[str]:
    """Return what is executed."""
    return [*MESHVISOR, *arguments, "--home", str(home.root)]


def call(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    argv = command(home, *arguments)
    return subprocess.run(argv, capture_output=True, text=True, timeout=50, check=False)


def test_it_succeeds(own: Home) -> None:
    """The exit code is 0, the history and the audit log have it, and nothing is left running."""
    done = call(own, "schedules", "run", "fine", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["name"], result["status"], result["attempt"]) == ("fine", "completed", 1)
    assert Path(own.root, "done").read_text() == f"- {own.root}"
    runs = json.loads(call(own, "schedules", "history", "fine", "--json").stdout)["runs"]
    assert [(one["status"], one["job_id"]) for one in runs] == [("completed", result["job_id"])]
    audit = json.loads(call(own, "audit", "--json").stdout)["entries"]
    assert [one["action"] for one in audit] == ["schedules.run"]
    left = [one for one in psutil.process_iter(["cmdline"]) if str(own.root) in str(one.info)]
    assert left == []


@pytest.mark.long
def test_it_fails(own: Home) -> None:
    """After all its attempts; the exit code is 1, and what it has raised is kept."""
    done = call(own, "schedules", "run", "wrong")
    assert done.returncode == 1
    assert done.stdout == "wrong is failed: job 1 after 2 attempts: ValueError: on purpose.\n"
    assert "meshvisor schedules run notification-processing" not in done.stderr
    logs = [one.name for one in (own.var / "logs").iterdir() if one.name.startswith("lane-")]
    assert logs == ["lane-run.log"]
    shown = call(own, "schedules", "history", "wrong", "--traceback").stdout
    assert 'raise ValueError("on purpose")\nValueError: on purpose' in shown
    assert 'raise ValueError("on purpose")' in call(own, "jobs", "show", "1").stdout


def test_nothing_else_begins(own: Home) -> None:
    """Jobs that wait for a supervisor go on waiting."""
    call(own, "schedules", "run", "fine")
    call(own, "schedules", "start", "fine")
    assert call(own, "schedules", "run", "fine").returncode == 0
    runs = json.loads(call(own, "schedules", "history", "fine", "--json").stdout)["runs"]
    assert [one["status"] for one in runs] == ["completed", "queued", "completed"]


@pytest.mark.long
def test_an_action_that_ignores_its_timeout(own: Home) -> None:
    """It is cancelled; as that is of no use its process is ended, and the next one runs."""
    done = call(own, "schedules", "run", "stubborn")
    assert done.returncode == 1
    assert "stubborn is failed: job 1" in done.stdout
    assert call(own, "schedules", "run", "fine").returncode == 0


def test_ctrl_c(own: Home) -> None:
    """The run is cancelled, and the exit code says so."""
    with subprocess.Popen(
        command(own, "schedules", "run", "long"), stdout=-1, stderr=-1
    ) as process:
        while not Path(own.root, "began").exists():
            assert process.poll() is None
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=50)
    assert process.returncode == 130
    with closing(sqlite3.connect(own.database)) as database:
        assert database.execute("SELECT status FROM jobs").fetchall() == [("cancelled",)]


def test_what_there_is_not(own: Home) -> None:
    """It is reported in a sentence, and nothing is left."""
    done = call(own, "schedules", "run", "fin")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no schedule 'fin'; did you mean fine?" in done.stderr


def test_built_in_processes(own: Home) -> None:
    """They do all that they do with a supervisor: what they request is answered meanwhile."""
    (own.config / "meshvisor.toml").write_text("")
    for name in (
        "health-check",
        "data-cleanup",
        "notification-processing",
        "usage-aggregation",
        "weekly-report",
    ):
        done = call(own, "schedules", "run", name)
        assert done.returncode == 0, done.stderr
    (backup,) = (own.var / "backups").iterdir()
    assert backup.suffix == ".db"
    keys = {
        one["key"] for one in json.loads(call(own, "records", "list", "--json").stdout)["records"]
    }
    (check,) = (key for key in keys if key.startswith("health_check_"))
    found = json.loads(call(own, "records", "show", check, "--json").stdout)["document"]["figures"]
    assert {one["status"] for one in found if "mesh" in one["name"]} == {"unknown"}
    assert any(key.startswith("weekly_report_") for key in keys)
    assert not own.control_socket.exists()


def test_shutdown(own: Home) -> None:
    """It cancels the run, which says so in a sentence."""
    with subprocess.Popen(
        command(own, "schedules", "run", "long"), stdout=-1, stderr=-1, text=True
    ) as process:
        while not Path(own.root, "began").exists():
            assert process.poll() is None
            os.sched_yield()
        assert call(own, "shutdown").returncode == 0
        _, errors = process.communicate(timeout=50)
    assert process.returncode == 1
    assert errors.endswith("Error: The run was cancelled by 'meshvisor shutdown'\n")
