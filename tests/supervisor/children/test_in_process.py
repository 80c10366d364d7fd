"""Workers as tasks of the supervisor's own process."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared import heartbeat
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.logs.current import MESH
from meshvisor.shared.model.exits import ChildExit, ExitCause
from meshvisor.shared.paths import Home
from meshvisor.shared.protocol.from_worker import Connected, StatusResponse
from meshvisor.shared.protocol.to_worker import RefreshCredentials, Shutdown, StatusRequest
from meshvisor.supervisor.children.in_process import InProcessSpawner
from meshvisor.supervisor.children.spawner import Child, Renewal, SpawnOrder
from meshvisor.worker.mesh.commands.registry import COMMANDS
from meshvisor.worker.mesh.events import HANDLERS
from meshvisor.worker.plugins import FILE_PREFIX
from tests.stopping import stopping
from tests.worker.supervisor_side import BOT, SupervisorSide, start_params

GREETER = """
from meshvisor import command
@command("greet")
async def greet(ctx): pass
"""


@pytest.fixture
def heartbeats() -> Iterator[HeartbeatTable]:
    """Return a table of heartbeats."""
    descriptor = heartbeat.create()
    table = HeartbeatTable(descriptor)
    yield table
    table.close()
    os.close(descriptor)


@pytest.fixture
async def spawner(home: Home, heartbeats: HeartbeatTable) -> AsyncIterator[InProcessSpawner]:
    """Return a spawner on an empty home."""
    made = InProcessSpawner(home.root, (), heartbeats)
    yield made
    await made.stop(stopping())


Start = Callable[[str], Awaitable[Child]]


@pytest.fixture
async def start(spawner: InProcessSpawner) -> AsyncIterator[Start]:
    """Return a function that starts a child that does what the test says."""
    children: list[Child] = []

    async def spawn(does: str) -> Child:
        entry = "tests.supervisor.children.programs.tasks:run"
        children.append(await spawner.spawn(SpawnOrder(entry, "lobby", 3, {"does": does})))
        return children[-1]

    yield spawn
    for child in children:
        child.channel.close()


@pytest.mark.usefixtures("_registries_as_before")
async def test_changed_code_needs_a_restart(home: Home, spawner: InProcessSpawner) -> None:
    """What this process has loaded stays loaded, and no answer says otherwise."""
    home.plugins.mkdir(parents=True)
    plugin = home.plugins / "greeter.py"
    plugin.write_text(GREETER)
    await spawner.start()
    assert await spawner.replace(()) == Renewal(is_used=False)
    plugin.write_text(GREETER.replace("greet", "hello"))
    assert await spawner.replace(()) == Renewal(is_used=False, needs_restart=True)
    (home.plugins / "new.py").write_text(GREETER.replace("greet", "part"))
    assert (await spawner.replace(())).is_used
    (home.plugins / "broken.py").write_text("def (")
    assert not (await spawner.replace(())).is_used
    assert [skipped.report.name for skipped in spawner.skipped] == ["plugins/broken.py"]
    (home.plugins / "broken.py").unlink()
    await spawner.replace(())
    assert spawner.skipped == ()


@pytest.fixture
def _registries_as_before() -> Iterator[None]:
    """Take back what plug-ins register and import."""
    commands, handlers, modules = COMMANDS.snapshot(), HANDLERS.snapshot(), set(sys.modules)
    yield
    COMMANDS.restore(commands)
    HANDLERS.restore(handlers)
    for name in set(sys.modules) - modules:
        if name.startswith((FILE_PREFIX, "mv_named")):
            del sys.modules[name]


async def test_a_real_worker(heartbeats: HeartbeatTable, spawner: InProcessSpawner) -> None:
    """The worker that has a process elsewhere works in here as well, and leaves when asked."""
    async with Playground(["lobby"]) as playground:
        params = start_params(playground.server)
        child = await spawner.spawn(
            SpawnOrder("meshvisor.worker.mesh.main:run", "lobby", 3, params)
        )
        assert child.log is None
        side = SupervisorSide()
        await side.open(child.channel)
        side.send(RefreshCredentials(credentials=BOT))
        await side.expect(Connected)
        await playground.wait_for_peer("lobby")
        assert (await playground.ask("lobby", "?ping")).text == "pong"
        assert isinstance(await side.request(StatusRequest()), StatusResponse)
        assert heartbeats.last(3) > 0
        side.send(Shutdown(deadline=5))
        assert await child.exited == ExitCause(code=ChildExit.DONE)
        await side.ended


async def test_what_a_child_gets(heartbeats: HeartbeatTable, start: Start) -> None:
    """It knows that its process is shared; its log is its own, and no other's."""
    child = await start("report")
    assert await child.exited == ExitCause(code=0)
    assert child.channel.recv(100) == b"lobby False lobby"
    assert child.channel.recv(100) == b""
    assert MESH.get() is None
    assert heartbeats.last(3) > 0
    assert child.pid == os.getpid()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_deadly_signals_cancel(start: Start, number: signal.Signals) -> None:
    """To its owner it looks as if a process had been killed."""
    child, spared = await start("wait"), await start("wait")
    child.signal(number)
    spared.signal(signal.SIGUSR1)
    assert await child.exited == ExitCause(signal=signal.SIGKILL)
    child.signal(number)
    assert not spared.exited.done()


async def test_an_end_of_its_own(start: Start) -> None:
    """Its exit code is what it returns."""
    assert await (await start("7")).exited == ExitCause(code=7)


async def test_a_crash_is_no_crash_of_the_supervisor(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """The traceback is in the log, and the cause is that of a process that crashed."""
    child = await start("raise")
    assert await child.exited == ExitCause(code=ChildExit.CRASHED)
    assert "RuntimeError: on purpose" in caplog.text


async def test_stopping_ends_all(spawner: InProcessSpawner, start: Start) -> None:
    """No task is left; there is no process to reap."""
    children = [await start("wait") for _ in range(3)]
    assert spawner.child_pids == set()
    await spawner.stop(stopping())
    assert all(child.exited.done() for child in children)
    await spawner.stop(stopping())


# ---- Plug-ins ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("_registries_as_before")
async def test_plugins_are_loaded(
    home: Home, spawner: InProcessSpawner, caplog: pytest.LogCaptureFixture
) -> None:
    """Good ones are there, bad ones are reported; both as the zygote does it."""
    home.plugins.mkdir(parents=True)
    (home.plugins / "bad.py").write_text("raise ValueError('no')")
    (home.plugins / "greeter.py").write_text(GREETER)
    await spawner.start()
    assert [(report.name, report.ok) for report in spawner.plugins] == [
        ("plugins/bad.py", False),
        ("plugins/greeter.py", True),
    ]
    assert COMMANDS.find("greet") is not None
    assert "plug-in plugins/bad.py is skipped: ValueError: no" in caplog.text


@pytest.mark.usefixtures("_registries_as_before")
async def test_new_plugins_beside_those_that_are_loaded(
    home: Home,
    spawner: InProcessSpawner,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What is loaded is not loaded again, and what failed has another chance."""
    home.plugins.mkdir(parents=True)
    (home.plugins / "greeter.py").write_text(GREETER)
    (home.plugins / "later.py").write_text("raise ValueError('not yet')")
    await spawner.start()
    (home.root / "mv_named.py").write_text(GREETER.replace("greet", "part"))
    (home.plugins / "later.py").write_text(GREETER.replace("greet", "wave"))
    monkeypatch.syspath_prepend(home.root)
    caplog.clear()
    for _ in range(2):
        await spawner.replace(("mv_named",))
        assert {report.name for report in spawner.plugins if report.ok} == {
            "mv_named",
            "plugins/greeter.py",
            "plugins/later.py",
        }
    assert caplog.text == ""
    assert {"greet", "part", "wave"} <= set(COMMANDS.names)
