"""Meshes whose network delivers again what was missed: nothing is acted on twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest

from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.fleet import Fleet
from tests.wire.install import install_wire
from tests.wire.network import WireNetwork

pytestmark = pytest.mark.faults

ECHO = """
@command("echo")
async def echo(ctx):
    await ctx.reply(ctx.args[0])
"""


def settings(*meshes: dict[str, Any]) -> dict[str, Any]:
    """Return settings without needless pauses."""
    return {
        "fleet": {"process_restart_delay": 0, "max_process_restarts": 1000, "shutdown_timeout": 5},
        "commands": {"cooldown": 0},
        "platform": {"login": "none"},
        "meshes": list(meshes),
    }


@pytest.fixture
async def network(home: Home, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WireNetwork]:
    """Return a network whose transport is installed for all processes of the test."""
    install_wire(home.root / "packages")
    monkeypatch.setenv("PYTHONPATH", str(home.root / "packages"))
    async with WireNetwork(home.root / "wire.sock") as network:
        yield network


@pytest.fixture
async def fleet(home: Home, network: WireNetwork) -> AsyncIterator[Fleet]:
    """Return a fleet with one mesh on the wire; it is not started."""
    wire = {"id": "lobby", "transport": "wire", "path": str(network.path)}
    made = Fleet(home, settings(wire))
    made.write_plugin("echo", ECHO)
    yield made
    await made.close()


async def test_a_killed_worker_answers_once(fleet: Fleet, network: WireNetwork) -> None:
    """Its successor begins behind what was answered."""
    await fleet.start()
    worker = await fleet.worker()
    network.speak("?echo one")
    await network.has_heard("one")
    os.kill(worker, signal.SIGKILL)
    network.speak("?echo two")
    assert (await network.has_joined(times=2))["resume"] == "1"
    await network.has_heard("two")
    assert network.said["lobby"] == ["one", "two"]


async def test_a_killed_supervisor_answers_once(fleet: Fleet, network: WireNetwork) -> None:
    """Killed in the moment in which the answer is heard, it leaves a successor that knows."""
    for number in range(5):
        await fleet.start()
        network.speak(f"?echo {number}")
        await network.has_heard(str(number))
        fleet.signal(signal.SIGKILL)
        await fleet.exit_code()
        await fleet.until(lambda: not fleet.processes(), "the end of all")
        network.speak(f"?echo missed-{number}")
    await fleet.start()
    await network.has_heard("missed-4")
    expected = [text for number in range(5) for text in (str(number), f"missed-{number}")]
    assert network.said["lobby"] == expected


async def test_kills_at_any_moment_answer_nothing_twice(
    fleet: Fleet, network: WireNetwork, chance: random.Random
) -> None:
    """Whatever process is killed, in whatever state: some are missed, none is repeated."""
    number = 0
    for _ in range(6):
        await fleet.start()
        worker = await fleet.worker()
        for _ in range(20):
            number += 1
            network.speak(f"?echo {number}")
            await asyncio.sleep(0)
        await network.has_heard(str(number - chance.randrange(20)))
        if chance.random() < 0.5:
            os.kill(worker, signal.SIGKILL)
        fleet.signal(signal.SIGKILL)
        await fleet.exit_code()
        await fleet.until(lambda: not fleet.processes(), "the end of all")
    await fleet.start()
    network.speak("?echo end")
    await network.has_heard("end")
    said = network.said["lobby"]
    assert len(said) == len(set(said))


@pytest.mark.long
async def test_what_is_forgotten(fleet: Fleet, network: WireNetwork) -> None:
    """An operator has a mesh begin anew, once: the network delivers all again."""
    await fleet.start()
    await fleet.worker()
    network.speak("?echo one")
    await network.has_heard("one")
    assert (await fleet.command("restart", "lobby", "--forget")).code == 0
    assert (await network.has_joined(times=2))["resume"] is None
    network.speak("?echo two")
    await network.has_heard("two")
    assert network.said["lobby"] == ["one", "one", "two"]
    assert (await fleet.command("restart", "lobby")).code == 0
    assert (await network.has_joined(times=3))["resume"] == "2"


@pytest.mark.long
async def test_a_moved_mesh_begins_anew(fleet: Fleet, network: WireNetwork, home: Home) -> None:
    """The token of another address would be nonsense there."""
    await fleet.start()
    await fleet.worker()
    network.speak("?echo one")
    await network.has_heard("one")
    moved = {
        "id": "lobby", "transport": "wire", "path": str(network.path), "address": "#elsewhere"
    }  # fmt: skip
    fleet.write_settings(settings(moved))
    assert (await fleet.command("config", "reload")).code == 0
    assert (await network.has_joined("#elsewhere"))["resume"] is None
    await fleet.mesh_is("lobby", MeshState.CONNECTED)
