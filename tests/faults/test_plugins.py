"""Plug-ins that are wrong: while they are imported, and when their handlers run."""

from __future__ import annotations

import os
import signal

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import MakeFleet, StartFleet
from tests.faults.meddling import CHANNEL

pytestmark = pytest.mark.faults


# ---- At their import -----------------------------------------------------------------------------

AT_IMPORT = {
    "raises": ("raise RuntimeError('on purpose')", r"RuntimeError: on purpose.*Traceback"),
    "exits": ("os._exit(3)", r"while it was imported, the process exited with code 3"),
    "asks-to-exit": ("sys.exit()", r"it wants to end the process while it is imported"),
    "segfaults": ("ctypes.string_at(0)", r"the process was killed by SIGSEGV"),
    "hangs": ("signal.pause()", r"its import did not end within 10 s"),
    "starts-a-thread": (
        "threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()",
        r"its import starts a thread",
    ),
    "is-no-python": ("not Python at all (", r"SyntaxError"),
    "takes-a-command": ("@command('ping')\ndef ping(ctx): pass", r"'ping'"),
    "floods": ("print('x' * 200_000)\nraise RuntimeError('flooded')", r"\w+Error"),
}
"""Name of the plug-in to its code and what is said of it."""


async def test_at_their_import(make_fleet: MakeFleet, playground: Playground) -> None:
    """Each is skipped with its reason in the log, and costs neither the others nor the bots."""
    fleet = make_fleet(
        """
@command("hello")
async def hello(ctx):
    return "hello"
"""
    )
    for name, (code, _) in AT_IMPORT.items():
        fleet.write_plugin(name, code)
    await fleet.start()
    for name, (_, reason) in AT_IMPORT.items():
        await fleet.logged(rf"plug-in plugins/{name}\.py is skipped: [^\n]*{reason}")
    for room in ("lobby", "cinema"):
        await fleet.worker(room)
        await playground.wait_for_peer(room)
        assert (await playground.ask(room, "?hello")).text == "hello"
        assert (await playground.ask(room, "?ping")).text == "pong"
    status = await fleet.status()
    assert [mesh.restarts for mesh in status.meshes] == [0, 0]


# ---- In their handlers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("os._exit(9)", "the worker exited with code 9"),
        ("os._exit(0)", "the worker ended by itself"),
        ("ctypes.string_at(0)", "the worker was killed by SIGSEGV"),
        ("os.abort()", "the worker was killed by SIGABRT"),
        ("os.kill(os.getpid(), signal.SIGTERM); await asyncio.sleep(3600)", "ended by itself"),
        ("os.close(channel())", "it has closed its channel and lives on"),
    ],
)
@pytest.mark.some(1)
async def test_handlers_that_end_the_process(
    start_fleet: StartFleet, playground: Playground, code: str, cause: str
) -> None:
    """The worker is back with its reason in the status, and no other worker has noticed."""
    fleet = await start_fleet(
        f"""
{CHANNEL}
@command("end")
async def end(ctx):
    {code}
"""
    )
    ended, spared = await fleet.worker("lobby"), await fleet.worker("cinema")
    playground.say("lobby", "?end")
    await fleet.worker("lobby", besides=ended)
    await fleet.logged(cause, "lobby")
    mesh = await fleet.mesh("lobby")
    assert mesh is not None
    assert cause in (mesh.last_error or "")
    assert mesh.restarts == 1
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert await fleet.worker("cinema") == spared


async def test_handlers_that_raise(start_fleet: StartFleet, playground: Playground) -> None:
    """An error costs a short reply, a line in the status and a traceback in the log."""
    fleet = await start_fleet(
        """
@command("fail")
async def fail(ctx):
    raise RuntimeError("on purpose")

@command("leave")
async def leave(ctx):
    sys.exit(1)

@command("later")
async def leave_later(ctx):
    async def leave():
        sys.exit(2)
    global task
    task = asyncio.create_task(leave())
    return "later"

@command("halt")
async def halt(ctx):
    asyncio.get_running_loop().stop()
    return "halted"

@event("message")
async def overhear(message):
    raise ValueError("overheard")
"""
    )
    worker = await fleet.worker()
    assert "on purpose" not in (await playground.ask("lobby", "?fail")).text
    await fleet.logged(r"Traceback .* RuntimeError: on purpose", "lobby")
    await playground.ask("lobby", "?leave")
    await fleet.logged(r"Traceback .* SystemExit: 1", "lobby")
    assert (await playground.ask("lobby", "?later")).text == "later"
    await fleet.logged(r"wants to end its process: SystemExit\(2\)", "lobby")
    assert (await playground.ask("lobby", "?halt")).text == "halted"
    await fleet.logged("has stopped the event loop", "lobby")
    await fleet.logged(r"Traceback .* ValueError: overheard", "lobby")
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert await fleet.worker() == worker
    mesh = await fleet.mesh("lobby")
    assert mesh is not None
    assert "Error: o" in (mesh.last_error or "")


async def test_a_command_that_never_ends(start_fleet: StartFleet, playground: Playground) -> None:
    """It is given up after its time with a reply, and the worker goes on."""
    fleet = await start_fleet(
        """
@command("wait")
async def wait(ctx):
    await asyncio.Event().wait()
""",
        commands={"timeout": 0.1, "cooldown": 0},
    )
    worker = await fleet.worker()
    assert "took longer than 0.1 s" in (await playground.ask("lobby", "?wait")).text
    assert await fleet.worker() == worker


@pytest.mark.long
async def test_crashing_again_and_again(start_fleet: StartFleet, playground: Playground) -> None:
    """A mesh that crashes too often is failed, visible, and works again when started by hand."""
    fleet = await start_fleet(
        """
flag = "crash.flag"

@event("connected")
async def crash(connected):
    if os.path.exists(flag) and connected.mesh.id == "lobby":
        os._exit(9)
""",
        fleet={"max_process_restarts": 3},
    )
    worker = await fleet.worker()
    flag = fleet.home.root / "crash.flag"
    flag.touch()
    os.kill(worker, signal.SIGKILL)
    mesh = await fleet.mesh_is("lobby", MeshState.FAILED)
    assert (mesh.pid, mesh.restarts, mesh.is_healthy) == (None, 3, False)
    assert mesh.last_error == "the worker exited with code 9"
    assert (await fleet.status()).totals.failed == 1
    assert (await fleet.command("status")).out.count("failed") >= 1
    await fleet.worker("cinema")
    flag.unlink()
    assert (await fleet.command("start", "lobby")).code == 0
    await fleet.worker("lobby")
