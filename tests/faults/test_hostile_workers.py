"""What a worker says, whatever it is, costs that worker at most, and `status` stays readable."""

from __future__ import annotations

import json
from typing import Any

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import StartFleet

pytestmark = pytest.mark.faults

PLUGIN = """
import json
from meshvisor import command

def say(ctx, **fields):
    frame = json.dumps({"v": 1, "id": 7, "mesh_id": ctx.mesh_id, "ts": 1.0, **fields})
    ctx.link._channel.send_frame(frame.encode() + b"\\n")

@command("shout")
async def shout(ctx):
    say(ctx, type="error", error="A\\x1b[2J\\n" * 75_000, source="B" * 50_000)
    return "shouted"

@command("lie")
async def lie(ctx):
    status = {"type": "status_response", "state": "connected", "uptime_seconds": 1.0,
              "event_loop_lag_ms": 1.0, "memory_bytes": 1}
    say(ctx, **{**status, **eval(ctx.argument_text)})
"""


def strict(text: str) -> Any:
    """Return the value of a text that is JSON for every parser."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


async def test_whatever_it_says(start_fleet: StartFleet, playground: Playground) -> None:
    """Endless texts are cut; numbers that are none end the worker, and its mesh comes back."""
    fleet = await start_fleet(PLUGIN, fleet={"status_poll_interval": 1})
    other = await fleet.worker("cinema")
    pid = await fleet.worker("lobby")
    for _ in range(2):
        assert (await playground.ask("lobby", "?shout")).text == "shouted"
    await fleet.until_told(lambda: said(fleet), "the error")
    shown = strict((await fleet.command("status", "--json")).out)
    [error] = [mesh["last_error"] for mesh in shown["meshes"] if mesh["mesh_id"] == "lobby"]
    assert error.startswith("A A A")
    assert len(error) <= 500
    assert "\x1b" not in error
    assert (await fleet.worker("lobby")) == pid
    for lie in (
        "{'uptime_seconds': float('nan')}",
        "{'event_loop_lag_ms': float('inf')}",
        "{'memory_bytes': 10**400}",
        "{'memory_bytes': -1}",
    ):
        playground.say("lobby", f"?lie {lie}")
        await fleet.gone(pid)
        pid = await fleet.worker("lobby", besides=pid)
        await fleet.mesh_is("lobby", MeshState.CONNECTED)
        strict((await fleet.command("status", "--json")).out)
    assert await fleet.worker("cinema") == other


async def said(fleet: Any) -> bool:
    """Say whether the error has arrived."""
    mesh = await fleet.mesh("lobby")
    return mesh is not None and mesh.last_error is not None
