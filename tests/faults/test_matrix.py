"""A fleet on a real homeserver: its worker is killed, its server dies and comes back."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.fleet import Fleet
from tests.homeservers import Person, Synapse, require_synapse
from tests.irc_servers import free_port

pytestmark = pytest.mark.faults


def answers(asked: str, event: dict[str, Any]) -> bool:
    """Say whether an event answers a message."""
    relation = event.get("content", {}).get("m.relates_to", {})
    return bool(relation.get("m.in_reply_to", {}).get("event_id") == asked)


async def test_matrix(home: Home, tmp_path: Path) -> None:
    """Whatever dies, the bot is back in its room, and answers each command once."""
    require_synapse()
    server = Synapse(tmp_path / "synapse", free_port())
    fleet: Fleet | None = None
    try:
        server.start()
        async with aiohttp.ClientSession() as http:
            bot = await Person.register(server.url, http, "bot")
            ann = await Person.register(server.url, http, "ann")
            room = await ann.create()
            await ann.begin()
            mesh = {
                "id": "room",
                "transport": "matrix",
                "server": server.url,
                "address": room,
                "account": "matrix",
            }
            account = {"transport": "matrix", "token": bot.token}
            settings = {"commands": {"cooldown": 0}, "meshes": [mesh], "accounts.matrix": account}
            fleet = Fleet(home, settings)
            await fleet.start("--no-console")
            state = await fleet.mesh_is("room", MeshState.CONNECTED)
            asked = []
            for _ in range(3):
                asked.append(await ann.say(room, "?ping"))
                await ann.heard(room, partial(answers, asked[-1]))
                assert state.pid is not None
                os.kill(state.pid, signal.SIGKILL)
                state = await fleet.mesh_is("room", MeshState.CONNECTED, besides=state.pid)
            server.kill()
            await fleet.mesh_is("room", MeshState.DISCONNECTED)
            server.start()
            await fleet.mesh_is("room", MeshState.CONNECTED)
            asked.append(await ann.say(room, "?ping"))
            await ann.heard(room, partial(answers, asked[-1]))
            found = await ann.ask("GET", f"/rooms/{room}/messages", dir="b", limit="100")
            for message in asked:
                assert sum(answers(message, event) for event in found["chunk"]) == 1
        assert "blocked" not in fleet.output
    finally:
        if fleet is not None:
            await fleet.close()
        server.kill()
