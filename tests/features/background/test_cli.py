"""The commands, as a person at a terminal uses them."""

from __future__ import annotations

import json
import os
import pty
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from meshvisor.features.background.cli.quick import try_quickly
from meshvisor.features.background.folder import choose_folder
from meshvisor.features.background.log_tail import Tail, last_lines
from meshvisor.features.background.looking import look_for
from meshvisor.features.background.names import Files
from meshvisor.features.background.usage import usage_of
from meshvisor.shared.errors import UnknownError
from tests.features.background.conftest import (
    Start,
    ended,
    is_over,
    python,
    run_cli,
    until,
    until_progress,
)


def test_from_start_to_end(folder: Path) -> None:
    """Start, look, list, a second start, cancel, look again."""
    at = ("--pid-dir", str(folder))
    started = run_cli("background", "start", "job", *at, "--", "sleep", "1000")
    assert started.returncode == 0, started.stderr
    pid = (folder / "meshvisor-job.pid").read_text().strip()
    assert f"job runs in the background: PID {pid}" in started.stdout
    assert f"meshvisor cancel-process job --pid-dir {folder}" in started.stdout

    status = run_cli("processes", "status", "job", *at, "--show-log")
    assert f"job: running, PID {pid}" in status.stdout
    assert "2 processes" in status.stdout
    listed = run_cli("list-processes", *at)
    assert "1 command runs" in listed.stdout

    refused = run_cli("background", "start", "job", *at, "--", "true")
    assert (refused.returncode, "runs already" in refused.stderr) == (2, True)

    cancelled = run_cli("cancel-process", "job", *at, "--timeout", "30")
    assert f"job (PID {pid}) has ended" in cancelled.stdout
    gone = run_cli("process-status", "job", *at)
    assert (gone.returncode, "its log is left" in gone.stderr) == (2, True)


def test_how_it_is_for_programs(launch: Start, folder: Path) -> None:
    """`--json` has numbers, and what its processes use."""
    found = until_progress(
        launch(
            "counts",
            *python("print('@progress 25 Copying', flush=True); import time; time.sleep(1000)"),
        ),
        25.0,
    )
    shown = run_cli("process-status", "counts", "--pid-dir", str(folder), "--show-log", "--json")
    view = json.loads(shown.stdout)
    assert view["name"] == "counts"
    assert (view["pid"], view["status"]) == (found.status.pid, "running")
    assert (view["progress"], view["current_task"]) == (25.0, "Copying")
    assert view["remaining"] > 0
    assert view["usage"]["processes"] == 2
    assert view["usage"]["memory"] > 1_000_000
    assert len(view["log"]) == 1  # that it was started; progress is not in the log


def test_the_short_way_shows_the_same(
    launch: Start, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without click, for people and for programs; all that is not usual is left to it."""
    ended(launch("done", *python("print('@progress 100 Done')")))
    at = f"--pid-dir={folder}"  # a spelling that is not the usual one
    for arguments in (["process-status", "done"], ["--json", "process-status", "done"]):
        assert try_quickly([*arguments, "--pid-dir", str(folder)])
        shown = capsys.readouterr().out
        assert shown == run_cli(*arguments, at).stdout != ""
    monkeypatch.setenv("MESHVISOR_PID_DIR", str(folder))
    assert try_quickly(arguments)
    assert capsys.readouterr().out == shown
    assert not try_quickly(["process-status", "done", "--pid-dir"])
    for unusual in ("--help", "--follow", "a/b", "--json=1", at):
        assert not try_quickly(["process-status", unusual])
    assert not try_quickly(["process-status"])
    with pytest.raises(UnknownError, match="did you mean done"):
        try_quickly(["process-status", "dome"])


def test_waiting_tells_how_it_ended(launch: Start, folder: Path) -> None:
    """The exit code says whether it was completed."""
    launch("bad", "false")
    waited = run_cli("background", "wait", "bad", "--pid-dir", str(folder))
    assert (waited.returncode, "bad: failed" in waited.stdout) == (1, True)
    launch("slow", "sleep", "1000")
    impatient = run_cli("background", "wait", "slow", "--timeout", "1s", "--pid-dir", str(folder))
    assert (impatient.returncode, "still runs" in impatient.stderr) == (1, True)


def test_following_ends_with_the_command(launch: Start, folder: Path) -> None:
    """Following shows each line and the outcome."""
    launch("talks", *python("for number in range(50): print('line', number)"))
    shown = run_cli("process-status", "talks", "-f", "-n", "100", "--pid-dir", str(folder))
    assert shown.returncode == 0
    assert "line 49" in shown.stdout
    assert "talks: completed" in shown.stdout


def test_cancelling_what_has_ended(launch: Start, folder: Path) -> None:
    """There is nothing to cancel, and it says so."""
    ended(launch("over", "true"))
    printed = run_cli("cancel-process", "over", "--pid-dir", str(folder))
    assert (printed.returncode, "does not run: it has completed after" in printed.stderr) == (
        1,
        True,
    )


@pytest.mark.parametrize("name", ["a/b", "../x", "", ".hidden", "a" * 65, "-x"])
def test_names_that_cannot_be(folder: Path, name: str) -> None:
    """A name never leads out of the folder."""
    printed = run_cli("background", "start", "--pid-dir", str(folder), "--", name, "true")
    assert printed.returncode == 2
    assert "is no name of a background command" in printed.stderr
    assert not folder.exists()


def test_a_bar_on_a_terminal() -> None:
    """The same program that reports by lines in the background draws in the foreground."""
    code = "from meshvisor import progress; progress(50, 'Half'); progress(100, 'All')"
    drawn = on_a_terminal("-c", code)
    assert b"[############------------]  50 % Half" in drawn
    assert b"[########################] 100 % All" in drawn


def test_a_bar_while_it_is_followed(launch: Start, folder: Path) -> None:
    """Progress is not in the log; it is drawn below its lines, and gone in the end."""
    go_on = folder / "go-on"
    code = (
        "import os, time\n"
        "print('a line')\n"
        "print('@progress 50 Half')\n"
        f"while not os.path.exists({str(go_on)!r}): time.sleep(0.01)\n"
    )
    until_progress(launch("drawn", *python(code)), 50.0)
    words = ("process-status", "drawn", "--follow", "--pid-dir", str(folder))
    program = ("-P", "-m", "meshvisor.supervisor.cli.main")
    drawn = on_a_terminal(*program, *words, when=(b"]  50 % Half", go_on.touch))
    assert b"a line" in drawn
    assert drawn.rpartition(b"50 % Half")[2].startswith(b"\r\x1b[K")
    assert b"drawn: " in drawn.rpartition(b"50 % Half")[2]


def on_a_terminal(*arguments: str, when: tuple[bytes, Callable[[], object]] | None = None) -> bytes:
    """Run Python on a terminal and return what it writes there.

    Args:
        arguments: of it.
        when: something to do when something was written.
    """
    mine, its = pty.openpty()
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, *arguments],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, its, 1), (os.POSIX_SPAWN_DUP2, its, 2)],
    )
    os.close(its)
    drawn = b""
    try:
        while piece := os.read(mine, 4096):
            drawn += piece
            if when is not None and when[0] in drawn:
                when[1]()
    except OSError:
        pass  # the end of a terminal
    os.close(mine)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return drawn


def test_a_terminal_that_is_closed_behind_it(folder: Path) -> None:
    """The command goes on when the terminal that has started it is gone."""
    pid, terminal = pty.fork()
    if pid == 0:
        start = f"background start stays --pid-dir {folder} -- sleep 1000"
        program = f"{sys.executable} -P -m meshvisor.supervisor.cli.main {start}"
        os.execvp("sh", ["sh", "-c", f"{program}; echo started; exec sleep 1000"])
    said = b""
    while b"started" not in said:
        said += os.read(terminal, 4096)
    os.close(terminal)  # the kernel sends a SIGHUP to all that have to do with it
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGHUP
    found = look_for(Files(folder, "stays"))
    assert found.runs
    assert not is_over(found.status.command_pid)


def test_what_its_processes_use(launch: Start) -> None:
    """The same that psutil says."""
    found = launch("family", "sh", "-c", "sleep 1000 & sleep 1000; true")
    keeper = psutil.Process(found.status.pid)
    until(lambda: len(keeper.children(recursive=True)) == 3)
    family = [keeper, *keeper.children(recursive=True)]
    usage = usage_of(found)
    assert usage is not None
    assert usage.processes == 4
    assert usage.memory == pytest.approx(sum(one.memory_info().rss for one in family), rel=0.2)
    spent = keeper.cpu_times()
    assert usage.cpu_seconds >= 0.5 * (spent.user + spent.system)


def test_another_folder_is_named(launch: Start, folder: Path, tmp_path: Path) -> None:
    """What is to be copied has the folder in it; one of that name elsewhere is found."""
    found = launch("here", "sleep", "1000")
    printed = run_cli("background", "start", "here", "--pid-dir", str(folder), "--", "true").stderr
    assert f"'meshvisor process-status here --pid-dir {folder}'" in printed
    none = run_cli("list-processes", "--pid-dir", str(tmp_path / "none")).stdout
    assert f"background start NAME --pid-dir {tmp_path}/none -- COMMAND" in none
    (tmp_path / "state" / "meshvisor").mkdir(parents=True)
    (tmp_path / "state" / "meshvisor" / "background").symlink_to(folder)
    other = run_cli(
        "process-status",
        "here",
        XDG_RUNTIME_DIR="",
        XDG_STATE_HOME=str(tmp_path / "state"),
        MESHVISOR_PID_DIR=str(tmp_path / "none"),
    )
    assert f"there is one in {tmp_path}/state/meshvisor/background" in other.stderr
    assert look_for(found.files).runs


def test_cleaning_up(launch: Start, folder: Path) -> None:
    """What has ended goes with its log, what runs stays."""
    ended(launch("one", "true"))
    ended(launch("two", "false"))
    launch("runs", "sleep", "1000")
    at = ("--pid-dir", str(folder))
    refused = run_cli("background", "clean", "runs", *at)
    assert (refused.returncode, "still runs" in refused.stderr) == (2, True)
    assert "one" in run_cli("background", "clean", "one", *at).stdout
    assert (
        run_cli("background", "clean", *at).stdout == f"1 command is removed from {folder}: two.\n"
    )
    assert {path.name.split(".")[0] for path in folder.iterdir()} == {"meshvisor-runs"}
    assert run_cli("background", "clean", "three", *at).returncode == 2


def test_cleaning_up_goes_on(launch: Start, folder: Path) -> None:
    """What cannot be removed is named in the end, and keeps nothing else."""
    for name in ("a", "b", "c"):
        ended(launch(name, "true"))
    for name in ("a", "b"):
        (folder / f"meshvisor-{name}.status").unlink()
        (folder / f"meshvisor-{name}.status").mkdir()
    cleaned = run_cli("background", "clean", "--pid-dir", str(folder))
    assert cleaned.stdout == f"1 command is removed from {folder}: c.\n"
    assert cleaned.returncode == 3
    assert "meshvisor-a.status (Is a directory), meshvisor-b.status (Is a" in cleaned.stderr
    assert "--pid-dir" in cleaned.stderr
    left = {path.name for path in folder.iterdir()}
    assert left == {"meshvisor-a.status", "meshvisor-b.status"}


def test_a_notification_at_the_end(folder: Path, tmp_path: Path) -> None:
    """The channels of a home say how it went; a folder that is no home is refused."""
    at = ("--pid-dir", str(folder), "--home", str(tmp_path))
    nowhere = (*at[:2], "--home", str(tmp_path / "nowhere"))
    refused = run_cli("background", "start", "bad", "--notify", *nowhere, "--", "false")
    assert refused.returncode == 3
    assert "there is no home folder" in refused.stderr.replace("There", "there")
    (tmp_path / "config").mkdir()
    said = run_cli("background", "start", "bad", "--notify", *at, "--", "false").stderr
    assert said.startswith("Nothing will tell of the end: no channel takes")
    until(lambda: len(notified(tmp_path)) == 1)
    (tmp_path / "config" / "meshvisor.toml").write_text('[channels.own]\nkind = "log"\n')
    good = run_cli("background", "start", "good", "--notify", *at, "--", "true")
    assert (good.returncode, good.stderr) == (0, "")
    until(lambda: len(notified(tmp_path)) == 2)
    log = Files(folder, "good").log
    until(lambda: "own: pending" in log.read_text())
    assert notified(tmp_path) == {
        "The background command bad has failed": "warning",
        "The background command good has completed": "info",
    }


def notified(home: Path) -> dict[str, str]:
    """The severity of each notification of a home, by its title."""
    listed = run_cli("notify", "list", "--json", "--home", str(home))
    if listed.returncode:
        return {}  # before the first one there is no database
    return {one["title"]: one["severity"] for one in json.loads(listed.stdout)["notifications"]}


def test_the_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was named, then the runtime folder of the user."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert choose_folder(None) == runtime / "meshvisor"
    monkeypatch.setenv("MESHVISOR_PID_DIR", str(tmp_path / "named"))
    assert choose_folder(None) == tmp_path / "named"
    assert choose_folder(str(tmp_path / "given")) == tmp_path / "given"


def test_the_log_of_this_run(launch: Start, folder: Path) -> None:
    """What an earlier run of the same name has printed is not shown, also behind new parts."""
    ended(launch("twice", "echo", "from the first run"))
    second = ended(launch("twice", "echo", "from the second run"))
    assert "from the first run" in second.files.log.read_text()
    shown = run_cli("process-status", "twice", "--show-log", "--pid-dir", str(folder)).stdout
    assert "from the second run" in shown
    assert "from the first run" not in shown
    assert last_lines(second, 2)[0] == "from the second run"
    lines = "for number in range(40): print(str(number) * 100)"
    long = ended(launch("twice", *python(lines), most_log=3000))
    assert len(last_lines(long, 100)) > 20
    assert "from the second run" not in last_lines(long, 100)
    long.files.log.write_text("")  # by hand
    again = ended(launch("twice", "true"))
    assert [line.split()[0] for line in last_lines(again, 9)] == ["[started:", "[completed"]


def test_the_end_of_a_very_long_log(launch: Start) -> None:
    """A gigabyte is not read to show two lines."""
    found = ended(launch("long", "true"))
    files = found.files
    with files.log.open("wb") as file:
        file.truncate(1_000_000_000)  # a hole: it takes no room
        file.seek(0, os.SEEK_END)
        file.write(b"\nfirst\nsecond\n")
    assert last_lines(found, 2) == ["first", "second"]


def test_a_log_that_is_put_aside_is_followed(folder: Path) -> None:
    """No line is lost where a new part begins."""
    folder.mkdir(mode=0o700)
    files = Files(folder, "turns")
    files.log.write_text("before\n")
    tail = Tail(files)
    with files.log.open("a") as file:
        file.write("one\ntw")
    assert tail.new_lines() == ["one"]
    with files.log.open("a") as file:
        file.write("o\n")
    files.log.rename(files.old_log(1))
    files.log.write_text("three\n")
    assert until(tail.new_lines) == ["two", "three"]
