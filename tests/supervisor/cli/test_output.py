"""Output in any encoding, and on streams that are closed, full or made non-blocking."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshvisor.shared.paths import Home
from meshvisor.supervisor.cli import output
from tests.supervisor.cli.conftest import MESHVISOR, PROJECT, Outcome, Run, serving

ENCODINGS = ["iso-8859-1", "euc-jp", "ascii:strict", "utf-8:strict"]


ODD = "“cut” 🌧 ć"


@pytest.fixture(scope="module")
def odd_served() -> Iterator[Home]:
    """Return a home where a mesh has an error and a log line with characters of all kinds."""
    with tempfile.TemporaryDirectory(prefix="mv-") as root, serving(Home(Path(root)), error=ODD):
        yield Home(Path(root))


def shell(line: str, **environment: str) -> Outcome:
    """Run `meshvisor` with what the line says after it, redirections included."""
    done = subprocess.run(
        f"exec {' '.join(MESHVISOR)} {line}",
        shell=True,
        capture_output=True,
        cwd=PROJECT,
        env={**os.environ, "PYTHONUTF8": "0", **environment},
        timeout=30,
        check=False,
    )
    return Outcome(
        done.returncode, done.stdout.decode("latin-1"), done.stderr.decode("utf-8", "replace")
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("command", ["status", "status --json", "logs", "logs --json", "doctor"])
def test_every_encoding_gets_something_readable(
    odd_served: Home, encoding: str, command: str
) -> None:
    """What an encoding lacks becomes an escape, and JSON stays JSON."""
    outcome = shell(f"{command} --home {odd_served.root}", PYTHONIOENCODING=encoding)
    assert outcome.code in ({0, 1} if command == "doctor" else {0}), outcome.err
    assert "has a bug" not in outcome.err
    if "--json" in command:
        text = outcome.out.encode("latin-1").decode(encoding.partition(":")[0])
        values = (
            [json.loads(line) for line in text.splitlines()]
            if command[0] == "l"
            else [json.loads(text)]
        )
        assert ODD in json.dumps(values, ensure_ascii=False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("status --home {home}", 4),
        ("stop --home {home}", 2),
        ("jobs list --home {home}/missing", 3),
    ],
)
@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full", "2>&- >&- <&-"])
def test_exit_code_without_a_usable_stderr(
    home: Home, arguments: str, code: int, stderr: str
) -> None:
    """The exit code is as documented, whatever stdout and stderr are."""
    outcome = shell(f"{arguments.format(home=home.root)} {stderr}")
    assert (outcome.code, outcome.out) == (code, "")
    assert not list(home.root.rglob("crash-*"))


def test_descriptors_are_streams(home: Home) -> None:
    """With all three closed, no file of ours gets the number of one."""
    outcome = shell(f"blocklist block lobby --home {home.root} <&- >&- 2>&-")
    assert outcome.code == 1  # its answer had nowhere to go
    assert json.loads((home.config / "blocklist.json").read_text())["blockedMeshes"]


def test_non_blocking_stdout_is_waited_for(served: Home) -> None:
    """A pipe that another process has made non-blocking gets everything, even if read slowly."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    command = [*MESHVISOR, "config", "schema", "--home", str(served.root)]
    with subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, cwd=PROJECT) as process:
        os.close(writing)
        with open(reading, "rb") as pipe:
            schema = json.loads(pipe.read())
    assert (process.returncode, "properties" in schema) == (0, True)


def test_numbers_that_json_does_not_have() -> None:
    """NaN and infinity, which a worker may report, are null for programs."""
    value = {"a": [float("nan"), 1.5, {"b": float("-inf")}]}
    assert json.loads(output.to_json(value)) == {"a": [None, 1.5, {"b": None}]}


def test_remark_without_a_reader(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said beside a result is left out where stderr takes nothing."""
    taken: list[int] = []
    monkeypatch.setattr(output, "abandon", taken.append)
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stderr", full)
        output.remark("nobody")
        assert taken == [2]
        monkeypatch.undo()
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())


def test_what_waits_for_a_full_stderr() -> None:
    """What another process could not write there does not change the exit code."""
    program = (
        "import sys, meshvisor.supervisor.cli.root as root, meshvisor.supervisor.cli.main as m\n"
        "def run(_):\n"
        "    try: print('a question', file=sys.stderr)\n"
        "    except OSError: return 3\n"
        "root.run = run\n"
        "raise SystemExit(m.main(['version']))"
    )
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [MESHVISOR[0], "-c", program], stderr=full, cwd=PROJECT, timeout=30, check=False
        )
    assert done.returncode == 3


@pytest.mark.parametrize("is_blocking", [True, False])
def test_a_line_is_seen_when_it_is_printed(is_blocking: bool) -> None:
    """Behind a pipe (`logs -f | grep`), too: nothing waits for a buffer that has to fill up."""
    program = (
        "import os; from meshvisor.shared.streams import open_standard_streams; "
        "from meshvisor.supervisor.cli import output; "
        "open_standard_streams(); output.write('seen\\n'); os._exit(0)"
    )
    reading, writing = os.pipe()
    os.set_blocking(writing, is_blocking)
    # Only the tests' own surroundings may have that switched on.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, stdout=writing, env=env, check=True
    )
    os.close(writing)
    with open(reading, "rb") as pipe:
        assert pipe.read() == b"seen\n"
