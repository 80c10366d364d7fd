"""What the program tells of a real IRC server: who wrote, who reads, and which place fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from examples.irc.worker_side import Bridge
from tests.irc_servers import Server, free_port
from tests.programs import NGIRCD, require


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """Return a running server."""
    require(NGIRCD)
    async with Server.run(tmp_path, free_port()) as server:
        yield server


@pytest.fixture
def modules(node_peers: Path) -> Path:
    """Return the folder with the library."""
    return node_peers / "node_modules"


def address(server: Server) -> str:
    """Return where a server is."""
    return f"127.0.0.1:{server.port}"


async def test_a_nick_that_changes_hands(server: Server, modules: Path) -> None:
    """A user who gives a nick back before WHOIS is answered is not taken for its owner."""
    async with Bridge.run(modules, address(server), channels=["#here"]) as bridge:
        await bridge.expect("joined")
        ann = await server.person("annie", "#here", account="ann", ident="ann")
        eve = await server.person("ann", "#here", ident="ann")
        with bridge.slow():  # so that its WHOIS comes late
            eve.send("PRIVMSG #here :?admin eve")
            eve.send("NICK eve2")
            await ann.expect(" NICK :eve2")
            ann.send("NICK ann")
            await eve.expect(" NICK :ann")
        said = await bridge.expect("message", text="?admin eve")
        assert (said["user"]["id"], said["user"]["authenticated"]) == ("~ann", False)
        ann.send("PRIVMSG #here :?ping")
        said = await bridge.expect("message", text="?ping")
        assert said["user"] == {"id": "ann", "name": "ann", "authenticated": True}


async def test_a_nick_that_cannot_be_seen(server: Server, modules: Path) -> None:
    """A query of a user in none of the channels is answered, but they are not authenticated."""
    async with Bridge.run(modules, address(server), channels=["#here"]) as bridge:
        await bridge.expect("joined")
        ann = await server.person("ann", account="ann")
        ann.send("PRIVMSG mybot :?ping")
        said = await bridge.expect("message", text="?ping")
        assert (said["user"]["authenticated"], said["direct"]) == (False, True)
        assert "error" not in await bridge.say(1, said["place"], "pong")
        await ann.expect("^:mybot!.* PRIVMSG ann :pong")


async def test_what_is_private(server: Server, modules: Path) -> None:
    """Neither the nick that an account is called like, nor who takes a nick over, is written to."""
    async with Bridge.run(modules, address(server), channels=["#here"]) as bridge:
        await bridge.expect("joined")
        robert = await server.person("robert", "#here", account="bob")
        robert.send("PRIVMSG #here :?hello")
        assert (await bridge.expect("message", text="?hello"))["user"]["id"] == "bob"
        bob = await server.person("bob")
        bob.send("PRIVMSG mybot :?ping")
        said = await bridge.expect("message", text="?ping")
        await bridge.say(1, said["place"], "pong")
        await bob.expect("^:mybot!.* PRIVMSG bob :pong")
        await bridge.say(2, "account:bob", "secret")
        await robert.expect("^:mybot!.* PRIVMSG robert :secret")
        robert.send("NICK robert2")
        await robert.expect(" NICK :robert2")
        bob.send("NICK robert")
        await bob.expect(" NICK :robert")
        for number, place in enumerate(("account:bob", said["place"], "account:nobody"), 3):
            assert "error" in await bridge.say(number, place, "for nobody")
        for person in (robert, bob):
            person.send("PING done")
            await person.expect("PONG .*done")
            assert not [line for line in person.seen if "for nobody" in line or "pong" in line]


async def test_a_place_that_fails(server: Server, modules: Path) -> None:
    """What a channel does not take fails there, and the others go on; so does one that bans."""
    op = await server.person("op", "#here", "#there")
    op.send("MODE #here +m")
    await op.expect("MODE #here ")
    op.send("MODE #there +b mybot!*@*")
    await op.expect("MODE #there ")
    how = {"channels": ["#here", "#there", "#more"], "retry": 0.5}
    async with Bridge.run(modules, address(server), **how) as bridge:
        await bridge.expect("joined")
        assert "#there: " in (await bridge.expect("log", level="warning"))["text"]
        for number, place in enumerate(("#here", "#there"), 1):
            failed = await bridge.say(number, place, "hello")
            assert (failed["kind"], bool(failed["error"])) == ("later", True)
        assert "error" not in await bridge.say(3, "#more", "hello")
        op.send("MODE #there -b mybot!*@*")
        await op.expect("^:mybot!.* JOIN :#there")
        op.send("KICK #there mybot")
        await op.expect("^:mybot!.* JOIN :#there")
        assert "error" not in await bridge.say(4, "#there", "hello")


async def test_no_place_at_all(server: Server, modules: Path) -> None:
    """A bot that no channel lets in is refused, and one without channels does not try."""
    op = await server.person("op", "#here")
    op.send("MODE #here +i")
    await op.expect("MODE #here ")
    async with Bridge.run(modules, address(server), channels=["#here"]) as bridge:
        refused = await bridge.expect("refused", kind="refused")
        assert refused["reason"].startswith("#here: ")
    async with Bridge.run(modules, address(server), channels=[]) as bridge:
        assert "names no channel" in (await bridge.expect("refused"))["reason"]


async def test_the_end(server: Server, modules: Path) -> None:
    """The end of the connection is given in words; an address may be of IPv6."""
    async with Bridge.run(modules, f"[::1]:{server.port}", channels=["#here"]) as bridge:
        await bridge.expect("joined")
        await server.kill()
        assert (await bridge.expect("ended", kind="lost"))["reason"]
