"""IRC: a real server, with people in its channels, behind a relay that plays faults."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from meshvisor.features.irc.mesh_settings import IrcSettings
from meshvisor.features.irc.wire.message import Line, parse
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.transport import Manners
from tests.transports.network import PATIENCE, Heard, Lack, Network

BOT: Final = "mvbot"

GARBAGE: Final = (
    b"\xff\xfe\r\n:\r\n@\r\n@=;; : \r\n:x\r\n 001\r\nPRIVMSG\r\n:a!b@c PRIVMSG\r\n:a!b@c JOIN\r\n"
    b":a!b@c KICK #lobby\r\n:a!b@c NICK\r\n:a!b@c INVITE\r\n353\r\n005\r\nBATCH\r\nCAP\r\n396\r\n"
    b":a!b@c PRIVMSG #lobby :\x01\r\n:a!b@c PRIVMSG #lobby\r\n\r\n\n\x00\r\n:\x07 QUIT :x.y z.w\r\n"
    b":a!b@c CHGHOST\r\n:a!b@c ACCOUNT\r\n:a!b@c TOPIC\r\n900\r\n@label=m1 ACK\r\n433 a b\r\n"
    + b"x" * 40_000
    + b"\r\n"
)


class Relay:
    """Hands on what the bot and its server say, or does not."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._ways: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self.port = 0
        self.says = b""
        """Instead of the server, to each client."""
        self.stalls = False
        self.lines: list[str] = []
        """What the bot has said, line by line."""
        self.on_refusal: Callable[[], Awaitable[None]] | None = None
        """Called before the bot is told that a channel has not taken what it has said."""
        self.changed = asyncio.Condition()
        self.is_open = False

    async def open(self) -> None:
        """Listen, at the same port each time."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more, and cut what is there."""
        assert self._server is not None
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Cut all connections."""
        for writer in self._ways:
            writer.close()

    def inject(self, data: bytes) -> None:
        """Say something to the bot as if the server did."""
        self._ways[0].write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.is_open = True
        self._ways = [writer]
        try:
            if self.says or self.stalls:
                writer.write(self.says)
                while not self.says and await reader.read(1000):
                    pass
                return
            there, here = await asyncio.open_connection("127.0.0.1", self._to)
            self._ways.append(here)
            await asyncio.wait(
                [
                    asyncio.create_task(self._pipe(reader, here, note=True)),
                    asyncio.create_task(self._pipe(there, writer)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for way in self._ways:
                way.close()
            self.is_open = False
            async with self.changed:
                self.changed.notify_all()

    async def _pipe(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, note: bool = False
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await source.readline():
                if note:
                    self.lines.append(line.decode(errors="replace").rstrip())
                elif b" 404 " in line and self.on_refusal is not None:
                    await self.on_refusal()
                sink.write(line)
                await sink.drain()


class Client:
    """A user of the server, who reads all the time."""

    def __init__(self, nick: str, take: Callable[[Client, Line], None]) -> None:
        self.nick = nick
        self._take = take
        self._news = asyncio.Condition()
        self.seen: list[Line] = []

    async def open(self, port: int, *, caps: str = "message-tags") -> None:
        """Connect and be greeted."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._task = asyncio.create_task(self._read(), name=f"reader of {self.nick}")
        self.send("CAP LS 302")
        self.send(f"NICK {self.nick}")
        self.send(f"USER {self.nick} 0 * :{self.nick}")
        offered = await self.expect(lambda line: line.command == "CAP" and line.param(1) == "LS")
        if caps in offered.text.split():
            self.send(f"CAP REQ {caps}")
        self.send("CAP END")
        await self.expect(lambda line: line.command in {"376", "422"})

    def send(self, line: str) -> None:
        """Send one line."""
        self._writer.write(f"{line}\r\n".encode())

    async def expect(self, fits: Callable[[Line], bool]) -> Line:
        """Return the next line that fits, leaving others for later."""
        async with asyncio.timeout(PATIENCE), self._news:
            while True:
                for line in self.seen:
                    if fits(line):
                        self.seen.remove(line)
                        return line
                await self._news.wait()

    async def join(self, *channels: str) -> None:
        """Go into channels."""
        for channel in channels:
            self.send(f"JOIN {channel}")
            await self.expect(lambda line: line.command == "366")

    async def settled(self) -> None:
        """Return when the server has taken in all that was said before."""
        self.send("PING settled")
        await self.expect(lambda line: line.command == "PONG")

    async def close(self) -> None:
        """Be gone, and wait until the server has closed the connection."""
        self.send("QUIT")
        async with asyncio.timeout(PATIENCE):
            await self._task
        self._writer.close()

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await self._reader.readline():
                line = parse(data.decode(errors="replace").strip("\r\n"))
                if line is None:
                    continue
                if line.command == "PING":
                    self.send(f"PONG :{line.text}")
                    continue
                self._take(self, line)
                async with self._news:
                    self.seen.append(line)
                    self._news.notify_all()


Vouch = Callable[[Client, str], Awaitable[str]]
"""Logs a user in who wants this account; returns the one that it is."""


class IrcNetwork(Network):
    """Two channels of a server.

    Args:
        port: of the server.
        vouch: logs people in.
        names: numbers for nicks that are free on this server.
    """

    transport = "irc"
    lacks = frozenset(
        {Lack.EDITS, Lack.DELIVERIES, Lack.RESUME, Lack.ERRORS, Lack.REPLACED, Lack.ENDS}
    )
    own_id = f"~{BOT}"
    has_ids = False
    manners = Manners(gap=0.5, burst=100)

    def __init__(self, port: int, vouch: Vouch, names: itertools.count[int]) -> None:
        number = next(names)
        # Of its own: a channel in which a user of another test still is has other operators.
        self.address, self.small = f"#lobby{number}", f"#the-small-one{number}"
        self._port = port
        self._vouch = vouch
        self._names = names
        self._relay = Relay(port)
        self._said: asyncio.Queue[Heard] = asyncio.Queue()
        self._people: dict[str, Client] = {}
        self._users: dict[str, str] = {}
        """Ids by what the suite calls them."""
        self._bot_here = False
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.watcher = Client(f"watcher{number}", self._watch)
        self.settings = IrcSettings(
            nick=BOT, channels=(self.small,), gap=0.5, burst=100, max_parts=10, rejoin_after=3600
        ).model_dump(mode="json")

    async def open(self) -> None:
        """Be there."""
        await self._relay.open()
        self.server = f"irc://127.0.0.1:{self._relay.port}"
        await self.watcher.open(self._port)
        await self.watcher.join(self.address, self.small)

    async def close(self) -> None:
        """Be gone."""
        await self._relay.close()
        for client in (self.watcher, *self._people.values()):
            await client.close()

    # What the server does

    def _watch(self, client: Client, line: Line) -> None:
        is_bot = line.source.nick == BOT
        is_kick = line.command == "KICK" and line.params[:2] == (self.address, BOT)
        here = self._bot_here
        if is_bot and line.command == "JOIN" and line.param(0) == self.address:
            here = True
        elif is_kick or (is_bot and line.command in {"QUIT", "PART"}):
            here = False
        elif is_bot and line.command == "PRIVMSG":
            self._heard(client, line)
        if here != self._bot_here:
            self._bot_here = here
            self._later(self._notify())

    def _heard(self, client: Client, line: Line) -> None:
        target = line.param(0)
        if target.startswith("#"):
            if client is not self.watcher:
                return
            place = "" if target == self.address else target
        else:
            place = f"dm:{next(user for user, one in self._people.items() if one is client)}"
        reply_to = line.tags.get("+draft/reply")
        self._said.put_nowait(Heard(line.text, place, reply_to, line.tags.get("msgid")))

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def present(self) -> None:
        """Return when the watcher has seen the bot come."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: self._bot_here)

    async def absent(self) -> None:
        """Return when the watcher does not see the bot, and there is no connection."""
        async with asyncio.timeout(PATIENCE):
            async with self._changed:
                await self._changed.wait_for(lambda: not self._bot_here)
            async with self._relay.changed:
                await self._relay.changed.wait_for(lambda: not self._relay.is_open)

    async def heard(self) -> Heard:
        """Return what the bot has said next."""
        async with asyncio.timeout(PATIENCE):
            return await self._said.get()

    # What people do

    def user_id(self, user: str) -> str:
        """Return the account of a user."""
        return self._users[user]

    async def person(self, user: str) -> Client:
        """Return a user who is in both channels and logged in."""
        if user not in self._people:
            client = self._people[user] = Client(f"u{user}x{next(self._names)}", self._watch)
            await client.open(self._port)
            self._users[user] = await self._vouch(client, user)
            await client.join(self.address, self.small)
        return self._people[user]

    async def say(
        self, text: str, user: str = "11", place: str = "", *, direct: bool = False
    ) -> str:
        """Say something in a channel, or to the bot alone."""
        client = await self.person(user)
        target = BOT if direct else place or self.address
        client.send(f"PRIVMSG {target} :{text}")
        if direct or not self.has_ids:
            await client.settled()
            return ""
        echo = await self.watcher.expect(
            lambda line: line.command == "PRIVMSG" and line.source.nick == client.nick
        )
        return echo.tags["msgid"]

    async def come(self, user: str) -> None:
        """Have a user come."""
        await self.person(user)

    async def go(self, user: str) -> None:
        """Have them leave again."""
        await self._people.pop(user).close()

    async def kick(self) -> None:
        """Throw the bot out."""
        self.watcher.send(f"KICK {self.address} {BOT} :spam")

    async def refuse(self, kind: FailureKind) -> None:
        """Ban the bot; want a password; listen no more."""
        match kind:
            case FailureKind.REFUSED:
                self.watcher.send(f"MODE {self.address} +b {BOT}!*@*")
                await self.watcher.settled()
            case FailureKind.UNAUTHORIZED:
                self._relay.says = b":irc.test.local 464 * :Password incorrect\r\n"
            case _:
                await self._relay.close()

    async def accept(self) -> None:
        """Take all of that back."""
        self.watcher.send(f"MODE {self.address} -b {BOT}!*@*")
        await self.watcher.settled()
        self._relay.says, self._relay.stalls = b"", False
        with contextlib.suppress(OSError):
            await self._relay.open()

    # What the way does

    async def garbage(self) -> None:
        """Say what no server says."""
        self._relay.inject(GARBAGE)

    async def lose(self) -> None:
        """Cut the connection."""
        self._relay.cut()

    async def end(self) -> None:
        """Nothing ends a channel."""
        raise NotImplementedError

    async def stall(self) -> None:
        """Say nothing to clients."""
        self._relay.stalls = True


class TaggedIrcNetwork(IrcNetwork):
    """One whose server tells ids of messages."""

    lacks = IrcNetwork.lacks - {Lack.ERRORS}
    has_ids = True

    async def refuse_message(self) -> None:
        """Let only some users speak, until the bot has tried to."""
        self._relay.on_refusal = self._let_all_speak
        self.watcher.send(f"MODE {self.address} +m")
        await self.watcher.settled()

    async def _let_all_speak(self) -> None:
        self.watcher.send(f"MODE {self.address} -m")
        await self.watcher.settled()
