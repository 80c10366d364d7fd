"""Meshvisor itself, started as an operator would start it: `meshvisor run --home DIR`."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.contenders.contender import (
    BEFORE,
    FLEETS,
    JOBS,
    OURS,
    Fleet,
    FleetPlan,
    StatusCommand,
    Table,
    run_command,
    start_process,
)
from benchmarks.errors import BenchmarkError
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError

SETTINGS: Final = """\
[fleet]
connects_per_second = 10000
[platform]
server = "{url}"
[commands]
cooldown = 0
"""
"""Defaults but two: the peers limit neither connects nor what one person may ask."""
CONSOLE: Final = """
[console]
port = 0
"""
"""Any free port: an earlier trial may still be ending."""
MESH: Final = """
[[meshes]]
id = "{room}"
"""
SPIN_PLUGIN: Final = '''\
"""A command that hangs its worker for ever."""

from meshvisor import (CommandContext, command)


@command("spin", help="Never return")
async def spin(ctx: CommandContext) -> None:
    while True:
        pass
'''
SOURCES: Final = (
    "console",
    "features",
    "meshvisor",
    "playground",
    "shared",
    "supervisor",
    "worker",
)
"""Folders of a checkout that are installed; an earlier version has fewer."""
POLL_TIMEOUT: Final = 30.0
"""Seconds for a poll; a healthy fleet needs milliseconds."""


@dataclass(frozen=True, slots=True)
class Meshvisor:
    """The checkout's own, from the environment that runs the harness, or an earlier one.

    Attributes:
        programs: where `python` and `meshvisor` of the measured version are.
    """

    key: str = OURS
    title: str = "Meshvisor"
    tables: frozenset[Table] = FLEETS | JOBS
    programs: Path = Path(sys.executable).parent

    @classmethod
    def before(cls, checkout: Path) -> Meshvisor:
        """Return the version in another checkout, in which `make setup` was called.

        Raises:
            ValueError: it was not.
        """
        programs = checkout.resolve() / ".venv" / "bin"
        if not (programs / "meshvisor").exists():
            raise ValueError(f"{programs} has no meshvisor; call 'make setup' in {checkout} first.")
        return cls(BEFORE, "Before", programs=programs)

    def version(self) -> str:
        """Return the version of the package."""
        return run_command([self.program, "--version"]).split()[-1]

    def compile(self) -> None:
        """Compile the sources, as the installers of all peers have done with theirs.

        A checkout does that by itself at its first start, but not everywhere: containers set
        PYTHONDONTWRITEBYTECODE, and then each start would compile all of them for nothing.
        """
        checkout = self.programs.parent.parent
        folders = [str(checkout / name) for name in SOURCES if (checkout / name).is_dir()]
        run_command([str(self.programs / "python"), "-m", "compileall", "-q", *folders])

    def launch(self, plan: FleetPlan) -> Fleet:
        """Start the supervisor in the foreground with a static mesh per room."""
        config = plan.home / "config"
        config.mkdir(mode=0o700, exist_ok=True)
        meshes = [MESH.format(room=room) for room in plan.rooms]
        console = CONSOLE if plan.with_console else ""
        settings = SETTINGS.format(url=plan.url) + console + "".join(meshes)
        (config / "meshvisor.toml").write_text(settings)
        if plan.spins_on_command:
            (config / "plugins").mkdir(exist_ok=True)
            (config / "plugins" / "spin.py").write_text(SPIN_PLUGIN)
        if plan.mongodb is not None:
            (config / "database.json").write_text(json.dumps(plan.mongodb))
        options = [] if plan.with_console else ["--no-console"]
        process = start_process(
            [self.program, "run", *options, "--home", str(plan.home)], plan.home
        )
        return Fleet(
            find_supervisor=lambda: process.pid,
            stop=lambda: process.send_signal(signal.SIGTERM),
            status=StatusCommand([self.program, "status", "--home", str(plan.home)]),
            poll=lambda: _poll(plan.home),
        )

    def job_program(self) -> Sequence[str]:
        """Return the programs that use our engine and our runners."""
        # -P: the checkout that is measured need not be the current folder.  Only `meshvisor` itself
        # is installed there, and not what measures it.
        checkout = self.programs.parent.parent
        program = [str(self.programs / "python"), "-P", "-m", "benchmarks.job_programs"]
        return ["env", f"PYTHONPATH={checkout}", *program]

    @property
    def program(self) -> str:
        """The measured version's `meshvisor`."""
        return str(self.programs / "meshvisor")


def _poll(home: Path) -> float:
    """Ask for the status of every worker and return the milliseconds until all have answered.

    As the supervisor measures it: from its first question to the last answer.
    """
    try:
        with ControlClient(home, POLL_TIMEOUT) as client:
            return float(client.request("poll")["duration_ms"])
    except MeshvisorError as error:
        raise BenchmarkError(f"the poll failed: {error}") from error
