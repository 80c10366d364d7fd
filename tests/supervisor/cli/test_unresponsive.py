"""A supervisor that hangs, and one that is replaced while a command follows it."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.control.conversation import SilentError
from meshvisor.shared.logs.files import log_file
from meshvisor.shared.logs.line import Record, render
from meshvisor.shared.paths import Home
from tests.supervisor.cli.conftest import MESHVISOR, PROJECT, Run, serving


@contextmanager
def hanging(home: Home) -> Iterator[None]:
    """Have a supervisor that is stopped, and has left a line in a file."""
    with serving(home) as process:
        home.logs.mkdir(exist_ok=True)
        record = Record(1_700_000_000.0, "mesh-room-0", "info", "from the file")
        log_file(home.logs, "mesh-room-0").write_text(render(record))
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize(
    "command", ["stop room-0", "start --all", "restart --all", "refresh", "admin list", "shutdown"]
)
@pytest.mark.some(3)
def test_request_that_is_not_taken(
    run: Run, home: Home, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may take minutes does not wait that long for a supervisor that hangs."""
    monkeypatch.setattr("meshvisor.shared.control.client.REQUEST_TIMEOUT", 0.4)
    with hanging(home):
        outcome = run(*command.split(), "--home", home.root)
    assert outcome.code == 1
    assert "does not answer" in outcome.err
    assert outcome.err.count("\n") == 1


def test_supervisor_that_begins_to_hang(home: Home) -> None:
    """A request that was taken is given up, too, once the supervisor does not answer."""
    with serving(home) as process, ControlClient(home.root, 3) as client:
        client.request("version")
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(SilentError):
            client.request("poll", timeout=600)
        process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("options", [(), ("room-0",), ("--json",)])
@pytest.mark.some(1)
def test_logs_of_a_supervisor_that_hangs(
    run: Run, home: Home, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are shown, and that they are only files."""
    monkeypatch.setattr("meshvisor.shared.control.client.REQUEST_TIMEOUT", 0.4)
    with hanging(home):
        outcome = run("logs", *options, "--home", home.root)
    assert outcome.code == 0
    assert "from the file" in outcome.out
    assert "does not answer" in outcome.err


def test_logs_of_a_supervisor_that_hangs_and_has_no_files(
    run: Run, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that hangs is not said to be away."""
    monkeypatch.setattr("meshvisor.shared.control.client.REQUEST_TIMEOUT", 0.4)
    with serving(home) as process:
        process.send_signal(signal.SIGSTOP)
        outcome = run("logs", "--home", home.root)
        process.send_signal(signal.SIGCONT)
    assert (outcome.code, outcome.out) == (1, "")
    assert "does not answer" in outcome.err


# ---- Following -----------------------------------------------------------------------------------


class Following:
    """A command that follows, and the lines that it has printed."""

    def __init__(self, *arguments: str | Path) -> None:
        self._process = subprocess.Popen(
            [*MESHVISOR, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
        )

    def out(self, condition: Callable[[str], bool]) -> str:
        """Return the next line of stdout that is as it should be."""
        return self._next(self._process.stdout, condition)

    def err(self, words: str) -> str:
        """Return the next line of stderr with these words."""
        return self._next(self._process.stderr, lambda line: words in line)

    def end(self) -> tuple[int, str, str]:
        """Press Ctrl+C; return the exit code and what else was printed."""
        self._process.send_signal(signal.SIGINT)
        out, err = self._process.communicate(timeout=30)
        return self._process.returncode, out, err

    @staticmethod
    def _next(stream: IO[str] | None, condition: Callable[[str], bool]) -> str:
        assert stream is not None
        for line in stream:
            if condition(line):
                return line
        raise AssertionError("it ended before that")


@pytest.mark.long
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_logs_go_on_after_a_restart(home: Home, ending: signal.Signals) -> None:
    """Following survives the supervisor, however it ends, and repeats nothing."""
    with serving(home, error="of the first") as first:
        following = Following("logs", "-f", "--home", home.root)
        following.out(lambda line: line.endswith("of the first\n"))
        first.send_signal(ending)
        following.err("has stopped")
        first.wait(20)
    with serving(home, error="of the second"):
        assert following.out(lambda line: True).endswith("of the second\n")
    code, out, err = following.end()
    assert (code, out) == (0, "")
    assert "Error" not in err


@pytest.mark.long
def test_logs_between_two_supervisors(home: Home) -> None:
    """What was logged while no supervisor answered comes from the files, once."""
    with serving(home, error="seen") as first:
        following = Following("logs", "-f", "--home", home.root, "room-0")
        following.out(lambda line: line.endswith("seen\n"))
        first.terminate()
        following.err("has stopped")
        first.wait(20)
    home.logs.mkdir(exist_ok=True)
    records = [Record(float(ts), "mesh-room-0", "info", f"at {ts}") for ts in (0, 5, 6)]
    log_file(home.logs, "mesh-room-0").write_text("".join(map(render, records)))
    with serving(home):
        assert following.out(lambda line: True).endswith("at 5\n")
        assert following.out(lambda line: True).endswith("at 6\n")
    following.end()


@pytest.mark.long
@pytest.mark.parametrize("as_json", [False, True])
def test_watching_goes_on_after_a_restart(home: Home, as_json: bool) -> None:
    """A status that is watched is there again with the next supervisor; JSON has no odd line."""
    with serving(home) as first:
        watching = Following("status", "--watch", "--home", home.root, *["--json"] * as_json)
        watching.out(lambda line: str(first.pid) in line)
    with serving(home) as second:
        line = watching.out(lambda line: str(second.pid) in line)
        if as_json:
            assert json.loads(line)["supervisor"]["pid"] == second.pid
    code, out, err = watching.end()
    assert (code, err) == (0, "")
    if as_json:
        assert all("supervisor" in json.loads(line) for line in out.splitlines())


def test_following_into_a_full_disk(home: Home) -> None:
    """Output that cannot be written ends it, and is not taken for a supervisor that is away."""
    with serving(home) as first, (home.root / "out").open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [*MESHVISOR, "logs", "-f", "--home", home.root],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
        )
        assert process.stderr is not None
        while not (home.root / "out").read_text():
            time.sleep(0.02)
        first.terminate()
        first.wait(20)
        assert "has stopped" in process.stderr.readline()
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    with serving(home, error="of the second"):
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "The output cannot be written" in err


def test_watching_nothing_as_json(run: Run, home: Home) -> None:
    """Programs that begin to watch without a supervisor get its exit code."""
    outcome = run("status", "--watch", "--json", "--home", home.root)
    assert (outcome.code, outcome.out) == (4, "")
