"""Signals to the supervisor: to stop, to stop at once, to read its settings again."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Final

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.conftest import StartFleet
from tests.fleet import Fleet

pytestmark = pytest.mark.faults

IN_A_TERMINAL: Final = """
import os, pty, signal, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.executable, [sys.executable, "-m", "meshvisor.supervisor.cli.main", *sys.argv[1:]])
signal.signal(signal.SIGINT, lambda *_: os.write(terminal, bytes([3])))  # types Ctrl+C
try:
    while chunk := os.read(terminal, 65536):
        os.write(1, chunk)
except OSError:
    pass  # How Linux says that nobody has the terminal open any more.
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
# Python takes a handler of ours away while it ends, and one more Ctrl+C would end this program.
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.exit(code)
"""
"""Runs `meshvisor` in a terminal of its own."""

IN_A_TERMINAL_THAT_CLOSES: Final = """
import os, pty, signal, sys
pid, terminal = pty.fork()
if pid == 0:
    for number in os.environ["ELSEWHERE"].split():
        os.dup2(os.open("/dev/null", os.O_RDWR), int(number))
    os.execv(sys.executable, [sys.executable, "-m", "meshvisor.supervisor.cli.main", *sys.argv[1:]])

def close(*_):
    os.close(terminal)
    os.kill(pid, signal.SIGHUP)
    os.kill(pid, signal.SIGHUP)

signal.signal(signal.SIGUSR1, close)
try:
    while chunk := os.read(terminal, 65536):
        os.write(1, chunk)
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
"""Runs `meshvisor` in a terminal of its own, which SIGUSR1 closes.

The descriptors in ELSEWHERE lead somewhere else.
"""

STUBBORN: Final = """
@command("stay")
async def stay(ctx):
    print("staying")
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            print("not cancelled")

@command("deaf")
async def deaf(ctx):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("deaf")
    while True:
        pass

@command("finish")
async def finish(ctx):
    print("working")
    while not os.path.exists("finish"):
        await asyncio.sleep(0.01)
    await ctx.reply("finished")
"""

MakeFleet = Callable[..., Fleet]


async def pids(fleet: Fleet, count: int = 2) -> dict[str, int | None]:
    """Return the workers when so many meshes are connected."""
    meshes = (await fleet.all_are(MeshState.CONNECTED, count)).meshes
    return {mesh.mesh_id: mesh.pid for mesh in meshes}


async def interrupted_again(fleet: Fleet) -> None:
    """Send SIGINT until the fleet has ended: one that comes too early is the first once more."""

    def has_ended() -> bool:
        if fleet.running:
            fleet.signal(signal.SIGINT)
        return not fleet.running

    await fleet.until(has_ended, "the supervisor to hurry")


# ---- Stopping ------------------------------------------------------------------------------------


async def test_graceful_stop(start_fleet: StartFleet, playground: Playground, home: Home) -> None:
    """SIGTERM: no looking for meshes, what runs may end, then good-byes; the rest is killed."""
    for room in ("workshop", "attic"):
        playground.add_room(room)
    fleet = await start_fleet(STUBBORN, fleet={"hung_after": 600, "shutdown_timeout": 3})
    before = await pids(fleet, 4)
    question = playground.say("lobby", "?finish")
    await fleet.logged("working", "lobby")
    playground.say("workshop", "?deaf")
    await fleet.logged("deaf", "workshop")
    stopped = before["attic"]
    assert stopped is not None
    os.kill(stopped, signal.SIGSTOP)
    fleet.signal(signal.SIGTERM)

    async def stopping() -> bool:
        return (await fleet.status()).supervisor.state == "stopping"

    await fleet.until_told(stopping, "the stop")
    playground.add_room("late")
    await playground.wait_until_empty("cinema")
    (home.root / "finish").touch()
    assert (await playground.wait_for_reply("lobby", question)).text == "finished"
    assert await fleet.exit_code() == 0
    for room in ("workshop", "attic"):
        await fleet.logged("did not end in time and is killed", room)
    for room in ("lobby", "cinema"):
        assert "is killed" not in fleet.log(room)
    assert playground.connects("late") == []
    assert [len(playground.connects(room)) for room in before] == [1, 1, 1, 1]
    own = fleet.log()
    assert own.index("stopping") < own.rindex("stopped")


async def test_second_interrupt(start_fleet: StartFleet, playground: Playground) -> None:
    """A handler that ignores its cancellation holds the first SIGINT up, not the second."""
    fleet = await start_fleet(STUBBORN, fleet={"shutdown_timeout": 600})
    await pids(fleet)
    playground.say("lobby", "?stay")
    await fleet.logged("staying", "lobby")
    fleet.signal(signal.SIGINT)
    await playground.wait_until_empty("cinema")
    assert fleet.running
    await interrupted_again(fleet)
    assert await fleet.exit_code() == 0
    assert "Traceback" not in fleet.output


async def test_ctrl_c_twice_on_a_terminal(make_fleet: MakeFleet, playground: Playground) -> None:
    """The same with the keys: the terminal sends them to all of its processes at once."""
    fleet = make_fleet(STUBBORN, fleet={"shutdown_timeout": 600})
    await fleet.start(program=("-c", IN_A_TERMINAL))
    await pids(fleet)
    playground.say("lobby", "?stay")
    await fleet.logged("staying", "lobby")
    fleet.signal(signal.SIGINT)
    await playground.wait_until_empty("cinema")
    assert fleet.running
    assert playground.peers("lobby")
    await interrupted_again(fleet)
    assert await fleet.exit_code() == 0
    assert "Traceback" not in fleet.output


async def test_one_sigterm_that_comes_twice(
    start_fleet: StartFleet, playground: Playground, home: Home
) -> None:
    """What shells and service managers send twice within a moment is one polite stop."""
    fleet = await start_fleet(STUBBORN, fleet={"shutdown_timeout": 600})
    await pids(fleet)
    question = playground.say("lobby", "?finish")
    await fleet.logged("working", "lobby")
    fleet.signal(signal.SIGTERM)
    fleet.signal(signal.SIGINT)
    await fleet.logged("stopping: SIG(TERM|INT) ")
    (home.root / "finish").touch()
    assert (await playground.wait_for_reply("lobby", question)).text == "finished"
    assert await fleet.exit_code() == 0
    assert "came once more" not in fleet.log()


@pytest.mark.parametrize("stray", ["SIGUSR1", "SIGUSR2", "SIGALRM", "SIGIO", "SIGRTMIN"])
@pytest.mark.some(1)
async def test_a_signal_that_means_nothing(start_fleet: StartFleet, stray: str) -> None:
    """Programs such as logrotate send it by mistake: a line in the log, and nothing else."""
    fleet = await start_fleet()
    before = await pids(fleet)
    fleet.signal(signal.Signals[stray])
    await fleet.logged(f"{stray} means nothing")
    assert await pids(fleet) == before
    assert await fleet.stop() == 0


@pytest.mark.long
async def test_quit(start_fleet: StartFleet, playground: Playground) -> None:
    """SIGQUIT stops politely, with good-byes, and the log says that it was that."""
    fleet = await start_fleet()
    await pids(fleet)
    fleet.signal(signal.SIGQUIT)
    assert await fleet.exit_code() == 0
    assert "stopping: SIGQUIT" in fleet.log()


@pytest.mark.parametrize("elsewhere", ["", "0", "0 2", "0 1 2"])
@pytest.mark.some(1)
async def test_closed_terminal(
    make_fleet: MakeFleet, playground: Playground, home: Home, elsewhere: str
) -> None:
    """A terminal that closes is one polite stop, whatever leads to it and however often it is said.

    The kernel sends SIGHUP, and the shell does it once more.
    """
    fleet = make_fleet(STUBBORN, fleet={"shutdown_timeout": 600})
    await fleet.start(
        program=("-c", IN_A_TERMINAL_THAT_CLOSES), environment={"ELSEWHERE": elsewhere}
    )
    await pids(fleet)
    question = playground.say("lobby", "?finish")
    await fleet.logged("working", "lobby")
    fleet.signal(signal.SIGUSR1)
    await fleet.logged("stopping: SIGHUP, the terminal is gone")
    await playground.wait_until_empty("cinema")
    assert playground.peers("lobby")
    (home.root / "finish").touch()
    assert (await playground.wait_for_reply("lobby", question)).text == "finished"
    assert await fleet.exit_code() == 0


@pytest.mark.long
async def test_closed_terminal_under_nohup(
    make_fleet: MakeFleet, playground: Playground, home: Home
) -> None:
    """Started so that it outlives the terminal it outlives the terminal."""
    fleet = make_fleet()
    ignoring = IN_A_TERMINAL_THAT_CLOSES.replace(
        "if pid == 0:", "if pid == 0:\n    signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    )
    await fleet.start(program=("-c", ignoring), environment={"ELSEWHERE": "0 1 2"})
    await pids(fleet)
    fleet.signal(signal.SIGUSR1)
    await fleet.logged("settings read again: nothing changed")
    await pids(fleet)
    with ControlClient(home.root) as client:
        client.request("shutdown")
    assert await fleet.exit_code() == 0
    assert "stopping: 'meshvisor shutdown'" in fleet.log()


# ---- SIGHUP --------------------------------------------------------------------------------------


def list_meshes(fleet: Fleet, playground: Playground, **servers: str) -> None:
    """Write settings that want these meshes on these servers and no others."""
    fleet.write_settings(
        {"fleet": {"connects_per_second": 1000}, "platform": {"server": playground.server}}
    )
    with fleet.home.settings_file.open("a") as file:
        for mesh_id, server in servers.items():
            file.write(f"[[meshes]]\nid = '{mesh_id}'\nserver = '{server}'\n")


async def test_reload_of_meshes(make_fleet: MakeFleet, playground: Playground) -> None:
    """SIGHUP starts what is new, stops what is gone, moves what has moved, and spares the rest."""
    playground.add_room("attic")
    playground.add_room("workshop")
    fleet, here = make_fleet(), playground.server
    list_meshes(fleet, playground, lobby=here, cinema=here, attic=here)
    await fleet.start()
    before = await pids(fleet, 3)
    async with Playground(["cinema"]) as elsewhere:
        list_meshes(fleet, playground, lobby=here, cinema=elsewhere.server, workshop=here)
        fleet.signal(signal.SIGHUP)
        await fleet.logged("settings read again: meshes changed")
        await elsewhere.wait_for_peer("cinema")
        await playground.wait_for_peer("workshop")
        await playground.wait_until_empty("attic")
        await playground.wait_until_empty("cinema")
        after = await pids(fleet, 3)
    assert set(after) == {"lobby", "cinema", "workshop"}
    assert after["lobby"] == before["lobby"]
    assert len(playground.connects("lobby")) == 1


@pytest.mark.long
async def test_reload_of_a_prefix(start_fleet: StartFleet, playground: Playground) -> None:
    """Workers whose settings have changed are replaced, and count as neither crash nor restart."""
    fleet = await start_fleet()
    before = await pids(fleet)
    text = fleet.home.settings_file.read_text()
    fleet.home.settings_file.write_text(text.replace("[fleet]", '[fleet]\ncommand_prefix = "!"'))
    fleet.signal(signal.SIGHUP)
    for room in ("lobby", "cinema"):
        await fleet.mesh_is(room, MeshState.CONNECTED, besides=before[room])
        await playground.wait_for_peer(room)
        assert (await playground.ask(room, "!ping")).text == "pong"
    await fleet.logged("settings read again: fleet.command_prefix changed")
    assert "crash" not in fleet.log("lobby")


@pytest.mark.long
async def test_reload_of_nothing_and_of_nonsense(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """Unchanged settings change nothing; wrong ones neither, and the log says what is wrong."""
    fleet = await start_fleet()
    before = await pids(fleet)
    fleet.signal(signal.SIGHUP)
    await fleet.logged("settings read again: nothing changed")
    text = fleet.home.settings_file.read_text()
    fleet.home.settings_file.write_text("[fleet]\nmax_processes = -1\n")
    fleet.signal(signal.SIGHUP)
    await fleet.logged(r"the old ones hold:.*meshvisor.toml:2: fleet.max_processes")
    fleet.home.settings_file.write_text("[fleet\n")
    fleet.signal(signal.SIGHUP)
    await fleet.logged(r"the old ones hold:.*meshvisor.toml:1: ")
    fleet.home.settings_file.write_text(text.replace("[fleet]", "[fleet]\nhung_after = 30"))
    fleet.signal(signal.SIGHUP)
    await fleet.logged("settings read again: fleet.hung_after changed")
    assert await pids(fleet) == before
    assert len(playground.connects()) == 2
