"""`meshvisor jobs watch` on a pipe, for programs and on a terminal."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from meshvisor.shared.paths import Home
from tests.supervisor.cli.conftest import MESHVISOR, PROJECT, Run, run_process
from tests.supervisor.cli.pseudo_terminal import ESCAPES, on_terminal

PROGRAM = [sys.executable, "-W", "error", "-m", "meshvisor.supervisor.cli.main", "jobs", "watch"]


@pytest.fixture
def watched(run: Run, running: Home) -> Home:
    """Return a home with a supervisor, whose views show how its job 1 is done."""
    run("jobs", "submit", "addplayer", "--mesh", "lobby", "--home", running.root)
    return running


def test_pipe(watched: Home) -> None:
    """A line is written when a job has got on a good deal, and at its end."""
    outcome = run_process("jobs", "watch", "1", "--home", watched.root)
    assert (outcome.code, outcome.err) == (0, "")
    lines = [line[20:] for line in outcome.out.splitlines()]
    assert lines[0] == "Job 1 (addplayer) in lobby: active"
    assert lines[1] == "Job 1 (addplayer) in lobby: active [10 %: 10/100]"
    assert lines[-1] == "Job 1 (addplayer) in lobby: completed [100 %: 100/100]"
    assert len(lines) == 11


def test_json(watched: Home) -> None:
    """Programs get every view, one in a line."""
    outcome = run_process("jobs", "watch", "1", "--json", "--home", watched.root)
    views = [json.loads(line) for line in outcome.out.splitlines()]
    assert len(views) == 101
    assert set(views[0]) == {"at", "jobs", "more"}
    assert views[-1]["jobs"][0]["status"] == "completed"


def test_supervisor_that_goes_away(watched: Home) -> None:
    """A command that waits for one job learns that no supervisor works on it any more."""
    process = subprocess.Popen(
        [*MESHVISOR, "jobs", "watch", "--json", "--home", str(watched.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert process.stdout is not None
    process.stdout.readline()
    assert run_process("shutdown", "--home", watched.root).code == 0
    _, err = process.communicate()
    assert (process.returncode, err) == (0, "The supervisor has stopped.\n")


def test_ctrl_c(watched: Home) -> None:
    """Ctrl+C is how one ends it, and no failure."""
    process = subprocess.Popen(
        [*MESHVISOR, "jobs", "watch", "--json", "--home", str(watched.root)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 0


def test_without_a_supervisor(run: Run, left: Home) -> None:
    """Where no supervisor works there is nothing to watch."""
    assert run("jobs", "watch", "--home", left.root).code == 4


async def test_terminal(watched: Home) -> None:
    """The bars of all open jobs are redrawn in place, and Ctrl+C ends it."""
    command = [*PROGRAM, "--home", str(watched.root)]
    async with on_terminal(command, hidden=ESCAPES, PYTHONIOENCODING="utf-8") as terminal:
        await terminal.see(r"2 jobs: 1 active, 1 queued")
        await terminal.see(r"Job 1 \(addplayer\) in lobby: active")
        await terminal.see(r"█{7}░{8}   50 %  1.0/s  50s left  50 done, 50 pending")
        await terminal.see(r"Job 2 \(addplayer\) in lobby: queued, 1st in lane game-api")
        await terminal.see(r"2 jobs: 1 queued, 1 completed")
        terminal.type("\x03")
        assert await terminal.exit_code() == 0


async def test_terminal_until_the_end(watched: Home) -> None:
    """One job ends the command with it; each view is drawn over the one before."""
    command = [*PROGRAM, "1", "--home", str(watched.root)]
    async with on_terminal(command) as terminal:
        await terminal.see(r"\x1b\[3F1 job: 1 active")
        await terminal.see(r"100 done\x1b\[K\x1b\[J")
        assert await terminal.exit_code() == 0


async def test_dumb_terminal(watched: Home) -> None:
    """A terminal that cannot go back gets lines."""
    command = [*PROGRAM, "1", "--home", str(watched.root)]
    async with on_terminal(command, TERM="dumb") as terminal:
        await terminal.see(r"in lobby: completed \[100 %: 100/100\]")
        assert await terminal.exit_code() == 0
