"""An IRC server that says what a test wants, for what real ones do not do on request."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from meshvisor.features.irc.mesh_settings import IrcSettings
from meshvisor.features.irc.worker.transport import make
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.shared.secret import Secret
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import Incoming, Joining, MeshAddress
from tests.transports.network import PATIENCE, Stay
from tests.worker.supervisor_side import QUICK

CAPS = (
    "message-tags server-time account-tag account-notify extended-join multi-prefix chghost batch "
    "labeled-response echo-message"
)


class ScriptedServer:
    """One server, for one client at a time.

    By itself it greets and lets the client into every channel.
    """

    def __init__(self) -> None:
        self.caps = CAPS
        self.support = "CASEMAPPING=rfc1459 CHANTYPES=# PREFIX=(ov)@+ NICKLEN=30"
        self.mask = "bot@host.test"
        self.greets = True
        self.joins = True
        self.echoes = True
        self.greeting: list[str] = []
        """Instead of the usual one."""
        self.time = ""
        """A `time` tag on what the server says to JOIN, and the end of its greeting."""
        self.nick = ""
        self.lines: list[str] = []
        self._news = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._ids = 0
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def run(cls) -> AsyncIterator[ScriptedServer]:
        """Run one for as long as the block does."""
        server = cls()
        listening = await asyncio.start_server(server._serve, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        try:
            yield server
        finally:
            listening.close()
            server.cut()
            await listening.wait_closed()

    def say(self, *lines: str) -> None:
        """Say something to the client."""
        assert self._writer is not None
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())

    def say_bytes(self, data: bytes) -> None:
        """Say what is no line."""
        assert self._writer is not None
        self._writer.write(data)

    def cut(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()

    async def expect(self, fits: Callable[[str], bool] | str) -> str:
        """Return the next line of the client that fits, or begins like this."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for line in self.lines:
                    bare = line.partition(" ")[2] if line.startswith("@") else line
                    if bare.startswith(fits) if isinstance(fits, str) else fits(line):
                        self.lines.remove(line)
                        return line
                self._news.clear()
                await self._news.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                text = line.decode().rstrip("\r\n")
                self.lines.append(text)
                self._news.set()
                self._react(text)
        writer.close()

    def _react(self, line: str) -> None:
        tags, _, bare = line[1:].partition(" ") if line.startswith("@") else ("", "", line)
        command, _, rest = bare.partition(" ")
        match command:
            case "CAP" if rest.startswith("LS") and self.caps:
                self.say(f":irc.test CAP * LS :{self.caps}")
            case "CAP" if rest.startswith("REQ"):
                self.say(f":irc.test CAP * ACK {rest.partition(' ')[2]}")
            case "NICK" if not self.nick:
                self.nick = rest
                if not self.caps:
                    self._greet()
            case "CAP" if rest == "END":
                self._greet()
            case "JOIN" if self.joins:
                for channel in rest.split(" ")[0].split(","):
                    self.let_in(channel)
            case "PRIVMSG" if tags and self.echoes:
                self._ids += 1
                self.say(f"@{tags};msgid=id{self._ids} :{self.nick}!{self.mask} {bare}")
            case "WHOIS":
                self.whois(rest)

    def whois(self, nick: str) -> None:
        """Answer who a user is: unknown."""
        self.say(f":irc.test 401 {self.nick} {nick} :No such nick")

    def _greet(self) -> None:
        if self.greeting:
            self.say(*self.greeting)
        elif self.greets:
            self.say(
                f":irc.test 001 {self.nick} :Welcome",
                f":irc.test 005 {self.nick} {self.support} :are supported by this server",
                f"{self.time}:irc.test 422 {self.nick} :MOTD File is missing",
            )

    def let_in(self, channel: str) -> None:
        """Let the client into a channel."""
        self.say(
            f":{self.nick}!{self.mask} JOIN {channel} * :bot",
            f":irc.test 353 {self.nick} = {channel} :{self.nick} @ann",
            f":irc.test 366 {self.nick} {channel} :End of /NAMES list.",
        )

    def stay(
        self, timings: Timings = QUICK, account: dict[str, str] | None = None, **settings: Any
    ) -> ScriptedStay:
        """Return a transport that has not joined yet."""
        own = {"nick": "bot", "idle_timeout": 60.0, **settings}
        model = IrcSettings.model_validate(own).model_dump(mode="json")
        address = MeshAddress("lobby", f"irc://127.0.0.1:{self.port}", "#lobby", model)
        return ScriptedStay(address, timings, account)


class ScriptedStay(Stay):
    """A transport, and what it has delivered."""

    def __init__(
        self, address: MeshAddress, timings: Timings, account: dict[str, str] | None
    ) -> None:
        self.irc = make(address, timings)
        self.transport = self.irc
        self.seen: list[Incoming] = []
        self._news = asyncio.Event()
        self._account = account

    async def join(self, resume: str | None = None) -> None:
        """Join once."""
        fields = {name: Secret(text) for name, text in (self._account or {}).items()}
        name = "irc" if self._account is not None else ""
        credentials = Credentials(peer_id="", account=name, fields=fields)
        async with asyncio.timeout(PATIENCE):
            await self.transport.join(Joining(credentials, resume), self._take)
