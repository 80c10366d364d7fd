"""A whole fleet as an operator has it: `meshvisor run` on a home of its own, seen from outside.

Owns the process, its settings, its end, and waiting for what it shows: through the control
socket, its log files, its other files and its processes.  Does not own the mesh server; tests
pass the address of a `Playground`.

    fleet = Fleet(home, server_settings(playground))
    await fleet.start()
    await fleet.mesh_is("lobby", MeshState.CONNECTED)
    ...
    await fleet.close()

Everything that waits raises `AssertionError`, with what it waited for and what the fleet said
last; nothing here depends on how long anything takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import psutil

from meshvisor.features.fleet.results import MeshStatus
from meshvisor.playground.server import Playground
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.logs.files import log_file
from meshvisor.shared.logs.line import SUPERVISOR, mesh_source
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.status import StatusReport

PROJECT: Final = Path(__file__).parent.parent

PATIENCE: Final = 60.0
"""Seconds that a test waits for what takes at most a few, on however busy a machine."""

DATABASE: Final = "/var/meshvisor.db"
"""How the path of a home's database ends."""

PROGRAM: Final = ("-m", "meshvisor.supervisor.cli.main")
"""What Python runs as `meshvisor`."""

Sections = Mapping[str, Any]
"""Settings by section: names with values, or a list of such."""

T = TypeVar("T")


def server_settings(playground: Playground, **sections: Any) -> dict[str, Any]:
    """Return settings for a fleet of all rooms of a playground, without needless pauses."""
    quick: dict[str, Any] = {
        "fleet": {
            "process_restart_delay": 0,
            "max_process_restarts": 1000,
            "shutdown_timeout": 5,
            "connects_per_second": 1000,
            "discovery_interval": 0.2,
        },
        "commands": {"cooldown": 0},
        # Four times an hour there would be jobs that no test knows of.
        "scheduling": {"built_in": False},
        # The playground does not ask for an account unless an option says so.
        "platform": {"url": playground.url, "server": playground.server, "login": "none"},
    }
    for section, values in sections.items():
        usual = quick.get(section)
        quick[section] = values if usual is None else {**usual, **values}
    return quick


@dataclass(frozen=True)
class Outcome:
    """How a command has ended and what it has said."""

    code: int
    out: str
    err: str


class Fleet:
    """A `meshvisor run`; make as many of them on one home as the test is about.

    Args:
        home: its files stay when the fleet ends.
        sections: its settings; None: leave the file as it is.
    """

    def __init__(self, home: Home, sections: Sections | None = None) -> None:
        self.home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._output = home.root / "output.txt"
        if sections is not None:
            self.write_settings(sections)

    # ---- Before the start --------------------------------------------------------------------

    def write_settings(self, sections: Sections) -> None:
        """Write the settings file."""
        lines = []
        for section, content in sections.items():
            is_list = isinstance(content, list)
            for values in content if is_list else (content,):
                lines.append(f"[[{section}]]" if is_list else f"[{section}]")
                # What these settings hold looks the same in JSON and in TOML.
                lines += [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        self.home.config.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home.settings_file.touch(mode=0o600)  # one that holds a secret must be
        self.home.settings_file.write_text("\n".join(lines) + "\n")

    def write_plugin(self, name: str, code: str) -> None:
        """Put a plug-in into the home; the names of `meshvisor` are there already."""
        self.home.plugins.mkdir(mode=0o700, parents=True, exist_ok=True)
        head = "import asyncio, ctypes, os, signal, socket, subprocess, sys, threading, time\n"
        text = f"{head}from meshvisor import *\n{code}"
        (self.home.plugins / f"{name}.py").write_text(text)

    # ---- Life --------------------------------------------------------------------------------

    def launch(
        self,
        *arguments: str,
        program: tuple[str, ...] = PROGRAM,
        open_files: int | None = None,
        soft_open_files: int | None = None,
        before: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start the process and return at once.

        Args:
            arguments: of `meshvisor run`, besides `--home`.
            program: what Python runs instead of `meshvisor`.
            open_files: how many descriptors each process may have.
            soft_open_files: how many, unless it raises the limit itself.
            before: what the command line begins with; it executes the rest.
            environment: further variables.
        """
        command = [sys.executable, *program, "run", "--home", str(self.home.root), *arguments]
        if open_files is not None:
            command = ["sh", "-c", f'ulimit -n {open_files}; exec "$@"', "sh", *command]
        if soft_open_files is not None:
            command = ["sh", "-c", f'ulimit -Sn {soft_open_files}; exec "$@"', "sh", *command]
        command = [*before, *command]
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=PROJECT,
                env={**os.environ, **(environment or {})},
            )

    async def start(self, *arguments: str, **how: Any) -> None:
        """Start the process and return when it says that it runs; see `launch`."""
        self.launch(*arguments, **how)

        async def runs() -> bool:
            assert self.running, f"it ended while it started:\n{self.output}"
            try:
                return (await self.status()).supervisor.state == "running"
            except MeshvisorError:
                return False

        await self.until_told(runs, "the supervisor to run")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the supervisor."""
        assert self._process is not None
        self._process.send_signal(number)

    async def exit_code(self) -> int:
        """Return how the supervisor ended, when it has; negative: by which signal."""
        process = self._process
        assert process is not None
        await self.until(lambda: process.poll() is not None, "the supervisor to end")
        return process.returncode

    async def stop(self) -> int:
        """Stop it as an operator does, and return its exit code."""
        self.signal(signal.SIGTERM)
        return await self.exit_code()

    async def close(self) -> None:
        """End it in a hurry; fails when a process of the home is left."""
        if self.running:
            try:
                await self.until(self._has_given_way, "the supervisor to end")
            except AssertionError:
                self.signal(signal.SIGKILL)
                raise
        try:
            await self.until(lambda: not self.processes(), "every process of the home to end")
        except AssertionError as error:
            left = "\n".join(f"{p.pid}: {' '.join(_command_line(p))}" for p in self.processes())
            raise AssertionError(f"{error}\nleft are:\n{left}") from None
        finally:
            for process in self.processes():
                process.kill()

    def _has_given_way(self) -> bool:
        # Again and again: the second signal hurries, but two that come together are one.
        self.signal(signal.SIGTERM)
        return not self.running

    # ---- What it is --------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether the supervisor lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """PID of the supervisor."""
        assert self._process is not None
        return self._process.pid

    @property
    def output(self) -> str:
        """What the supervisor has written to its terminal."""
        return self._output.read_text(errors="replace")

    def processes(self) -> list[psutil.Process]:
        """Return every living process that works in the home, whatever its parent is by now."""
        return [
            process
            for process in psutil.process_iter(["cwd", "status"])
            if process.info["cwd"] == str(self.home.root)
            and process.info["status"] != psutil.STATUS_ZOMBIE
        ]

    def processes_named(self, name: str) -> list[psutil.Process]:
        """Return the living processes of the home in whose command line `name` stands."""
        return [p for p in self.processes() if name in " ".join(_command_line(p))]

    def zombies(self) -> list[psutil.Process]:
        """Return the dead descendants of the supervisor that were not reaped."""
        children = psutil.Process(self.pid).children(recursive=True)
        return [child for child in children if _status(child) == psutil.STATUS_ZOMBIE]

    def descriptors(self) -> Counter[str]:
        """Count the supervisor's open descriptors by what they lead to, without the database's.

        Those are a few, opened at the first read: see `database_connections`.
        """
        return Counter(link for link in self._links() if DATABASE not in link)

    def database_connections(self) -> int:
        """Count the supervisor's connections to its database."""
        return sum(link.endswith(DATABASE) for link in self._links())

    def _links(self) -> Iterator[str]:
        for link in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                # Without the number in `socket:[4711]`.
                yield str(link.readlink()).partition("[")[0]

    async def zygote(self) -> int:
        """Return the PID of the zygote, when there is one."""
        found = await self.until(lambda: self.processes_named("meshvisor: zygote"), "a zygote")
        return found[0].pid

    # ---- What it says ------------------------------------------------------------------------

    async def ask(self, kind: str, **arguments: Any) -> Any:
        """Send a request to the control socket and return the result."""

        def request() -> Any:
            with ControlClient(self.home.root) as client:
                return client.request(kind, timeout=PATIENCE, **arguments)

        # In a thread: to answer, the supervisor may have to ask a server of this very loop.
        return await asyncio.to_thread(request)

    async def status(self) -> StatusReport:
        """Return what `meshvisor status` shows."""
        return StatusReport.model_validate(await self.ask("status"))

    async def mesh(self, mesh_id: str) -> MeshStatus | None:
        """Return what `meshvisor status` shows of one mesh; None: it does not show it."""
        meshes = (await self.status()).meshes
        return next((mesh for mesh in meshes if mesh.mesh_id == mesh_id), None)

    async def command(self, *arguments: str) -> Outcome:
        """Run a `meshvisor` command on this home."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *PROGRAM, *arguments, "--home", str(self.home.root)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=PROJECT,
        )
        out, err = await process.communicate()
        return Outcome(process.returncode or 0, out.decode(), err.decode())

    def log(self, mesh_id: str | None = None, source: str = SUPERVISOR) -> str:
        """Return the log file of a mesh, or of another source."""
        path = log_file(self.home.logs, mesh_source(mesh_id) if mesh_id else source)
        return path.read_text() if path.exists() else ""

    # ---- Waiting -----------------------------------------------------------------------------

    async def until(self, find: Callable[[], T | None], what: str) -> T:
        """Return the first result of `find` that is true."""

        async def look() -> T | None:
            return find()

        return await self.until_told(look, what)

    async def until_told(self, find: Callable[[], Awaitable[T | None]], what: str) -> T:
        """Return the first result of `find`, which asks the supervisor, that is true."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not (found := await find()):
                    await asyncio.sleep(0.02)
                return found
        except TimeoutError:
            said = "\n".join(self.output.splitlines()[-30:])
            raise AssertionError(f"waited in vain for {what}; the fleet said:\n{said}") from None

    async def mesh_is(
        self, mesh_id: str, state: MeshState, *, besides: int | None = None
    ) -> MeshStatus:
        """Return a mesh when it is in a state, in a process other than `besides`."""

        async def find() -> MeshStatus | None:
            mesh = await self.mesh(mesh_id)
            if mesh is None or mesh.state is not state:
                return None
            return mesh if besides is None or mesh.pid != besides else None

        return await self.until_told(find, f"{mesh_id} to be {state}")

    async def worker(self, mesh_id: str = "lobby", *, besides: int | None = None) -> int:
        """Return the PID of a mesh's worker when it is connected, and is not `besides`."""
        pid = (await self.mesh_is(mesh_id, MeshState.CONNECTED, besides=besides)).pid
        assert pid is not None
        return pid

    async def all_are(self, state: MeshState, count: int) -> StatusReport:
        """Return the status when there are so many meshes and all are in one state."""

        async def find() -> StatusReport | None:
            status = await self.status()
            fits = len(status.meshes) == count and all(m.state is state for m in status.meshes)
            return status if fits else None

        return await self.until_told(find, f"{count} meshes to be {state}")

    async def gone(self, pid: int) -> None:
        """Return when a process of the home has ended."""
        await self.until(lambda: pid not in [p.pid for p in self.processes()], f"the end of {pid}")

    async def logged(
        self, pattern: str, mesh_id: str | None = None, source: str = SUPERVISOR
    ) -> re.Match[str]:
        """Return the first match of a regular expression in a log file."""
        expression = re.compile(pattern, re.DOTALL)
        return await self.until(
            lambda: expression.search(self.log(mesh_id, source)), f"{pattern!r} in the log"
        )


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _status(process: psutil.Process) -> str:
    try:
        return process.status()
    except psutil.Error:
        return psutil.STATUS_DEAD
