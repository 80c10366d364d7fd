"""The example on a real IRC server: two channels, an admin by their account, and what is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.fleet import Fleet
from tests.irc_servers import Line, Server, free_port
from tests.programs import NGIRCD, require

SCRIPT: Final = Path(__file__).with_name("irc.js")

PLUGIN: Final = """
@action("dig")
async def dig(job):
    async for item in job.items():
        await item.done()

@command("dig")
async def digs(ctx):
    return (await ctx.submit("dig", items=["x"])).text
"""


@pytest.fixture
def port() -> int:
    """Return the server's port."""
    require(NGIRCD)
    return free_port()


@pytest.fixture
async def fleet(home: Home, port: int, node_peers: Path) -> AsyncIterator[Fleet]:
    """Return a fleet with one mesh, which has not been started."""
    quick: dict[str, Any] = {"process_restart_delay": 0, "max_process_restarts": 1000}
    fleet = Fleet(home, {"fleet": quick, "commands": {"cooldown": 0}})
    fleet.write_plugin("digging", PLUGIN)
    with home.settings_file.open("a") as settings:
        settings.write(
            f"""
[accounts.irc]
transport = "program"
nick = "mybot"
[[meshes]]
id = "net"
transport = "program"
account = "irc"
command = ["node", "{SCRIPT}"]
environment = {{ NODE_PATH = "{node_peers / "node_modules"}" }}
address = "127.0.0.1:{port}"
options = {{ tls = false, channels = ["#here", "#there"] }}
"""
        )
    yield fleet

    await fleet.close()


async def said(person: Line, place: str, text: str) -> None:
    """Return when the bot has said something where a client reads it."""
    await person.expect(rf"^:mybot!\S+ PRIVMSG {place} :.*{text}")


async def test_places(fleet: Fleet, home: Home, port: int) -> None:
    """An answer goes to the channel of its question, and a query is answered alone."""
    async with Server.run(home.root, port) as server:
        await fleet.start()
        await fleet.mesh_is("net", MeshState.CONNECTED)
        ann = await server.person("ann", "#here", "#there")
        for place in ("#here", "#there"):
            ann.send(f"PRIVMSG {place} :?ping")
            await said(ann, place, "pong")
        ann.send("PRIVMSG mybot :?ping")
        await said(ann, "ann", "pong")
        assert await fleet.stop() == 0
        await ann.expect("^:mybot!.* QUIT ")


async def test_an_admin(fleet: Fleet, home: Home, port: int) -> None:
    """An admin is known by their account, not by their nick, and jobs report where they began."""
    async with Server.run(home.root, port) as server:
        await fleet.start()
        await fleet.mesh_is("net", MeshState.CONNECTED)
        added = await fleet.command("admin", "add", "Annie", "--realm", "irc")
        assert added.code == 0, added.err
        ann = await server.person("ann", "#here", "#there", account="Annie")
        eve = await server.person("Annie", "#there")
        eve.send("PRIVMSG #there :?dig")
        await said(eve, "#there", "whether it is really you")
        ann.send("PRIVMSG #there :?dig")
        await said(eve, "#there", "Job 1")
        await said(eve, "#there", "(done|complete)")
        assert not any("#here" in line for line in ann.seen if ":mybot!" in line)


async def test_what_is_killed(fleet: Fleet, home: Home, port: int) -> None:
    """The bot is back after its program, its worker, and the server have been killed."""
    async with Server.run(home.root, port) as server:
        ann = await server.person("ann", "#here", "#there")
        await fleet.start()
        for victim in ("the program", "the worker", "nobody"):
            await ann.expect("^:mybot!.* JOIN :#there")
            ann.send("PRIVMSG #here :?ping")
            await said(ann, "#here", "pong")
            if victim == "the program":
                os.kill(fleet.processes_named("irc.js")[0].pid, signal.SIGKILL)
            elif victim == "the worker":
                os.kill(await fleet.worker("net"), signal.SIGKILL)
        await server.kill()
    await fleet.mesh_is("net", MeshState.DISCONNECTED)
    await fleet.logged("Could not connect: the connection has failed", "net")
    async with Server.run(home.root, port) as server:
        await fleet.mesh_is("net", MeshState.CONNECTED)
        ann = await server.person("ann", "#there")
        ann.send("PRIVMSG #there :?ping")
        await said(ann, "#there", "pong")
