"""Executing programs with nothing but what they are meant to have."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshvisor.shared.settings.environment import PREFIX
from meshvisor.supervisor.spawn import SETTINGS_PREFIX, spawn

REPORT = """
import json, os, signal
facts = {
    "open": {n: os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")
             if os.path.exists(f"/proc/self/fd/{n}")},
    "session": os.getsid(0),
    "pid": os.getpid(),
    "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    "sigterm": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
    "variables": sorted(name for name in os.environ if name.startswith("MESHVISOR")),
    "sighup": signal.getsignal(signal.SIGHUP) == signal.SIG_DFL,
}
os.write(1, json.dumps(facts).encode())
"""


class Files:
    """Files whose names tell which is which, and a pipe for what the program reports."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: list[int] = []
        self.report, self.output = os.pipe2(os.O_CLOEXEC)
        self._open += [self.report, self.output]

    def open(self, name: str, number: int = 0) -> int:
        """Open a file, at the given number or above."""
        path = self._folder / name
        path.touch()
        first = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        descriptor = fcntl.fcntl(first, fcntl.F_DUPFD_CLOEXEC, number)
        os.close(first)
        self._open.append(descriptor)
        return descriptor

    def run(self, descriptors: dict[int, int]) -> dict[str, Any]:
        """Run the program and return what it reports; `open` has names instead of paths."""
        pid = spawn([sys.executable, "-c", REPORT], {1: self.output, **descriptors})
        _, status = os.waitpid(pid, 0)
        assert status == 0
        facts: dict[str, Any] = json.loads(os.read(self.report, 65536))
        facts["open"] = {
            int(number): Path(path).name
            for number, path in facts["open"].items()
            if path.startswith(str(self._folder))
        }
        return facts

    def close(self) -> None:
        """Close everything."""
        for descriptor in self._open:
            os.close(descriptor)


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    """Return files to pass on."""
    made = Files(tmp_path)
    yield made
    made.close()


def test_each_descriptor_arrives_at_its_number(files: Files) -> None:
    """Nothing else that this process has opened is passed on."""
    files.open("not for others")
    passed = {3: files.open("a"), 4: files.open("b"), 5: files.open("c")}
    assert files.run(passed)["open"] == {3: "a", 4: "b", 5: "c"}


def test_numbers_that_are_taken_here(files: Files) -> None:
    """Descriptors can swap their numbers on the way, wherever they are in this process."""
    a, b = files.open("a", 100), files.open("b", 100)
    assert files.run({a: b, b: a})["open"] == {a: "b", b: "a"}
    assert files.run({a: a, b: b})["open"] == {a: "a", b: "b"}


@pytest.mark.parametrize("first", [3, 20, 199, 200, 201, 202, 203, 204, 205, 300])
def test_a_supervisor_with_many_descriptors(files: Files, first: int) -> None:
    """A zygote that is replaced while hundreds of workers run gets the right ones, too."""
    names = "abcdef"
    opened = [files.open(name, first + number) for number, name in enumerate(names)]
    passed = {number + 2: descriptor for number, descriptor in enumerate(reversed(opened))}
    expected = {number + 2: name for number, name in enumerate(reversed(names))}
    assert files.run(passed)["open"] == expected


def test_a_session_of_its_own(files: Files) -> None:
    """Ctrl+C on the terminal does not reach it."""
    facts = files.run({})
    assert facts["session"] == facts["pid"]


def test_signals_are_as_a_program_expects_them(files: Files) -> None:
    """What this process ignores or holds back is not handed down."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        facts = files.run({})
    finally:
        signal.signal(signal.SIGHUP, before)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    assert facts["blocked"] == 0
    assert facts["sigterm"]
    assert facts["sighup"]


def test_settings_are_not_handed_down(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's password is no business of the code of others; other variables are."""
    monkeypatch.setenv("MESHVISOR__DATABASE__URI", "mongodb://user:secret@host/name")
    monkeypatch.setenv("MESHVISOR_HOME", "/srv/meshvisor")

    assert SETTINGS_PREFIX == PREFIX
    assert files.run({})["variables"] == ["MESHVISOR_HOME"]


def test_a_program_that_is_not_there() -> None:
    """The error comes at once and in this process."""
    with pytest.raises(FileNotFoundError):
        spawn(["/no/such/program"], {})
