"""A fleet on a real IRC server: its worker is killed, its server dies and comes back."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.fleet import Fleet
from tests.irc_servers import Server, free_port
from tests.programs import NGIRCD, require
from tests.transports.irc import Client

pytestmark = pytest.mark.faults


async def ping(port: int, nick: str) -> None:
    """Come, have the bot answer in both channels and alone, and leave."""
    visitor = Client(nick, lambda *_: None)
    await visitor.open(port)
    await visitor.join("#lobby", "#dev")
    for target, where in (("#lobby", "#lobby"), ("#dev", "#dev"), ("helper", nick)):
        visitor.send(f"PRIVMSG {target} :?ping")
        answer = await visitor.expect(lambda line: line.text == "pong")
        assert answer.param(0) == where
    await visitor.close()


async def test_irc(home: Home, tmp_path: Path) -> None:
    """Whatever dies, the bot is back in its channels and answers."""
    require(NGIRCD)
    port = free_port()
    mesh = {
        "id": "irc",
        "transport": "irc",
        "server": f"irc://127.0.0.1:{port}",
        "address": "#lobby",
        "channels": ["#dev"],
        "nick": "helper",
        "gap": 0.1,
    }
    fleet = Fleet(home, {"commands": {"cooldown": 0}, "meshes": [mesh]})
    try:
        async with Server.run(tmp_path, port) as server:
            await fleet.start("--no-console")
            await fleet.mesh_is("irc", MeshState.CONNECTED)
            await ping(port, "ann")
            killed = await fleet.mesh_is("irc", MeshState.CONNECTED)
            assert killed.pid is not None
            os.kill(killed.pid, signal.SIGKILL)
            await fleet.mesh_is("irc", MeshState.CONNECTED, besides=killed.pid)
            await ping(port, "bob")
            await server.kill()
            await fleet.mesh_is("irc", MeshState.DISCONNECTED)
        async with Server.run(tmp_path, port):
            await fleet.mesh_is("irc", MeshState.CONNECTED)
            await ping(port, "cyd")
        assert "blocked" not in fleet.output
    finally:
        await fleet.close()
