"""A machine without threads, processes, descriptors, memory or disk: nothing ends of it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.short_program import CALLS, NO_THREAD
from tests.fleet import Fleet
from tests.seeds import also_long

pytestmark = pytest.mark.faults

PROGRAM: Final = ("-m", "tests.faults.short_program")

STARTS_ZYGOTE: Final = ("os.pipe2", "os.posix_spawn", "os.pidfd_open", "socketpair")

QUICK: Final = {
    "fleet": {"process_restart_delay": 0, "max_process_restarts": 1000, "shutdown_timeout": 5},
    "playground": {"port": 0, "residents": 0, "rooms": 3},
}


class Machine:
    """A fleet on a machine that refuses things on request."""

    def __init__(self, home: Home) -> None:
        self.fleet = Fleet(home, QUICK)
        self._wanted = home.root / "shortage.json"
        self._done = Path(f"{self._wanted}.done")

    @property
    def _how(self) -> dict[str, Any]:
        return {"program": PROGRAM, "environment": {"SHORTAGE": str(self._wanted)}}

    async def start(self) -> None:
        """Start the fleet, which has all that it needs."""
        await self.fleet.start("--playground", **self._how)

    def launch(self) -> None:
        """Start it and return at once."""
        self.fleet.launch("--playground", **self._how)

    async def has_begun(self) -> None:
        """Return when it runs, or has ended."""
        fleet = self.fleet
        await fleet.until(lambda: not fleet.running or "running on" in fleet.output, "a start")

    async def is_gone(self) -> None:
        """Return when none of its processes is left."""
        await self.fleet.until(lambda: not self.fleet.processes(), "all processes to be gone")

    def forget(self) -> None:
        """Begin anew in the same home."""
        for path in (self._wanted, self._done, self.fleet.home.root / "output.txt"):
            path.unlink(missing_ok=True)

    def refuse(self, **what: Any) -> None:
        """Begin to refuse; see `short_program`."""
        new = self._wanted.with_suffix(".new")
        new.write_text(json.dumps(what))
        new.replace(self._wanted)

    def relent(self) -> None:
        """Refuse nothing any more."""
        self._wanted.unlink(missing_ok=True)

    @property
    def refused(self) -> list[str]:
        """What was refused so far: call and error."""
        return self._done.read_text().splitlines() if self._done.exists() else []

    async def has_refused(self, count: int) -> None:
        """Return when so much was refused."""
        await self.fleet.until(lambda: len(self.refused) >= count, f"{count} refusals")

    async def try_everything(self, *, reload: bool = False) -> None:
        """Have the supervisor open, write and start whatever it ever does; it may refuse."""
        requests: list[tuple[str, dict[str, Any]]] = [
            ("block", {"mesh_id": "elsewhere"}),
            ("unblock", {"mesh_id": "elsewhere"}),
            ("admin_add", {"user_id": "5"}),
            ("admin_remove", {"user_id": "5"}),
            ("restart", {"mesh_ids": ["cinema"]}),
            ("refresh", {}),
        ]
        if reload:
            # Without a zygote it loads the plug-ins anew, and replaces all workers for it.
            requests.append(("reload", {}))
        for kind, arguments in requests:
            try:
                await self.fleet.ask(kind, **arguments)
            except (MeshvisorError, OSError):
                continue

    async def kill(self, name: str) -> None:
        """Kill a helper of the supervisor."""
        for process in self.fleet.processes_named(name):
            os.kill(process.pid, signal.SIGKILL)


@pytest.fixture
async def machine(home: Home) -> AsyncIterator[Machine]:
    """Return one whose fleet is connected."""
    made = Machine(home)
    await made.start()
    await made.fleet.all_are(MeshState.CONNECTED, 3)
    yield made
    made.relent()
    await made.fleet.close()


async def is_well(machine: Machine, pid: int, before: int) -> None:
    """Return when all is as it was, and the mesh that was not touched has still the same worker."""
    fleet = machine.fleet
    assert fleet.running, f"it ended after {machine.refused[-5:]}:\n{fleet.output[-3000:]}"
    assert fleet.pid == pid
    await fleet.all_are(MeshState.CONNECTED, 3)
    assert await fleet.worker("lobby") == before, fleet.output


@pytest.mark.parametrize("step", [3, *also_long([1])])
async def test_each_kind_of_call(machine: Machine, step: int) -> None:
    """Whatever call the machine refuses for a while, bots stay, and all is as before afterwards."""
    fleet = machine.fleet
    pid, worker = fleet.pid, await fleet.worker("lobby")
    names = [*CALLS, "sqlite3.connect"][::step]
    for name in names:
        count = len(machine.refused)
        machine.refuse(calls=[name], count=4)
        await machine.try_everything(reload=name not in STARTS_ZYGOTE)
        if name in STARTS_ZYGOTE:
            await machine.kill("meshvisor: zygote")
            await machine.has_refused(count + 4)
            machine.relent()
            await fleet.all_are(MeshState.CONNECTED, 3)
        machine.relent()
        assert fleet.running, f"{name} ended it: {fleet.output[-3000:]}"
    await is_well(machine, pid, worker)
    refused = {line.split()[0] for line in machine.refused}
    assert refused >= {*STARTS_ZYGOTE, "os.open", "os.fsync", "os.replace"} & set(names)
    assert await fleet.stop() == 0


async def test_start(home: Home) -> None:
    """A start to which something is refused does without it, or says in a sentence what it was."""
    for name in ("os.open", "os.pipe2", "os.posix_spawn", "os.pidfd_open", "socketpair", "thread"):
        machine = Machine(home)
        machine.refuse(calls=[name])
        machine.launch()
        fleet = machine.fleet
        await machine.has_begun()
        assert await fleet.stop() in ({0} if "running on" in fleet.output else {1, 3}), name
        assert machine.refused, name
        assert "has a bug" not in fleet.output, fleet.output
        assert "Traceback" not in fleet.output, fleet.output
        await machine.is_gone()
        machine.forget()


@pytest.mark.parametrize("seed", [1, *also_long([2])])
async def test_everything_at_random(machine: Machine, seed: int) -> None:
    """A third of all calls refused, helpers killed meanwhile: nothing of it lasts."""
    fleet = machine.fleet
    pid, worker = fleet.pid, await fleet.worker("lobby")
    machine.refuse(rate=0.3, seed=seed)
    await machine.kill("meshvisor: zygote")
    while len(machine.refused) < 40:
        await machine.try_everything()
        assert fleet.running, fleet.output[-3000:]
    machine.relent()
    await is_well(machine, pid, worker)


@pytest.mark.long
async def test_playground_without_processes(machine: Machine) -> None:
    """A playground that was killed comes back when there are processes again; status says why."""
    fleet = machine.fleet
    machine.refuse(calls=["os.posix_spawn", "os.pipe2"])
    await machine.kill("-m meshvisor.playground")

    async def is_shown() -> bool:
        problems = (await fleet.status()).supervisor.problems
        return any("the playground cannot be started" in text for text in problems)

    await fleet.until_told(is_shown, "the status to say so")
    count = len(machine.refused)
    await machine.has_refused(count + 2)
    machine.relent()
    await fleet.all_are(MeshState.CONNECTED, 3)
    assert not (await fleet.status()).supervisor.problems


@pytest.mark.parametrize("errors", [[NO_THREAD], ["EMFILE", "ENOSPC", "EAGAIN", "EIO", NO_THREAD]])
@pytest.mark.some(1)
async def test_polite_stop(machine: Machine, errors: list[str]) -> None:
    """With nothing to be had any more, a block still works and a polite stop is one."""
    fleet = machine.fleet
    machine.refuse(errors=errors)
    try:
        await fleet.ask("block", mesh_id="elsewhere")
    except MeshvisorError:
        assert errors != [NO_THREAD]
    assert fleet.running
    assert await fleet.stop() == 0
    assert "has a bug" not in fleet.output
    assert "Traceback" not in fleet.output
