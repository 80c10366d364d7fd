"""`meshvisor run --reload`: what counts as a change, and that real processes start anew."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.paths import Home
from meshvisor.shared.run_options import RunOptions
from meshvisor.supervisor import reload
from meshvisor.supervisor.reload import command, files, folders
from meshvisor.supervisor.source_changes import changed_files, look
from tests.supervisor.cli.pseudo_terminal import on_terminal

DEADLINE = 30.0
"""Seconds."""


def test_command_is_the_same_without_the_flag(home: Home) -> None:
    """The child gets every option but `--reload`."""
    options = RunOptions(
        home,
        single_process=True,
        no_console=True,
        of_features={"playground": True, "rooms": 2, "two_words": "x"},
    )
    assert command(options)[1:] == [
        "-P", "-m", "meshvisor.supervisor.cli.main", "run", "--home", str(home.root),
        "--playground", "--rooms", "2", "--two-words", "x", "--single-process", "--no-console",
    ]  # fmt: skip
    assert command(RunOptions(home))[-2:] == ["--home", str(home.root)]


def test_what_is_watched(home: Home) -> None:
    """Every package of ours and the plug-ins are watched, but nothing that the fleet writes."""
    root = Path(reload.__file__).parent.parent
    names = ("console", "features", "playground", "shared", "supervisor", "worker")
    assert folders(RunOptions(home)) == [*(root / name for name in names), home.plugins]


def write(path: Path, text: str) -> None:
    """Write a file whose size and time tell nothing."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    os.utime(path, (1_700_000_000, 1_700_000_000))


def anew(folder: Path) -> None:
    """Remove a folder and make it again."""
    shutil.rmtree(folder)
    write(folder / "a.py", "b0")


def swapped(folder: Path) -> None:
    """Put another folder in the place of one."""
    write(folder.parent / "next" / "a.py", "b0")
    folder.rename(folder.parent / "former")
    (folder.parent / "next").rename(folder)


def relinked(folder: Path) -> None:
    """Have a link lead elsewhere."""
    write(folder.parent / "other.py", "b0")
    (folder / "link.py").unlink()
    (folder / "link.py").symlink_to("../other.py")


CHANGES: dict[str, Callable[[Path], object]] = {
    "made anew": anew,
    "swapped": swapped,
    "relinked": relinked,
    "saved again": lambda folder: write(folder / "a.py", "b0"),
    "a link's target": lambda folder: write(folder.parent / "target.py", "b0"),
    "removed": shutil.rmtree,
    "a statement": lambda folder: write(folder / "queries.sql", "b0"),
    "a deeper file": lambda folder: write(folder / "deep" / "a.py", "b0"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_a_change(home: Home, change: str) -> None:
    """Also in a folder that was made anew, and then again; and nothing else is one."""
    home.config.mkdir()
    write(home.config / "target.py", "a0")
    write(home.plugins / "a.py", "a0")
    (home.plugins / "link.py").symlink_to("../target.py")
    (home.plugins / "round").symlink_to(".")
    (home.plugins / "nowhere.py").symlink_to("nothing")

    def seen() -> dict[str, tuple[int, ...]]:
        return look([home.plugins], [home.settings_file])

    before = seen()
    write(home.plugins / "notes.txt", "")
    write(home.plugins / "__pycache__" / "a.pyc", "")
    assert seen() == before
    CHANGES[change](home.plugins)
    assert changed_files(before, after := seen())
    write(home.plugins / "z.py", "")
    assert changed_files(after, seen()) == [str(home.plugins / "z.py")]


def test_settings_are_watched(home: Home) -> None:
    """Those of the home and those of the database, but not what the supervisor writes."""
    assert files(RunOptions(home)) == [home.settings_file, home.config / "database.json"]


# ---- With real processes -------------------------------------------------------------------------


def until(condition: Callable[[], object]) -> object:
    """Return what `condition` returns as soon as that is true."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def supervisor_pid(home: Home) -> int:
    """Return the PID of the supervisor that answers on a home; 0: none does."""
    try:
        with ControlClient(home.root) as client:
            return int(client.request("version")["pid"])
    except MeshvisorError:
        return 0


def of_pid(found: object) -> int:
    """Return a PID that `until` has found."""
    assert isinstance(found, int)
    return found


def is_gone(pid: int) -> bool:
    """Whether there is no such process any more."""
    return not Path(f"/proc/{pid}").exists()


PROGRAM = (
    "import sys; from meshvisor.supervisor import reload; reload.SOURCE_PACKAGES = ()\n"
    "from meshvisor.supervisor.cli.main import main; sys.exit(main(sys.argv[1:]))"
)
"""Watches only the home, or an edit of the source would disturb the test."""


def reloading(home: Home, *arguments: str) -> list[str]:
    """Return the command line of `meshvisor run --reload` on a home."""
    program = [sys.executable, "-P", "-c", PROGRAM]
    return [*program, "run", "--reload", "--home", str(home.root), *arguments]


@pytest.fixture
def watcher(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    """Start `meshvisor run --reload` on an empty home."""
    process = subprocess.Popen(reloading(home))
    yield process
    pid = supervisor_pid(home)
    process.kill()
    process.wait(10)
    if pid:
        until(lambda: is_gone(pid))


def test_change_starts_anew_and_signals_pass_through(
    home: Home, watcher: subprocess.Popen[bytes]
) -> None:
    """A new plug-in replaces the supervisor, and SIGTERM ends both."""
    first = until(lambda: supervisor_pid(home))
    (home.plugins / "new.py").write_text("")
    second = until(lambda: supervisor_pid(home) not in {0, first} and supervisor_pid(home))
    assert isinstance(first, int)
    assert is_gone(first)
    watcher.send_signal(signal.SIGTERM)
    assert watcher.wait(DEADLINE) == 0
    assert isinstance(second, int)
    assert is_gone(second)


def test_killed_watcher_takes_its_child_along(home: Home, watcher: subprocess.Popen[bytes]) -> None:
    """Nothing is left running when the watcher is killed."""
    pid = until(lambda: supervisor_pid(home))
    watcher.kill()
    assert isinstance(pid, int)
    until(lambda: is_gone(pid))


def test_child_that_was_stopped_ends_the_watcher(
    home: Home, watcher: subprocess.Popen[bytes]
) -> None:
    """A supervisor that was stopped is not started again."""
    pid = until(lambda: supervisor_pid(home))
    assert isinstance(pid, int)
    os.kill(pid, signal.SIGTERM)
    assert watcher.wait(DEADLINE) == 0


def test_child_that_cannot_start_is_tried_again_at_the_next_change(
    home: Home, watcher: subprocess.Popen[bytes]
) -> None:
    """A supervisor that fails leaves the watcher waiting for the mending change."""
    first = until(lambda: supervisor_pid(home))
    assert isinstance(first, int)
    os.kill(first, signal.SIGKILL)
    until(lambda: is_gone(first))
    (home.plugins / "new.py").write_text("")
    assert until(lambda: supervisor_pid(home) not in {0, first})


def test_folders_that_come_anew_and_settings(home: Home, watcher: subprocess.Popen[bytes]) -> None:
    """The supervisor starts anew for each, and for later changes too."""

    def started_besides(before: int) -> int:
        return of_pid(until(lambda: (now := supervisor_pid(home)) != before and now))

    pid = started_besides(0)
    anew(home.plugins)
    pid = started_besides(pid)
    swapped(home.plugins)
    pid = started_besides(pid)
    write(home.settings_file, "[commands]\ncooldown = 2\n")
    started_besides(pid)


def test_files_in_the_current_folder_and_the_home(home: Home) -> None:
    """None of them stands in for a module of Python or of ours."""
    for name in ("types", "logging", "shared", "supervisor", "worker", "json"):
        (home.root / f"{name}.py").write_text("raise RuntimeError('the wrong file')")
    process = subprocess.Popen(reloading(home), cwd=home.root)
    try:
        until(lambda: supervisor_pid(home))
        process.terminate()
        assert process.wait(DEADLINE) == 0
    finally:
        process.kill()
        process.wait()


# ---- On a terminal -------------------------------------------------------------------------------


async def until_async(condition: Callable[[], object]) -> object:
    """Return what `condition` returns as soon as that is true."""
    return await asyncio.to_thread(until, condition)


def state(pid: int) -> str:
    """Return the state of a process: T when it is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def test_a_user_can_log_in(home: Home) -> None:
    """The child can read from the terminal, and Ctrl+C at its question ends both."""
    home.config.mkdir()
    home.settings_file.write_text("[platform]\nurl = 'http://127.0.0.1:9'\n")
    async with on_terminal(reloading(home)) as terminal:
        await terminal.see("has to log in first")
        await terminal.see("mail")
        terminal.type("bot@example.org\n")
        await terminal.see("127.0.0.1:9")
        terminal.type("\x03")
        # 3: the child has given the platform up by then.
        assert await terminal.exit_code() in {1, 3, 130}


async def test_a_terminal_that_stops_who_prints_in_the_background(home: Home) -> None:
    """With `stty tostop` as without, and one Ctrl+C is a polite stop."""
    line = shlex.join(reloading(home))
    async with on_terminal(["sh", "-c", f"stty tostop; exec {line}"]) as terminal:
        await terminal.see("running on")
        pid = of_pid(await until_async(lambda: supervisor_pid(home)))
        terminal.type("\x03")
        await terminal.see("stopped")
        assert await terminal.exit_code() == 0
        assert is_gone(pid)


async def test_quitting_is_a_polite_stop(home: Home) -> None:
    """SIGQUIT of the terminal reaches both; no second one, which would end the child, is made."""
    async with on_terminal(reloading(home)) as terminal:
        await terminal.see("running on")
        pid = of_pid(await until_async(lambda: supervisor_pid(home)))
        terminal.type("\x1c")
        await terminal.see("stopped")
        assert await terminal.exit_code() == 0
        assert is_gone(pid)


async def test_a_stopped_child_can_be_ended(home: Home) -> None:
    """Ctrl+C lets it go on, so that it can act on it."""
    async with on_terminal(reloading(home)) as terminal:
        pid = of_pid(await until_async(lambda: supervisor_pid(home)))
        os.kill(pid, signal.SIGSTOP)
        await until_async(lambda: state(pid) == "T")
        terminal.type("\x03")
        assert await terminal.exit_code() == 0
        assert is_gone(pid)


async def test_stopping_and_going_on(home: Home) -> None:
    """Ctrl+Z stops all of it, `fg` lets all go on, as without --reload."""
    async with on_terminal(["sh", "-i"], PS1="ready$ ") as terminal:
        await terminal.see("ready")
        terminal.type(shlex.join(reloading(home)) + "\n")
        pid = of_pid(await until_async(lambda: supervisor_pid(home)))
        terminal.type("\x1a")
        await terminal.see("(?is)stopped.*ready")
        await until_async(lambda: state(pid) == "T")
        terminal.type("fg\n")
        await until_async(lambda: supervisor_pid(home) == pid)
        terminal.type("\x03")
        await until_async(lambda: is_gone(pid))
        await terminal.see("ready")
        terminal.type("exit\n")
        await terminal.exit_code()


def test_a_child_that_does_not_end_is_killed(home: Home) -> None:
    """After its time, which is over at once here, and the watcher ends with it."""
    head = "from meshvisor.supervisor import reload\nreload.STOP_MARGIN = -1000\n"
    impatient = head + PROGRAM
    line = [sys.executable, "-P", "-c", impatient, *reloading(home)[4:]]
    process = subprocess.Popen(line)
    try:
        pid = of_pid(until(lambda: supervisor_pid(home)))
        process.terminate()
        assert process.wait(DEADLINE) == 128 + signal.SIGKILL
        assert is_gone(pid)
    finally:
        process.kill()
        process.wait()
