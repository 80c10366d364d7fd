"""Exit codes, errors in one sentence, and where the common options may stand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from meshvisor.shared.paths import Home
from meshvisor.shared.version import VERSION
from meshvisor.supervisor.cli.root import cli
from meshvisor.supervisor.cli.status import quick as quick_status
from tests.supervisor.cli.conftest import MESHVISOR, PROJECT, Run, run_process, serving


def test_version(run: Run) -> None:
    """`--version` names the release."""
    assert run("--version").out == f"meshvisor {VERSION}\n"


def test_help_lists_every_command(run: Run) -> None:
    """The help of the program and of each group has a line for every command."""
    outcome = run("--help")
    assert outcome.code == 0
    for name in ("run", "status", "logs", "start", "stop", "restart", "meshes", "blocklist",
                 "chat", "playground", "doctor", "config", "shutdown", "completion"):  # fmt: skip
        assert f"\n  {name} " in outcome.out


def test_every_command_has_help_and_the_common_options(run: Run) -> None:
    """No command is without a description, `--home` and `--json`."""
    context = cli.make_context("meshvisor", ["status"], resilient_parsing=True)
    for name in cli.list_commands(context):
        outcome = run(name, "-h")
        assert outcome.code == 0
        assert "--home" in outcome.out
        assert "--json" in outcome.out


@pytest.mark.parametrize("arguments", [(), ("meshes",), ("blocklist",), ("config",)])
def test_nothing_to_do_shows_the_help(run: Run, arguments: tuple[str, ...]) -> None:
    """A group without a command shows which there are, as a wrong usage."""
    outcome = run(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("Usage: meshvisor")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("statsu",), "There is no command 'statsu'; did you mean stats or status"),
        (("meshes", "lst"), "did you mean list?"),
        (("qqqqqq",), "There is no command 'qqqqqq'; see meshvisor -h."),
        (("status", "--jsno"), "No such option"),
        (("meshes", "show"), "Missing argument 'MESH'; see 'meshvisor meshes show --help'."),
        (("meshes", "show", "../x"), "'../x' is no mesh id"),
        (("blocklist", "block", "a", "--for", "soon"), "'soon' is no duration"),
        (("stop",), "Say which meshes to stop"),
        (("stop", "a", "--all"), "not both"),
        (("run", "--rooms", "3"), "add --playground"),
    ],
)
def test_wrong_usage(run: Run, arguments: tuple[str, ...], words: str) -> None:
    """A wrong usage is one sentence on stderr and exit code 2."""
    outcome = run(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("Error: ")
    assert outcome.err.count("\n") == 1
    assert words in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("status", "--json"),
        ("start", "--all"),
        ("meshes", "list"),
        ("logs", "-f"),
        ("logs",),
        ("shutdown",),
        ("config", "reload"),
    ],
)
def test_not_running(run: Run, home: Home, arguments: tuple[str, ...]) -> None:
    """Without a supervisor it is said so, with the next step and exit code 4."""
    outcome = run(*arguments, "--home", home.root)
    assert (outcome.code, outcome.out) == (4, "")
    assert outcome.err.startswith("Error: No supervisor runs on ")
    assert "meshvisor run" in outcome.err


def test_common_options_before_and_after(run: Run, served: Home) -> None:
    """`--home` and `--json` mean the same before the command, after it, and around a group."""
    root = str(served.root)
    expected = run("meshes", "list", "--home", root, "--json").json
    assert run("--home", root, "--json", "meshes", "list").json == expected
    assert run("--json", "meshes", "--home", root, "list").json == expected
    assert run(f"--home={root}", "meshes", "list", "--json").json == expected


def test_home_from_the_environment(run: Run, served: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """MESHVISOR_HOME names the home where `--home` does not."""
    monkeypatch.setenv("MESHVISOR_HOME", str(served.root))
    assert run("status").code == 0
    assert run("meshes", "list").code == 0


def test_bug_goes_to_a_file(run: Run, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug of ours becomes one sentence, and its traceback a file that only we can read."""

    def bug(_arguments: list[str]) -> bool:
        raise RuntimeError("the sky is falling")

    monkeypatch.setattr(quick_status, "try_quickly", bug)
    outcome = run("status", "--home", home.root)
    assert outcome.code == 1
    assert "Traceback" not in outcome.err
    (file,) = home.logs.iterdir()
    assert str(file) in outcome.err
    assert file.stat().st_mode & 0o777 == 0o600
    assert "the sky is falling" in file.read_text()


def test_bug_without_a_writable_home(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the home cannot be written the report goes to the temporary files."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "elsewhere"))

    def bug(_arguments: list[str]) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(quick_status, "try_quickly", bug)
    outcome = run("status", f"--home={blocked}")
    (file,) = (tmp_path / "elsewhere").iterdir()
    assert str(file) in outcome.err


def test_reader_that_has_seen_enough() -> None:
    """A pipe that closes early, as with `| head`, is no error."""
    done = subprocess.run(
        f"{' '.join(MESHVISOR)} config schema | head -c 10",
        shell=True,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=False,
    )
    assert (len(done.stdout), done.stderr) == (10, "")


@pytest.mark.parametrize("where", ["> /dev/full", ">&-"])
@pytest.mark.parametrize(
    "command", ["status", "jobs list", "jobs list --json", "jobs watch", "jobs watch --json"]
)
def test_output_without_a_reader(served: Home, command: str, where: str) -> None:
    """Output that cannot be written is one sentence, and no bug of ours."""
    done = subprocess.run(
        f"exec {' '.join(MESHVISOR)} {command} --home {served.root} {where}",
        shell=True,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The output cannot be written (")
    assert done.stderr.count("\n") == 1
    assert not list(served.logs.glob("crash-*"))


def test_closed_stdout_where_nothing_is_said(home: Home) -> None:
    """Who prints nothing needs no stdout, and what is wrong is still said."""
    done = subprocess.run(
        f"exec {' '.join(MESHVISOR)} status --home {home.root} >&-",
        shell=True,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        check=False,
    )
    assert (done.returncode, "No supervisor runs on" in done.stderr) == (4, True)


def test_interrupt_ends_quietly(served: Home) -> None:
    """Ctrl+C ends a command that follows the log without a word."""
    process = subprocess.Popen(
        [*MESHVISOR, "logs", "-f", "--home", served.root],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert process.stdout is not None
    assert "hello" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_process_ends_with_the_code(home: Home) -> None:
    """The exit code reaches the shell."""
    assert run_process("status", "--home", home.root).code == 4


def test_ascii_terminal_gets_escapes(served: Home) -> None:
    """A terminal that knows only ASCII gets escapes instead of a crash."""
    outcome = run_process(
        "doctor", "--home", served.root, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C"
    )
    assert outcome.code in {0, 1}
    assert "Meshvisor has a bug" not in outcome.err


def test_shutdown_waits_for_the_end(run: Run, home: Home) -> None:
    """`shutdown` returns when the supervisor is gone."""
    with serving(home) as process:
        outcome = run("shutdown", "--home", home.root)
        assert outcome.code == 0
        # It is a zombie until its parent, this test, has asked for its end.
        assert process.wait(0) == 0


def test_closed_stderr(home: Home) -> None:
    """A closed stderr does not change the exit code."""
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(
        [*MESHVISOR, "status", "--home", home.root], stderr=writing, cwd=PROJECT, check=False
    )
    os.close(writing)
    assert process.returncode == 4


@pytest.mark.parametrize(
    ("arguments", "at_once"),
    [
        (["status", "--home", "HOME"], True),
        (["--home", "HOME", "status", "--json"], True),
        (["--home", "HOME", "status", "--sort", "state"], True),
        (["version", "--home", "status"], False),
        (["--home", "status", "version"], False),
    ],
)
def test_which_processes_end_at_once(served: Home, arguments: list[str], at_once: bool) -> None:
    """Python takes apart what it has loaded, but not behind a status, which is whole anyhow."""
    program = (
        "import atexit, sys; from meshvisor.supervisor.cli.main import main\n"
        "atexit.register(print, 'taken apart')\n"
        "sys.exit(main())"
    )
    given = [str(served.root) if one == "HOME" else one for one in arguments]
    done = subprocess.run(
        [sys.executable, "-c", program, *given],
        capture_output=True, text=True, check=True, cwd=PROJECT,
    )  # fmt: skip
    assert done.stdout.endswith("taken apart\n") is not at_once
    assert ("room-2" in done.stdout) is at_once
