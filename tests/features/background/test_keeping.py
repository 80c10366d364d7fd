"""What becomes of a command in the background: its files, its progress, its end."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from meshvisor.features.background.cancelling import cancel
from meshvisor.features.background.looking import look, look_at_all, look_for
from meshvisor.features.background.names import Files
from meshvisor.features.background.starting import start
from meshvisor.features.background.status import State
from meshvisor.shared.errors import MissingError, UsageError
from tests.features.background.conftest import (
    Start,
    ended,
    is_over,
    python,
    until,
    until_printed,
    until_progress,
)

WAITS = ("sleep", "1000")

NOBODY = 65534


def test_a_command_that_succeeds(launch: Start, folder: Path) -> None:
    """What it printed and how it ended is in its files."""
    found = ended(launch("good", "sh", "-c", "echo out; echo err >&2"))
    status = json.loads((folder / "meshvisor-good.status").read_text())
    assert status["status"] == "completed"
    assert status["exit_code"] == 0
    assert status["command"] == "sh -c 'echo out; echo err >&2'"
    assert status["end_time"] >= status["start_time"]
    log = (folder / "meshvisor-good.log").read_text().splitlines()
    assert log[0].startswith("[started: sh -c ")
    assert log[1:3] == ["out", "err"]
    assert log[3].startswith("[completed after ")
    assert not found.files.pid.exists()


def test_files_while_it_runs(launch: Start, folder: Path) -> None:
    """Three files for their owner alone, with the keys of old."""
    found = launch("waits", *WAITS)
    assert int((folder / "meshvisor-waits.pid").read_text()) == found.status.pid
    status = json.loads((folder / "meshvisor-waits.status").read_text())
    seed = "pid", "start_time", "status", "command", "progress", "current_task", "last_update"
    assert set(seed) <= status.keys()
    assert (status["pid"], status["status"]) == (found.status.pid, "running")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert set(modes.values()) == {0o600}
    assert len(modes) == 3
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_has_nothing_of_the_terminal(launch: Start) -> None:
    """A terminal that is closed does not end it."""
    found = launch("waits", *WAITS)
    keeper = found.status.pid
    assert os.getsid(keeper) == keeper != os.getsid(0)
    os.kill(keeper, signal.SIGHUP)  # what a terminal sends when it is closed
    again = launch("other", "true")  # it has had its time to die
    ended(again)
    assert look_for(found.files).runs


@pytest.mark.parametrize(
    ("code", "state", "exit_code", "error"),
    [
        ("raise SystemExit(3)", State.FAILED, 3, "it ended with exit code 3"),
        (
            "import os; os.kill(os.getpid(), 9)",
            State.CRASHED,
            137,
            "signal 9 (SIGKILL) has ended it",
        ),
    ],
)
def test_a_command_that_fails(
    launch: Start, code: str, state: State, exit_code: int, error: str
) -> None:
    """The exit code and the signal are distinguished."""
    status = ended(launch("bad", *python(code))).status
    assert (status.status, status.exit_code, status.error) == (state, exit_code, error)


def test_progress_of_a_python_program(launch: Start) -> None:
    """The call is seen in the status file and not in the log."""
    code = (
        "from meshvisor import progress\n"
        "import time\n"
        "progress(45.2, 'Batch 23 of 50')\n"
        "print('a line of its log')\n"
        "time.sleep(1000)"
    )
    found = until_progress(launch("counts", *python(code)), 45.2)
    assert found.status.current_task == "Batch 23 of 50"
    assert found.remaining is not None
    until_printed(found, "a line of its log")
    assert "@progress" not in found.files.log.read_text()


def test_a_program_that_stops_half_way(launch: Start) -> None:
    """It is completed, for it ended well, and not at 100 %, for it says that it is not done."""
    code = "from meshvisor import progress; progress(40, 'Half'); progress(None, 'Stopped: enough')"
    status = ended(launch("stops", *python(code))).status
    assert (status.status, status.progress, status.current_task) == (
        State.COMPLETED,
        None,
        "Stopped: enough",
    )


def test_the_last_call_counts(launch: Start) -> None:
    """Also if it comes right behind another one: the next may be long in coming."""
    code = (
        "from meshvisor import progress; progress(0, 'Batch 0'); progress(50, 'Batch 1'); "
        "progress(50, 'Batch 1'); raise SystemExit(1)"
    )
    found = ended(launch("short", *python(code)))
    assert (found.status.progress, found.status.current_task) == (50.0, "Batch 1")


def test_progress_by_lines_of_a_shell(launch: Start) -> None:
    """Any language can say how far it is."""
    script = "echo '@progress 10 Copying'; echo '@progress - Tidying up'; printf 'no newline'"
    found = ended(launch("shell", "sh", "-c", script))
    assert (found.status.progress, found.status.current_task) == (None, "Tidying up")
    assert "]\nno newline\n[completed" in found.files.log.read_text()


def test_a_last_line_without_its_end(launch: Start) -> None:
    """It says how far it is as well."""
    found = ended(launch("shell", "sh", "-c", "printf '@progress 60 Almost there'; exit 1"))
    assert (found.status.progress, found.status.current_task) == (60.0, "Almost there")
    assert "Almost" not in found.files.log.read_text().split("]", 1)[1]


def test_a_line_without_end_costs_no_memory(launch: Start) -> None:
    """The log has three parts of limited size, whatever comes."""
    code = "import sys\nfor _ in range(200): sys.stdout.write('x' * 100_000)"
    found = launch("long", *python(code), most_log=1_000_000)
    status = ended(found).status
    assert status.status == State.COMPLETED
    parts = [found.files.log, found.files.old_log(1), found.files.old_log(2)]
    assert [part.exists() for part in parts] == [True] * 3
    assert not found.files.old_log(3).exists()
    assert sum(part.stat().st_size for part in parts) <= 3_000_000 + 200


def test_two_under_one_name(launch: Start) -> None:
    """The second is refused, and the first goes on."""
    found = launch("one", *WAITS)
    with pytest.raises(UsageError, match=rf"one runs already \(PID {found.status.pid}\)"):
        launch("one", "true")
    assert look_for(found.files).runs


def test_a_name_may_be_used_again(launch: Start) -> None:
    """What has ended is in no one's way."""
    ended(launch("again", "false"))
    assert ended(launch("again", "true")).status.status == State.COMPLETED


def test_a_program_that_is_not_there(launch: Start, folder: Path) -> None:
    """It is refused at the start, and leaves no PID file."""
    with pytest.raises(MissingError, match="there is no program 'no-such-program'"):
        launch("nothing", "no-such-program")
    assert look(Files(folder, "nothing")) is None
    assert not (folder / "meshvisor-nothing.pid").exists()


def test_a_keeper_that_is_killed(launch: Start) -> None:
    """It is crashed and not running, and its command is asked to end."""
    found = launch("dies", *WAITS)
    os.kill(found.status.pid, signal.SIGKILL)
    crashed = until(lambda: None if (one := look_for(found.files)).runs else one)
    assert crashed.status.status == State.CRASHED
    assert crashed.status.error == "its keeper was killed"
    assert not found.files.pid.exists()
    # The kernel has asked the command to end, too.
    until(lambda: is_over(found.status.command_pid))
    assert ended(launch("dies", "true")).status.status == State.COMPLETED


def test_what_a_killed_keeper_leaves_is_known(launch: Start) -> None:
    """A command that ignores the request is named, and blocks its name."""
    found = launch("stubborn", "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1000; done")
    until_printed(found, "ready")
    os.kill(found.status.pid, signal.SIGKILL)
    crashed = until(lambda: None if (one := look_for(found.files)).runs else one)
    assert found.status.command_pid in crashed.left
    with pytest.raises(UsageError, match="left processes that still run"):
        launch("stubborn", "true")


def test_what_a_command_leaves_behind_goes_with_it(launch: Start) -> None:
    """A grandchild in a session of its own ends with the command."""
    code = (
        "import os, time\n"
        "if pid := os.fork():\n"
        "    print(pid)\n"
        "else:\n"
        "    os.setsid()\n"
        "    time.sleep(1000)\n"
    )
    found = ended(launch("leaves", *python(code)))
    lines = found.files.log.read_text().splitlines()
    stray = next(int(line) for line in lines if line.isdigit())
    assert is_over(stray)
    assert found.status.status == State.COMPLETED


def test_a_recycled_pid_is_not_it(launch: Start) -> None:
    """Another process of the same number is neither shown nor harmed."""
    found = ended(launch("old", "true"))
    # As if the machine had given the keeper's number to this very process.
    status = json.loads(found.files.status.read_text())
    status |= {"status": "running", "pid": os.getpid()}
    found.files.status.write_text(json.dumps(status))
    found.files.pid.write_text(f"{os.getpid()}\n")
    again = look_for(found.files)
    assert again.status.status == State.CRASHED
    assert not again.left
    assert not found.files.pid.exists()


def test_a_start_of_the_machine_ends_all(launch: Start) -> None:
    """A status of before the machine was started anew is not believed."""
    found = launch("before", *WAITS)
    status = json.loads(found.files.status.read_text())
    text = json.dumps(status | {"boot_id": "another"})
    os.kill(found.status.pid, signal.SIGQUIT)
    ended(found)
    found.files.status.write_text(text)
    again = look_for(found.files)
    assert again.status.status == State.CRASHED
    assert "started anew" in (again.status.error or "")


def test_a_clock_that_is_set(launch: Start) -> None:
    """How long it runs is not what the clock says."""
    found = launch("steps", *WAITS)
    status = json.loads(found.files.status.read_text())
    for step in (-1e7, 1e7):
        moved = {name: status[name] + step for name in ("start_time", "last_update")}
        found.files.status.write_text(json.dumps(status | moved))
        now = look_for(found.files)
        assert now.runs
        assert 0 <= now.runtime < 1e6


def test_when_a_keeper_was_killed(launch: Start) -> None:
    """It is the last time that anything was heard of it, whenever it is asked for."""
    found = launch("dies", *WAITS)
    os.kill(found.status.pid, signal.SIGKILL)
    until(lambda: is_over(found.status.pid))
    began = found.status.start_time - 1000
    os.utime(found.files.log, (began + 20,) * 2)
    status = json.loads(found.files.status.read_text())
    found.files.status.write_text(
        json.dumps(status | {"start_time": began, "last_update": began + 10})
    )
    assert look_for(found.files).runtime == pytest.approx(20)


def test_a_status_file_that_is_gone(launch: Start) -> None:
    """Its keeper is found all the same, also without its PID file, and can be ended."""
    found = launch("lost", *WAITS)
    found.files.status.unlink()
    assert look_for(found.files).status.pid == found.status.pid
    found.files.pid.unlink()
    again = look_for(found.files)
    assert again.runs
    with pytest.raises(UsageError, match="runs already"):
        launch("lost", "true")
    assert not cancel(again, 30)
    assert look(found.files) is None


def test_a_folder_that_is_gone(launch: Start, tmp_path: Path) -> None:
    """Runtime folders go with the last session: status and log are there again."""
    go = tmp_path / "go"
    script = f"while [ ! -e {go} ]; do sleep 0.01; done; echo '@progress 50 Half'; echo said; "
    found = launch("stays", "sh", "-c", script + "sleep 1000")
    shutil.rmtree(found.files.folder)
    go.touch()
    assert until_progress(found, 50.0).status.pid == found.status.pid
    until(found.files.log.exists)
    until_printed(found, "said")


def test_a_command_line_that_is_very_long(launch: Start) -> None:
    """It may be as long as the kernel lets it, and is in the status in full."""
    words = [str(number) * 10 for number in range(10_000)]
    found = ended(launch("long", "echo", *words))
    assert found.status.status == State.COMPLETED
    assert found.status.command.endswith(words[-1])
    with pytest.raises(MissingError, match=r"cannot be started: Argument list too long"):
        launch("longer", "echo", *(words * 30))


def test_passwords_are_not_written_down(launch: Start) -> None:
    """The command gets them, its files do not."""
    found = ended(launch("hides", "sh", "-c", "test $1 = a://b:hunter2@c", "-", "a://b:hunter2@c"))
    assert found.status.status == State.COMPLETED
    for file in (found.files.status, found.files.log):
        assert "hunter2" not in file.read_text()
        assert "a://b:***@c" in file.read_text()


def test_passwords_after_options_are_not_written_down(launch: Start) -> None:
    """Also where the option and its value are two words, or within what a shell reads."""
    words = ("--password", "hunter2", "--db-token=hunter2", "mysql --passwd hunter2 -v")
    found = ended(launch("words", "sh", "-c", 'test "$2" = hunter2', "-", *words))
    assert found.status.status == State.COMPLETED
    for file in (found.files.status, found.files.log):
        assert "hunter2" not in file.read_text().partition("- --")[2]
        assert "--password '***' '--db-token=***' 'mysql --passwd *** -v'" in file.read_text()


def test_passwords_of_variables_and_headers_are_not_written_down(launch: Start) -> None:
    """However short they are."""
    words = ("TOKEN=zzz", "-H", "Authorization: Bearer zzz", "http://host/?access_token=zzz&n=1")
    found = ended(launch("curls", "true", *words))
    shown = "true 'TOKEN=***' -H 'Authorization: ***' 'http://host/?access_token=***&n=1'"
    for file in (found.files.status, found.files.log):
        assert "zzz" not in file.read_text()
        assert shown in file.read_text()


def test_no_room_at_the_start(launch: Start, folder: Path) -> None:
    """It is said of the files and not of the command, and nothing is left."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(MissingError, match=r"cannot be written: File too large"):
            launch("full", "true")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (folder / "meshvisor-full.pid").exists()


@pytest.mark.parametrize("content", ["", "nonsense", "{}", "[1]", '{"pid": "x"}', "\x00" * 4096])
def test_files_with_nonsense(launch: Start, folder: Path, content: str) -> None:
    """They are no background command, and in no one's way."""
    folder.mkdir(mode=0o700)
    files = Files(folder, "odd")
    files.status.write_text(content)
    files.pid.write_text(content)
    assert look(files) is None
    assert not files.pid.exists()
    assert ended(launch("odd", "true")).status.status == State.COMPLETED


def test_a_disk_that_is_full_costs_lines_and_nothing_else(launch: Start, folder: Path) -> None:
    """The kernel refuses to let the keeper's files grow, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    code = "for _ in range(100): print('x' * 1000)"
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        found = launch("full", *python(code))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert ended(found).status.status == State.COMPLETED
    assert found.files.log.stat().st_size <= 20_000


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Have a disk of its own in the place of a folder for a `with`."""
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "none", str(folder)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_the_outcome_on_a_disk_without_room(tmp_path: Path) -> None:
    """It is written down all the same: the command is not taken for one that was killed."""
    disk = tmp_path / "disk"
    with small_disk(disk):
        # The log leaves less than the room of a status file.
        code = "import sys; sys.stdout.write('x' * 100_000); print(); print('@progress 70 End')"
        found = ended(start(Files(disk, "full"), list(python(code))))
        assert found.status.status == State.COMPLETED
        assert (found.status.exit_code, found.status.current_task) == (0, "End")


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Be one for a `with`, whom permissions hold for."""
    if os.geteuid() != 0:
        yield
        return
    os.setresgid(NOBODY, NOBODY, 0)
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)


def test_a_folder_without_permission() -> None:
    """It is said in a sentence, whether it may be read or not, and nothing is left there."""
    with TemporaryDirectory(dir="/tmp") as name:  # others cannot reach the test's own
        folder = Path(name)
        for mode in (0o555, 0o000):
            folder.chmod(mode)
            with (
                ordinary_user(),
                pytest.raises(MissingError, match=r"may not write to|Permission denied"),
            ):
                start(Files(folder, "mine"), ["true"])
        with ordinary_user(), pytest.raises(PermissionError):
            look_at_all(folder)
        folder.chmod(0o700)
        assert list(folder.iterdir()) == []


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770])
def test_folders_that_others_may_write_to(tmp_path: Path, mode: int) -> None:
    """They are refused unless forced."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(mode)
    with pytest.raises(UsageError, match="others may write to"):
        start(Files(shared, "trap"), ["true"])
    assert list(shared.iterdir()) == []
    assert ended(start(Files(shared, "trap"), ["true"], force=True)).status.exit_code == 0


def test_a_link_in_the_place_of_a_file(tmp_path: Path, launch: Start, folder: Path) -> None:
    """Nothing is written through it."""
    precious = tmp_path / "precious"
    precious.write_text("keep me")
    folder.mkdir(mode=0o700)
    for suffix in ("pid", "log", "status"):
        (folder / f"meshvisor-linked.{suffix}").symlink_to(precious)
    with pytest.raises(MissingError, match="no ordinary file"):
        launch("linked", "true")
    assert precious.read_text() == "keep me"
