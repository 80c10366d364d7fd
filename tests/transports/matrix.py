"""Matrix: a real homeserver, with people in a room, behind a relay that plays faults."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import ssl
from typing import Any, Final

import aiohttp

from meshvisor.features.matrix.mesh_settings import MatrixSettings
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.shared.secret import Secret
from meshvisor.worker.mesh.transport import Manners
from tests.homeservers import Person, RefusedError
from tests.transports.network import PATIENCE, Heard, Lack, Network

PIECE: Final = 64 * 1024
SMALL: Final = 7

BAD_GATEWAY: Final = b"<html><body><h1>502 Bad Gateway</h1>nginx</body></html>"

GARBAGE: Final[tuple[tuple[str, Any], ...]] = (
    ("m.room.message", {}),
    ("m.room.message", {"msgtype": 5, "body": []}),
    ("m.room.message", {"msgtype": "m.text"}),
    ("m.room.message", {"msgtype": "m.text", "body": {"a": 1}, "m.relates_to": []}),
    ("m.room.message", {"msgtype": "m.image", "body": "?ping", "m.mentions": 7}),
    ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": 4, "key": None}}),
    ("m.reaction", {"m.relates_to": "x"}),
    ("m.room.redaction", {"redacts": 4}),
    ("m.room.topic", {"topic": None}),
)


def answer(status: str, content: bytes, kind: str = "application/json", more: str = "") -> bytes:
    """Return what a server says."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
    return f"{head}{more}\r\n".encode() + content


def refusal(status: str, code: str, error: str, **more: Any) -> bytes:
    """Return what a homeserver says that does not do what it is asked."""
    return answer(status, json.dumps({"errcode": code, "error": error, **more}).encode())


class Relay:
    """Hands on what the bot and its server say, or does not."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._ways: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.says = b""
        """Instead of the server, to everything."""
        self.once: list[tuple[bytes, bytes]] = []
        """The same for the next request that begins so."""
        self.stalls = False
        self.holds = b""
        """Answers to requests that begin so are held back, until `release`."""
        self.trickles = False
        """Whether answers come in small pieces."""
        self._released = asyncio.Event()
        self._held: set[asyncio.StreamWriter] = set()
        self.requests: list[str] = []
        """First lines of what the bot has asked for."""
        self.changed = asyncio.Condition()
        self.clients = 0

    async def open(self, context: ssl.SSLContext | None = None) -> None:
        """Listen, at the same port each time; with a context, with TLS."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more, and cut what is there."""
        assert self._server is not None
        self._server.close()
        self.cut()
        await self._server.wait_closed()
        async with self.changed:
            await self.changed.wait_for(lambda: self.clients == 0)

    def release(self) -> None:
        """Let through what was held back, and hold back nothing any more."""
        self.holds = b""
        self._released.set()

    async def asked(self, start: str, times: int) -> None:
        """Return when it was asked so often for what begins so."""
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(
                lambda: sum(one.startswith(start) for one in self.requests) >= times
            )

    def cut(self) -> None:
        """Cut all connections."""
        for writer in self._ways:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients += 1
        self._ways.add(writer)
        there: asyncio.Task[None] | None = None
        here: asyncio.StreamWriter | None = None
        try:
            while data := await reader.read(PIECE):
                self.requests.append(data.partition(b"\r\n")[0].decode(errors="replace"))
                async with self.changed:
                    self.changed.notify_all()
                if self.stalls:
                    continue
                if said := self._said_to(data):
                    writer.write(said)
                    continue
                if here is None:
                    back, here = await asyncio.open_connection("127.0.0.1", self._to)
                    self._ways.add(here)
                    there = asyncio.create_task(self._pipe(back, writer))
                if self.holds and data.startswith(self.holds):
                    self._held.add(writer)
                here.write(data)
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            for way in (writer, here):
                if way is not None:
                    self._ways.discard(way)
                    way.close()
            if there is not None:
                await there
            self.clients -= 1
            async with self.changed:
                self.changed.notify_all()

    def _said_to(self, request: bytes) -> bytes:
        for one in self.once:
            if request.startswith(one[0]):
                self.once.remove(one)
                return one[1]
        return self.says

    async def _pipe(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(SMALL if self.trickles else PIECE):
                if sink in self._held:
                    await self._released.wait()
                sink.write(data)
                await sink.drain()
        sink.close()


class People:
    """Accounts on one homeserver, which the tests of one process share."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._known: dict[str, tuple[str, str]] = {}

    async def person(self, http: aiohttp.ClientSession, name: str) -> Person:
        """Return a user who is in other rooms, too."""
        if name not in self._known:
            made = await Person.register(self.url, http, name)
            self._known[name] = made.user_id, made.token
        return Person(self.url, http, *self._known[name])


@functools.cache
def people_of(url: str) -> People:
    """Return the accounts on a homeserver."""
    return People(url)


def credentials(person: Person) -> Credentials:
    """Return an account of the settings."""
    return Credentials(peer_id="", account="matrix", fields={"token": Secret(person.token)})


class MatrixNetwork(Network):
    """A room with a thread.

    Args:
        people: accounts on its server.
    """

    transport = "matrix"
    lacks = frozenset({Lack.DIRECT, Lack.DELIVERIES, Lack.REPLACED})
    manners = Manners(gap=0.01, burst=100)

    def __init__(self, people: People) -> None:
        self._people = people
        self._relay = Relay(int(people.url.rpartition(":")[2]))
        self._said: asyncio.Queue[Heard] = asyncio.Queue()
        self._changes: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._here: dict[str, Person] = {}
        self.settings = MatrixSettings(
            gap=0.01, burst=100, max_parts=10, max_bytes=4000, sync_timeout=10
        ).model_dump(mode="json")

    async def open(self) -> None:
        """Be there."""
        self._http = aiohttp.ClientSession()
        await self._relay.open()
        self.server = f"http://127.0.0.1:{self._relay.port}"
        self.bot = await self._people.person(self._http, "bot")
        self.owner = await self._people.person(self._http, "owner")
        self.own_id = self.bot.user_id
        self.credentials = credentials(self.bot)
        self.address = await self.owner.create()
        self.small = await self.owner.say(self.address, "a thread")
        await self.owner.begin()
        self._watcher = asyncio.create_task(self._watch(), name="watcher")

    async def close(self) -> None:
        """Be gone."""
        self._watcher.cancel()
        await asyncio.wait([self._watcher])
        await self._relay.close()
        await self._http.close()

    # What the server does

    def user_id(self, user: str) -> str:
        """Return a user's id."""
        return self._here[user].user_id

    async def _watch(self) -> None:
        while True:
            for event in await self.owner.news(self.address):
                if event["sender"] == self.own_id and event["type"] == "m.room.message":
                    self._heard(event["event_id"], event["content"])

    def _heard(self, event_id: str, content: dict[str, Any]) -> None:
        relation = content.get("m.relates_to", {})
        if "m.new_content" in content:
            self._changes.put_nowait((relation["event_id"], content["m.new_content"]["body"]))
            return
        is_thread = relation.get("rel_type") == "m.thread"
        reply_to = relation.get("m.in_reply_to", {}).get("event_id")
        if relation.get("is_falling_back"):
            reply_to = None
        place = relation["event_id"] if is_thread else ""
        self._said.put_nowait(Heard(content["body"], place, reply_to, event_id))

    async def present(self) -> None:
        """Return when the bot listens."""
        async with asyncio.timeout(PATIENCE):
            while not self._relay.clients:
                await asyncio.sleep(0.01)

    async def absent(self) -> None:
        """Return when there is no connection."""
        async with asyncio.timeout(PATIENCE), self._relay.changed:
            await self._relay.changed.wait_for(lambda: not self._relay.clients)

    async def heard(self) -> Heard:
        """Return what the bot has said next."""
        async with asyncio.timeout(PATIENCE):
            return await self._said.get()

    async def changed(self) -> tuple[str, str]:
        """Return what the bot has changed next."""
        async with asyncio.timeout(PATIENCE):
            return await self._changes.get()

    async def person(self, user: str) -> Person:
        """Return a user in the room, who comes if need be."""
        if user not in self._here:
            person = await self._people.person(self._http, user)
            await person.join(self.address)
            self._here[user] = person
        return self._here[user]

    async def say(
        self, text: str, user: str = "11", place: str = "", *, direct: bool = False
    ) -> str:
        """Have a user say something."""
        person = await self.person(user)
        if place == self.small:
            thread = {"rel_type": "m.thread", "event_id": place, "is_falling_back": True}
            return await person.say(self.address, text, **{"m.relates_to": thread})
        return await person.say(self.address, text)

    async def come(self, user: str) -> None:
        """Have a user come."""
        await self.person(user)

    async def go(self, user: str) -> None:
        """Have them leave again."""
        await self._here.pop(user).leave(self.address)

    async def kick(self) -> None:
        """Throw the bot out."""
        await self.owner.do(self.address, "kick", self.own_id, "spam")

    async def end(self) -> None:
        """Replace the room by another one."""
        new = {"body": "moved", "replacement_room": "!new:test.local"}
        await self.owner.state(self.address, "m.room.tombstone", new)

    async def refuse(self, kind: FailureKind) -> None:
        """Forbid everything; know no account; listen no more."""
        match kind:
            case FailureKind.REFUSED:
                self._relay.says = refusal("403 Forbidden", "M_FORBIDDEN", "Not for bots")
            case FailureKind.UNAUTHORIZED:
                self._relay.says = refusal("401 Unauthorized", "M_UNKNOWN_TOKEN", "Unknown token")
            case _:
                await self._relay.close()

    async def refuse_message(self) -> None:
        """Forbid the next message."""
        self._relay.once.append((b"PUT ", refusal("403 Forbidden", "M_FORBIDDEN", "Muted")))

    async def accept(self) -> None:
        """Take all of that back."""
        self._relay.says, self._relay.stalls = b"", False
        with contextlib.suppress(OSError):
            await self._relay.open()

    # What the way does

    async def garbage(self) -> None:
        """Say what no client should say."""
        for kind, content in GARBAGE:
            # A server is free to refuse what it can tell to be wrong.
            with contextlib.suppress(RefusedError):
                if kind == "m.room.topic":
                    await self.owner.state(self.address, kind, content)
                else:
                    await self.owner.send(self.address, content, kind)

    async def lose(self) -> None:
        """Cut the connections, as a proxy does that then has no server behind it."""
        if not self._relay.says:
            said = answer("502 Bad Gateway", BAD_GATEWAY, "text/html", "Connection: close\r\n")
            self._relay.once.append((b"GET ", said))
        self._relay.cut()

    async def stall(self) -> None:
        """Say nothing to those who come."""
        self._relay.stalls = True
