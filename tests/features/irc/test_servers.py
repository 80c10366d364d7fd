"""IRC on real servers: logins, certificates, channels that are closed, and servers that fail."""

from __future__ import annotations

import asyncio
import itertools
import signal
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.irc.address import check_server
from meshvisor.features.irc.mesh_settings import IrcSettings
from meshvisor.shared import tls
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.transport import (
    ChatMessage,
    EndKind,
    JoinError,
    MeshAddress,
    Remark,
)
from tests.certificates import self_signed
from tests.features.irc.scripted import ScriptedStay
from tests.inspircd import Inspircd
from tests.irc_servers import Server, free_port
from tests.programs import INSPIRCD, NGIRCD, require
from tests.transports.irc import Client
from tests.transports.network import PATIENCE
from tests.worker.supervisor_side import QUICK

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspircd]:
    """Run an InspIRCd with TLS and services."""
    require(INSPIRCD)
    folder = tmp_path_factory.mktemp("secure")
    server = Inspircd(folder, certificate=self_signed(folder, "irc.test.local"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@asynccontextmanager
async def client(port: int, nick: str = "") -> AsyncIterator[Client]:
    """Be a user of a server."""
    made = Client(nick or f"c{next(NUMBERS)}", lambda *_: None)
    await made.open(port)
    yield made
    await made.close()


@asynccontextmanager
async def staying(
    server: str, account: dict[str, str] | None = None, **settings: Any
) -> AsyncIterator[ScriptedStay]:
    """Make a transport."""
    own = {"nick": f"bot{next(NUMBERS)}", **settings}
    model = IrcSettings.model_validate(own).model_dump(mode="json")
    address = f"#room{next(NUMBERS)}"
    stay = ScriptedStay(MeshAddress("x", check_server(server), address, model), QUICK, account)
    yield stay
    await stay.transport.leave("the test is over", politely=False)


def room(stay: ScriptedStay) -> str:
    """Return the name of its channel."""
    return stay.irc._mesh.room


# ---- Logging in ----------------------------------------------------------------------------------


async def test_a_password(secure: Inspircd) -> None:
    """The right one logs in, a wrong one is the account's fault, and says who can mend it."""
    async with client(secure.port) as owner:
        owner.send("PRIVMSG NickServ :REGISTER pässword a@test.local")
        await owner.expect(lambda line: line.command == "900")
        server = f"irc://127.0.0.1:{secure.port}"
        right = {"account": owner.nick, "password": "pässword"}
        async with staying(server, right) as stay:
            await stay.join()
            assert stay.transport.own_id == owner.nick
        async with staying(server, {**right, "password": "wrong"}) as stay:
            with pytest.raises(JoinError, match="correct account and password") as caught:
                await stay.join()
            assert caught.value.kind is FailureKind.UNAUTHORIZED
            assert "wrong" not in str(caught.value)


async def test_a_certificate(secure: Inspircd, tmp_path: Path) -> None:
    """The bot's certificate logs in, over a connection to a server whose own is pinned."""
    public, private = self_signed(tmp_path, "bot")
    both = tmp_path / "both.pem"
    both.write_bytes(public.read_bytes() + private.read_bytes())
    der = ssl.PEM_cert_to_DER_cert
    pin = tls.fingerprint(der((secure.folder / "irc.test.local.pem").read_text()))
    async with client(secure.port) as owner:
        owner.send("PRIVMSG NickServ :REGISTER secret a@test.local")
        await owner.expect(lambda line: line.command == "900")
        owner.send(f"PRIVMSG NickServ :CERT ADD {tls.fingerprint(der(public.read_text()))}")
        await owner.expect(lambda line: "fingerprint" in line.text.lower())
        server = f"127.0.0.1:{secure.secure_port}"
        account = {"certificate": str(both)}
        async with staying(server, account, certificate_sha256=pin) as stay:
            await stay.join()
            assert stay.transport.own_id == owner.nick
    async with staying(server, account, certificate_sha256=pin) as stay:
        stay._account = {"certificate": str(private)}
        with pytest.raises(JoinError, match="cannot be read") as caught:
            await stay.join()
        assert caught.value.kind is FailureKind.BROKEN


async def test_certificates_that_are_not_believed(secure: Inspircd) -> None:
    """A self-signed one is refused with what to do; so is another one than the pinned."""
    server = f"127.0.0.1:{secure.secure_port}"
    async with staying(server) as stay:
        with pytest.raises(JoinError, match="self-signed; if it is yours, put its SHA-256 into"):
            await stay.join()
    async with staying(server, certificate_sha256="00" * 32) as stay:
        with pytest.raises(JoinError, match=r"not the one of certificate_sha256 but [0-9a-f]{64}"):
            await stay.join()


async def test_a_port_without_tls() -> None:
    """A server that speaks in plain text where TLS is expected differs from a broken one."""

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b":irc.test NOTICE * :Looking up your hostname\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with staying(f"127.0.0.1:{port}") as stay:
            with pytest.raises(JoinError, match="does not speak TLS at this port"):
                await stay.join()


async def test_services_that_are_away(tmp_path: Path) -> None:
    """A bot that is to log in waits until it can."""
    require(INSPIRCD)
    server = Inspircd(tmp_path, services=False)
    try:
        server.start()
        async with staying(f"irc://127.0.0.1:{server.port}", {"password": "x"}) as stay:
            with pytest.raises(JoinError, match="offers no SASL at the moment") as caught:
                await stay.join()
            assert caught.value.kind is FailureKind.UNREACHABLE
    finally:
        server.stop()


async def test_a_ghost(secure: Inspircd) -> None:
    """A bot whose owner has taken its nick back does not fight for it."""
    async with client(secure.port) as owner:
        owner.send("PRIVMSG NickServ :REGISTER secret a@test.local")
        await owner.expect(lambda line: line.command == "900")
        taken, owner.nick = owner.nick, f"{owner.nick}x"
        owner.send(f"NICK {owner.nick}")
        await owner.settled()
        async with staying(f"irc://127.0.0.1:{secure.port}", nick=taken) as stay:
            await stay.join()
            owner.send(f"PRIVMSG NickServ :GHOST {taken}")
            async with asyncio.timeout(PATIENCE):
                end = await stay.transport.ended()
            assert (end.kind, "GHOST" in end.reason) == (EndKind.REPLACED, True)


# ---- Channels that are closed --------------------------------------------------------------------


@pytest.fixture
async def ngircd(tmp_path: Path) -> AsyncIterator[Server]:
    """Run an ngIRCd."""
    require(NGIRCD)
    async with Server.run(tmp_path, free_port()) as server:
        yield server


@pytest.mark.parametrize(
    ("mode", "kind", "words"),
    [
        ("+k secret", FailureKind.REFUSED, "has a key"),
        ("+l 1", FailureKind.UNREACHABLE, "is full"),
        ("+i", FailureKind.REFUSED, "invited people only"),
        ("+b *!*@*", FailureKind.REFUSED, "the bot is banned from"),
    ],
)
async def test_closed_channels(ngircd: Server, mode: str, kind: FailureKind, words: str) -> None:
    """Each says in a sentence why, and whose fault it is; with the key the bot comes in."""
    async with client(ngircd.port) as owner, staying(f"irc://127.0.0.1:{ngircd.port}") as stay:
        await owner.join(room(stay))
        owner.send(f"MODE {room(stay)} {mode}")
        await owner.settled()
        with pytest.raises(JoinError, match=words) as caught:
            await stay.join()
        assert caught.value.kind is kind
        if kind is FailureKind.REFUSED and "k" in mode:
            stay._account = {"keys": f"{room(stay)}=secret"}
            await stay.join()


async def test_more_channels_than_allowed(ngircd: Server) -> None:
    """A real server says how many it allows, and is asked for no more."""
    names = [f"#c{number}" for number in range(12)]
    async with staying(f"irc://127.0.0.1:{ngircd.port}", channels=names) as stay:
        await stay.join()
        remark = await stay.expect(Remark)
        assert remark.text.endswith("allows 10 at a time, which leaves out #c9, #c10, #c11")


async def test_two_bots_with_one_nick(ngircd: Server) -> None:
    """The second one takes another nick, and the first one's when it is free."""
    server = f"irc://127.0.0.1:{ngircd.port}"
    async with staying(server, nick="same") as one, staying(server, nick="same") as two:
        await one.join()
        await two.join()
        assert (one.transport.own_id, two.transport.own_id) == ("~same", "~same_")
        await one.transport.leave("bye")
        async with asyncio.timeout(PATIENCE):
            while two.transport.own_id != "~same":
                await asyncio.sleep(0.01)


# ---- Servers that fail ---------------------------------------------------------------------------


async def test_a_server_that_is_killed(ngircd: Server) -> None:
    """A stay is lost with it, and nothing listens there."""
    async with staying(f"irc://127.0.0.1:{ngircd.port}") as stay:
        await stay.join()
        await ngircd.kill()
        assert (await stay.transport.ended()).kind is EndKind.LOST
        with pytest.raises(JoinError, match="nothing listens at") as caught:
            await stay.join()
        assert caught.value.kind is FailureKind.UNREACHABLE


async def test_a_server_that_is_frozen(ngircd: Server) -> None:
    """Its silence is found, and a join to it ends."""
    async with staying(f"irc://127.0.0.1:{ngircd.port}", idle_timeout=1.0) as stay:
        await stay.join()
        ngircd.signal(signal.SIGSTOP)
        try:
            async with asyncio.timeout(PATIENCE):
                end = await stay.transport.ended()
        finally:
            ngircd.signal(signal.SIGCONT)
        assert (end.kind, "no answer to a ping" in end.reason) == (EndKind.LOST, True)


async def test_a_flood_of_people(ngircd: Server) -> None:
    """A thousand messages within a moment are all heard, and the bot goes on answering."""
    async with client(ngircd.port) as one, staying(f"irc://127.0.0.1:{ngircd.port}") as stay:
        await stay.join()
        await one.join(room(stay))
        for number in range(1000):
            one.send(f"PRIVMSG {room(stay)} :{number}")
        await stay.expect(ChatMessage, lambda message: message.text == "999")
        assert sum(isinstance(seen, ChatMessage) for seen in stay.seen) == 999
        await stay.transport.say("enough")
        await one.expect(lambda line: line.text == "enough")


def test_programs() -> None:
    """What these tests need is what continuous integration installs."""
    installs = (Path(__file__).parents[3] / ".ci" / "run").read_text()
    for package in (NGIRCD, INSPIRCD):
        for command in package.commands:
            assert f"={command}" in installs
