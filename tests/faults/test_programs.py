"""Programs that carry meshes, and everything that can be wrong with them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
from typing import Any, Final

import psutil
import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import MakeFleet
from tests.features.program.programs import PRELUDE
from tests.fleet import Fleet

pytestmark = pytest.mark.faults

GOOD: Final = """
def ask(*_):
    say_on(text="?ping")

signal.signal(signal.SIGUSR1, ask)
wait(); joined(); tell("log", text=f"good is here as {os.getpid()}")
while (message := wait("say")):
    tell("log", text="it said " + message["text"])
"""
"""Asks for a ping when it gets a signal."""

HOSTILE: Final = {
    "exits": "sys.exit(3)",
    "joins-and-exits": "wait(); joined(); sys.exit(3)",
    "closed-output": "wait(); joined(); os.close(1); time.sleep(600)",
    "half-a-line": r"""wait(); joined(); sys.stdout.write('{"type": "mess')""",
    "megabyte": "wait(); joined(); sys.stdout.write('x' * 1_100_000); time.sleep(600)",
    "binary": "wait(); joined()\nwhile True: os.write(1, os.urandom(4096))",
    "flood": "wait(); joined()\nwhile True: say_on(text='?ping')",
    "log-flood": "wait(); joined()\nwhile True: print('y', file=sys.stderr)",
    "silent": "time.sleep(600)",
    "says-nothing": "wait(); joined(); time.sleep(600)",
    "never-reads": "wait(); joined(max_bytes=60000); say_on(text='?help'); time.sleep(600)",
    "never-answers": "wait(); joined(acknowledges=True); say_on(text='?ping'); wait('leave')",
    "answers-twice": """
wait(); joined(acknowledges=True)
while True:
    say_on(text="?ping")
    number = wait("say")["id"]
    for _ in range(2):
        tell("sent", id=number, sent_id="x")
    time.sleep(0.1)
""",
    "admin": "wait(); joined(); say_on(user='1', text='?admin @2'); wait('leave')",
    "big-token": "wait(); joined(); tell('checkpoint', token='x' * 1_000_000); wait('leave')",
    "stubborn": "signal.signal(signal.SIGTERM, signal.SIG_IGN); wait(); joined(); time.sleep(600)",
    "stopped": "wait(); joined(); os.kill(os.getpid(), signal.SIGSTOP)",
    "with-offspring": """
import subprocess
wait(); joined()
subprocess.Popen(["sleep", "600"], start_new_session=True)
wait("leave")
""",
    "ends-its-group": "wait(); joined(); os.kill(0, signal.SIGKILL)",
}
"""Programs by the names of their meshes."""


def program_of(fleet: Fleet, name: str, body: str, **more: Any) -> dict[str, Any]:
    """Write a program into the home, and return the entry of its mesh."""
    path = fleet.home.root / f"{name}.py"
    path.write_text(PRELUDE + body)
    command = [sys.executable, "-S", path.name]
    return {"id": name, "transport": "program", "command": command, **more}


def program(fleet: Fleet, name: str, besides: int = 0) -> int:
    """Return the PID of a mesh's program, or 0."""
    found = [p.pid for p in fleet.processes_named(f" {name}.py") if p.pid != besides]
    return found[0] if found else 0


async def running(fleet: Fleet, name: str, besides: int = 0) -> int:
    """Return the PID of a mesh's program when it is in its mesh, and is not `besides`."""
    pid = await fleet.until(lambda: program(fleet, name, besides), f"the program of {name}")
    await fleet.until(lambda: f"{name} is here as {pid}" in fleet.log(name), f"{name} to join")
    await fleet.mesh_is(name, MeshState.CONNECTED)
    return pid


async def worker_of(fleet: Fleet, name: str) -> int:
    """Return the PID of a mesh's worker, whether it is in its mesh or not."""

    async def find() -> int | None:
        mesh = await fleet.mesh(name)
        return mesh.pid if mesh is not None else None

    return await fleet.until_told(find, f"a worker of {name}")


async def pings(fleet: Fleet, name: str, times: int) -> None:
    """Have a user in the mesh of a good program ask for its ping number so many."""
    os.kill(program(fleet, name), signal.SIGUSR1)
    await fleet.until(
        lambda: fleet.log(name).count("it said pong") >= times, f"pong number {times} in {name}"
    )


@pytest.fixture
async def fleet(make_fleet: MakeFleet) -> Fleet:
    """Return a fleet of the playground's rooms and a good program that has not started."""
    fleet = make_fleet()
    add(fleet, program_of(fleet, "good", GOOD))
    return fleet


def add(fleet: Fleet, *entries: dict[str, Any]) -> None:
    """Add meshes to the settings of a fleet."""
    text = fleet.home.settings_file.read_text()
    for entry in entries:
        lines = [f"{name} = {json.dumps(value)}" for name, value in entry.items()]
        text += "\n".join(("[[meshes]]", *lines, ""))
    fleet.home.settings_file.write_text(text)


async def test_a_killed_program(fleet: Fleet, playground: Playground) -> None:
    """It is back in its mesh, in the same worker, and no other one notices."""
    await fleet.start()
    first = await running(fleet, "good")
    await pings(fleet, "good", 1)
    workers = {name: await fleet.worker(name) for name in ("good", "lobby")}
    os.kill(first, signal.SIGKILL)
    await running(fleet, "good", besides=first)
    await pings(fleet, "good", 2)
    assert {name: await fleet.worker(name) for name in workers} == workers
    await fleet.logged("good.py was killed by SIGKILL", "good")
    assert (await playground.ask("lobby", "?ping")).text == "pong"


@pytest.mark.parametrize(
    "killed",
    [
        "the worker",
        "the supervisor",
        "a supervisor that does not read",
        "the zygote and the worker",
        "the supervisor and the zygote",
    ],
)
@pytest.mark.some(2)
async def test_what_kills_a_program(fleet: Fleet, killed: str) -> None:
    """A program ends with its worker, with its offspring, however the worker ends."""
    body = HOSTILE["with-offspring"]
    if killed == "the supervisor and the zygote":
        # No process is left that could look for what has a session of its own.
        body = body.replace("start_new_session=True", "")
    add(fleet, program_of(fleet, "with-offspring", body))
    await fleet.start()
    await running(fleet, "good")
    await fleet.until(lambda: fleet.processes_named("sleep 600"), "the offspring")
    first = {name: program(fleet, name) for name in ("good", "with-offspring")}
    offspring = [p.pid for p in fleet.processes_named("sleep 600")]
    if "supervisor" in killed:
        if killed == "the supervisor and the zygote":
            zygote = await fleet.zygote()
            os.kill(zygote, signal.SIGSTOP)
            fleet.signal(signal.SIGSTOP)
            os.kill(zygote, signal.SIGKILL)
        elif killed != "the supervisor":
            # What the zygote says of these ends is never read.
            gone = [await fleet.worker(room) for room in ("lobby", "cinema")]
            fleet.signal(signal.SIGSTOP)
            for pid in gone:
                os.kill(pid, signal.SIGKILL)
                await fleet.gone(pid)
        fleet.signal(signal.SIGKILL)
        await fleet.exit_code()
        await fleet.until(lambda: not fleet.processes(), "all processes to be gone")
        return
    workers = [await fleet.worker(name) for name in first]
    if killed == "the zygote and the worker":
        os.kill(await fleet.zygote(), signal.SIGKILL)
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    for pid in (*first.values(), *offspring):
        await fleet.gone(pid)
    await running(fleet, "good", besides=first["good"])
    await fleet.until(lambda: not fleet.zombies(), "no zombies")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.some(1)
async def test_a_single_process(fleet: Fleet, how: signal.Signals) -> None:
    """Without workers the programs end with the supervisor, also those that do not want to."""
    body = """
import subprocess
subprocess.Popen(["sleep", "600"])
""" + HOSTILE["stubborn"]
    add(fleet, program_of(fleet, "stubborn", body))
    await fleet.start("--single-process")
    first = await running(fleet, "good")
    os.kill(first, signal.SIGKILL)
    await running(fleet, "good", besides=first)
    await fleet.mesh_is("stubborn", MeshState.CONNECTED)
    fleet.signal(how)
    await fleet.exit_code()
    await fleet.until(lambda: not fleet.processes(), "all processes to be gone")


async def test_a_program_that_ends_its_group(fleet: Fleet) -> None:
    """`kill 0`, which shells do at their end, hurts neither the worker nor other programs."""
    add(fleet, program_of(fleet, "ends-its-group", HOSTILE["ends-its-group"]))
    await fleet.start()
    good = await running(fleet, "good")
    worker = await worker_of(fleet, "ends-its-group")
    await fleet.until(
        lambda: fleet.log("ends-its-group").count("was killed by SIGKILL") > 1, "two ends"
    )
    assert await worker_of(fleet, "ends-its-group") == worker
    assert program(fleet, "good") == good


async def test_what_programs_leave_behind(fleet: Fleet) -> None:
    """Nothing of an earlier stay is there while the worker lives on."""
    body = """
import subprocess
wait(); joined()
subprocess.Popen(["sleep", "600"]); subprocess.Popen(["sleep", "600"], start_new_session=True)
"""
    add(fleet, program_of(fleet, "forgetful", body))
    await fleet.start()
    worker = await worker_of(fleet, "forgetful")
    await fleet.until(lambda: fleet.log("forgetful").count("exited with code 0") > 2, "three ends")
    assert await worker_of(fleet, "forgetful") == worker
    await fleet.until(lambda: len(fleet.processes_named("sleep 600")) <= 2, "no heap of them")


async def test_an_address_of_every_character(fleet: Fleet) -> None:
    """Whatever a network calls a mesh reaches its program as it is spelled."""
    printable = "".join(c for c in map(chr, range(33, 0x250)) if c.isprintable())
    pieces = [printable[at : at + 200] for at in range(0, len(printable), 200)]
    body = """
tell("log", text="address " + wait()["address"].encode("unicode_escape").hex())
joined(); wait("leave")
"""
    add(
        fleet,
        *(program_of(fleet, f"m{n}", body, address=piece) for n, piece in enumerate(pieces)),
    )
    await fleet.start()
    for number, piece in enumerate(pieces):
        await fleet.logged(f"address {piece.encode('unicode_escape').hex()} ", f"m{number}")


@pytest.mark.long
async def test_two_meshes_of_one_account(fleet: Fleet) -> None:
    """Each program gets its account, on its standard input and nowhere else."""
    with fleet.home.settings_file.open("a") as settings:
        settings.write('[accounts.irc]\ntransport = "program"\ntoken = "s3cret-word"\n')
    body = """
account = wait()["account"]; joined()
tell("log", text=f"{account['name']} knows {len(account['token'])} letters")
wait("leave")
"""
    add(fleet, *(program_of(fleet, name, body, account="irc") for name in ("one", "two")))
    await fleet.start()
    for name in ("one", "two"):
        await fleet.logged("irc knows 11 letters", name)
        process = psutil.Process(program(fleet, name))
        assert "s3cret-word" not in " ".join((*process.cmdline(), *process.environ().values()))
    assert "s3cret-word" not in fleet.output


async def test_stopping(fleet: Fleet) -> None:
    """Programs that do not want to end do not keep the supervisor from it."""
    names = ("stubborn", "stopped", "says-nothing", "with-offspring")
    add(fleet, *(program_of(fleet, name, HOSTILE[name]) for name in names))
    await fleet.start()
    for name in names:
        await fleet.mesh_is(name, MeshState.CONNECTED)
    assert await fleet.stop() == 0
    await fleet.until(lambda: not fleet.processes(), "all processes to be gone")


async def test_all_that_is_wrong(fleet: Fleet, playground: Playground) -> None:
    """Programs of every bad kind at once hurt no other, and none of them is blocked."""
    add(
        fleet,
        *(program_of(fleet, name, body, join_timeout=1) for name, body in HOSTILE.items()),
        {"id": "missing", "transport": "program", "command": ["./no-such-bridge"]},
        {"id": "plain", "transport": "program", "command": ["./plain.txt"]},
        {"id": "nowhere", "transport": "program", "command": ["cat"], "folder": "nowhere"},
        {"id": "no-json", "transport": "program", "command": ["yes"]},
    )
    (fleet.home.root / "plain.txt").write_text("hello")
    await fleet.start()
    await running(fleet, "good")
    for name, why in {
        "exits": "exits.py exited with code 3",
        "joins-and-exits": "joins-and-exits.py exited with code 3",
        "closed-output": "closed-output.py has closed its standard output",
        "half-a-line": "half-a-line.py exited with code 0",
        "megabyte": "megabyte.py has said a line of more than 1 MiB",
        "binary": "Ignored a line of the program: it is no JSON",
        "silent": "silent.py has not joined within 1 s",
        "big-token": "A checkpoint is not kept",
        "missing": "the program ./no-such-bridge cannot be found",
        "plain": "the program ./plain.txt is not executable",
        "nowhere": "the folder .*nowhere of cat does not exist",
        "no-json": "Ignored a line of the program: it is no JSON",
    }.items():
        await fleet.logged(why, name)
    for times in range(1, 4):
        await pings(fleet, "good", times)
        assert (await playground.ask("lobby", "?ping")).text == "pong"
    status = await fleet.status()
    assert {mesh.mesh_id for mesh in status.meshes} >= {*HOSTILE, "missing", "good", "lobby"}
    assert [mesh.mesh_id for mesh in status.meshes if mesh.state is MeshState.BLOCKED] == []


@pytest.mark.long
async def test_killed_again_and_again(fleet: Fleet, chance: random.Random) -> None:
    """In whatever state a program is killed, it comes back; none is left behind."""
    await fleet.start()
    await running(fleet, "good")
    for _ in range(10):
        await asyncio.sleep(chance.uniform(0, 0.3))
        if pid := program(fleet, "good"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    await running(fleet, "good")
    assert len(fleet.processes_named(" good.py")) == 1
