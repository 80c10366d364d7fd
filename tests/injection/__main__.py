"""`python -m tests.injection`: errors of system calls in every command, on a seed.

    python -m tests.injection --cases 5000 --seed 7
    python -m tests.injection --only '{"command": ["jobs", "list"], …}'    one case again

A case is a command with or without a supervisor, one kind of system call, an error, and the number
of the call that gets it: only that one, or that one and all later ones.  Whatever comes of it,
people must see at most one sentence and an exit code of docs/cli.md.  Prints what is not so, one
JSON object per line, and ends with 1.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from meshvisor.supervisor.cli import main as entry
from tests.injection import commands, kernel

PROJECT: Final = Path(__file__).parents[2]

DEADLINE: Final = 30.0
"""Seconds that a command may take; it takes less than one."""

CODES: Final = frozenset({0, 1, 2, 3, 4})

STDERR: Final = 2


@dataclass(frozen=True)
class Case:
    """One command, and what is refused."""

    command: tuple[str, ...]
    served: bool
    """With a supervisor."""
    kind: str = ""
    error: str = ""
    number: int = 0
    """The call of its kind that is refused, from 1; 0: none, they are counted only."""
    for_ever: bool = False
    """Whether all later ones are, too."""


@dataclass
class Outcome:
    """What a command has said and ended with."""

    code: int
    out: str
    err: str
    counted: Counter[str]
    refused: list[str]
    left: list[str]
    """Crash files."""


class Homes:
    """A home that a supervisor has, and one to copy for commands that do without."""

    def __init__(self, folder: Path) -> None:
        self.served = folder / "served"
        self._made = folder / "made"
        self._folder = folder
        self._count = 0
        self._server = self._serve()
        self._prepare()

    def _serve(self) -> subprocess.Popen[str]:
        program = [sys.executable, "-m", "tests.supervisor.control.in_memory"]
        server = subprocess.Popen(
            [*program, str(self.served), "3"], stdout=subprocess.PIPE, text=True, cwd=PROJECT
        )
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        return server

    def _prepare(self) -> None:
        program = [sys.executable, "-m", "meshvisor.supervisor.cli.main"]
        for line in (("init", "--yes", "--mesh", commands.MESH), ("admin", "add", "7")):
            subprocess.run(
                [*program, *line, "--home", str(self._made)],
                check=True,
                capture_output=True,
                cwd=PROJECT,
            )

    @contextlib.contextmanager
    def of(self, case: Case) -> Iterator[Path]:
        """Have the home that a case is about."""
        if case.served:
            yield self.served
            return
        self._count += 1
        root = self._folder / f"h{self._count}"
        if commands.name_of(case.command) != "init":
            shutil.copytree(self._made, root)
        yield root
        shutil.rmtree(root, ignore_errors=True)

    def close(self) -> None:
        """End the supervisor."""
        self._server.terminate()
        self._server.wait()
        assert self._server.stdout is not None
        self._server.stdout.close()


# ---- Running a case ------------------------------------------------------------------------------


class Running:
    """A command in a child of ours, whose system calls are answered here."""

    def __init__(self, case: Case, home: Path) -> None:
        self._case = case
        self.counted: Counter[str] = Counter()
        self.refused: list[str] = []
        self._is_another = False
        self._texts = {1: b"", STDERR: b""}
        ours, theirs = socket.socketpair()
        pipes = {number: os.pipe() for number in self._texts}
        self._pid = os.fork()
        if self._pid == 0:
            ours.close()
            self._become(theirs, {number: ends[1] for number, ends in pipes.items()}, home)
        theirs.close()
        self._readers = {}
        for number, (reading, writing) in pipes.items():
            os.close(writing)
            self._readers[reading] = number
        _, (self._listener, *_), _, _ = socket.recv_fds(ours, 1, 1)
        ours.close()

    def _become(self, channel: socket.socket, writers: dict[int, int], home: Path) -> None:
        code = 99
        try:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            for number, writer in writers.items():
                os.dup2(writer, number)
            sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            sys.stderr = open(STDERR, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
            os.chdir(home.parent)
            arguments = [*self._case.command, "--home", str(home)]
            sys.argv = ["meshvisor", *arguments]
            kernel.ask_first(channel)
            channel.close()
            code = entry.main()
        except BaseException:  # noqa: BLE001 - as the interpreter does
            traceback.print_exc()
        finally:
            # As the interpreter does: what cannot be written by then is exit code 120.
            try:
                sys.stdout.flush()
                sys.stderr.flush()
            except (OSError, ValueError):
                code = 120
            os._exit(code)

    def finish(self) -> int:
        """Return how it ended."""
        pidfd = os.pidfd_open(self._pid)
        end = time.monotonic() + DEADLINE
        stopped = False
        while not select.select([pidfd], [], [], 0)[0]:
            ready, _, _ = select.select([self._listener, pidfd, *self._readers], [], [], 1.0)
            for descriptor in ready:
                if descriptor == self._listener:
                    kernel.answer(self._listener, self._decide)
                elif descriptor in self._readers:
                    self._read(descriptor)
            if not stopped and self._has_said_enough():
                stopped = True
                os.kill(self._pid, signal.SIGTERM)
            if time.monotonic() > end:
                os.kill(self._pid, signal.SIGKILL)
        os.close(self._listener)
        _, status = os.waitpid(self._pid, 0)
        os.close(pidfd)
        self._drain()
        return os.waitstatus_to_exitcode(status)

    def text(self, descriptor: int) -> str:
        """Return what came out of it."""
        return self._texts[descriptor].decode("utf-8", "replace")

    def _has_said_enough(self) -> bool:
        is_endless = commands.name_of(self._case.command) in commands.ENDLESS
        return is_endless and (b"running on" in self._texts[STDERR] or bool(self._texts[1]))

    def _read(self, descriptor: int) -> bool:
        data = os.read(descriptor, 65536)
        self._texts[self._readers[descriptor]] += data
        if not data:
            del self._readers[descriptor]
            os.close(descriptor)
        return bool(data)

    def _drain(self) -> None:
        # Children of a supervisor that is gone may hold the other ends for another moment.
        for descriptor in list(self._readers):
            while select.select([descriptor], [], [], 0.05)[0] and self._read(descriptor):
                pass
            if descriptor in self._readers:
                del self._readers[descriptor]
                os.close(descriptor)

    def _decide(self, call: kernel.Call) -> int:
        if not os.path.exists(f"/proc/{self._pid}/task/{call.thread}"):
            return 0  # a child of the command
        if call.kind == "write" and self._is_spared(call.arguments[0]):
            return 0
        case = self._case
        if self._is_another:
            return 0
        self.counted[call.kind] += 1
        number = self.counted[call.kind]
        # What is executed is a program of its own, which cannot even start where much is refused.
        self._is_another = call.name == "execve"
        if call.kind != case.kind or number < case.number or not case.number:
            return 0
        if number > case.number and not case.for_ever:
            return 0
        self.refused.append(call.name)
        self._is_another = False
        return int(getattr(errno, case.error))

    def _is_spared(self, descriptor: int) -> bool:
        # Without stderr nothing could be said, and no machine refuses /dev/null.
        try:
            target = os.readlink(f"/proc/{self._pid}/fd/{descriptor}")
        except OSError:
            return False
        return descriptor == STDERR or target == os.devnull


def run(case: Case, homes: Homes) -> Outcome:
    """Run a case and return what came of it."""
    with homes.of(case) as home:
        running = Running(case, home)
        code = running.finish()
        crashes = [*home.rglob("crash-*"), *Path(tempfile.gettempdir()).glob("crash-*.txt")]
        left = [path.read_text() for path in crashes]
        for path in crashes:
            path.unlink()
    return Outcome(
        code, running.text(1), running.text(STDERR), running.counted, running.refused, left
    )


def complaint(case: Case, outcome: Outcome) -> str:
    """Return what is wrong with an outcome; empty: nothing."""
    err = outcome.err
    if "Traceback" in err or "has a bug" in err or outcome.left:
        return "a bug"
    if outcome.code not in CODES and not (
        outcome.code == -signal.SIGTERM and commands.name_of(case.command) in {"jobs watch", "chat"}
    ):
        return "an exit code that is not documented"
    lines = [line for line in err.splitlines() if not line.startswith("Warning: ")]
    errors = [line for line in lines if line.startswith("Error: ")]
    if outcome.code and not errors and not outcome.out and outcome.refused:
        return "no sentence"
    if len(errors) > 1:
        return "several sentences"
    if commands.name_of(case.command) != "run" and errors and lines[-1] != errors[-1]:
        return "more than a sentence"
    return ""


# ---- Choosing cases ------------------------------------------------------------------------------


class Chooser:
    """Chooses cases on a seed; counts the calls of a command once."""

    def __init__(self, seed: int, homes: Homes) -> None:
        self._random = random.Random(seed)
        self._homes = homes
        self._counts: dict[Case, Counter[str]] = {}
        self._commands = commands.commands()

    def next(self) -> Case:
        """Return a case."""
        command = self._random.choice(self._commands)
        name = commands.name_of(command)
        served = self._random.random() < 0.5
        if name in {"run", "init", *commands.ENDS_SUPERVISOR}:
            served = False
        plain = Case(command, served)
        if plain not in self._counts:
            self._counts[plain] = run(plain, self._homes).counted
        kinds = [kind for kind, count in sorted(self._counts[plain].items()) if count]
        if not served or command[0] in commands.WITH_LOOP:
            # An event loop wakes itself through a socket, which no machine refuses.
            kinds = [kind for kind in kinds if kind != "talk"]
        kind = self._random.choice(kinds)
        return replace(
            plain,
            kind=kind,
            error=self._random.choice(kernel.REFUSALS[kind]),
            number=self._random.randint(1, self._counts[plain][kind]),
            for_ever=self._random.random() < 0.3,
        )


def main() -> int:
    """Run the cases and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.injection", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="a case, as it was printed")
    given = parser.parse_args()
    if not kernel.is_possible():
        sys.stderr.write("This kernel does not let us refuse system calls (seccomp).\n")
        return 3
    with tempfile.TemporaryDirectory(prefix="mv-") as folder:
        tempfile.tempdir = folder  # for crash files that find no other place
        homes = Homes(Path(folder))
        try:
            bad = _only(given.only, homes) if given.only else _many(given, homes)
        finally:
            homes.close()
    return 1 if bad else 0


def _many(given: argparse.Namespace, homes: Homes) -> int:
    chooser = Chooser(given.seed, homes)
    bad = refused = 0
    for _ in range(given.cases):
        case = chooser.next()
        outcome = run(case, homes)
        refused += bool(outcome.refused)
        if said := complaint(case, outcome):
            bad += 1
            _print(case, outcome, said)
    sys.stderr.write(f"{given.cases} cases, {refused} with a refusal, {bad} bad\n")
    return bad


def _only(text: str, homes: Homes) -> int:
    fields = json.loads(text)
    case = Case(**{**fields, "command": tuple(fields["command"])})
    outcome = run(case, homes)
    said = complaint(case, outcome)
    _print(case, outcome, said)
    return bool(said)


def _print(case: Case, outcome: Outcome, said: str) -> None:
    shown = {"said": said, "code": outcome.code, "out": outcome.out[-500:], "err": outcome.err}
    extra = {"refused": outcome.refused[:5], "crash": outcome.left}
    print(json.dumps({"case": asdict(case), **shown, **extra}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
