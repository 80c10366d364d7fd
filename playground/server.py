"""The playground: a local mesh server on one port, in a process of its own or inside a test.

Owns the HTTP server's life and is the face of everything else here:

    async with Playground(["lobby"]) as p:
        ...  # a bot connects to p.server
        await p.wait_for_peer("lobby")
        answer = await p.ask("lobby", "?ping")
        p.kick("lobby", "1_bot")

Times are in seconds.  Every waiting method raises `TimeoutError`, with what it waited for.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Coroutine, Sequence
from typing import Any, Final, Self

from aiohttp import web

from meshvisor.features.watch_party.protoo.rooms import ChatMessage, RoomUser
from meshvisor.playground.admission import Refusal
from meshvisor.playground.discovery import Discovery
from meshvisor.playground.faults import leaving, noise
from meshvisor.playground.history import Connect
from meshvisor.playground.login import LoginAddresses
from meshvisor.playground.options import Options
from meshvisor.playground.origins import only_own_pages
from meshvisor.playground.residents.crowd import live
from meshvisor.playground.room import Room
from meshvisor.playground.room_peer import RoomPeer
from meshvisor.playground.upgrade_handler import UpgradeHandler
from meshvisor.playground.watch import WAIT
from meshvisor.playground.world import DEFAULT_KINDS, World

VISITOR = RoomUser("900", "tester")
"""Who speaks when a test says something without being in the room."""

BACKLOG: Final = 1024
"""Connections that may wait to be accepted: a whole fleet may come at once."""

ACCEPTING: Final = 4
"""Turns of the loop after which the server knows a connection that was just being accepted."""

_REACHED_AT: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked for by the user


class Playground:
    """A mesh server; use it as an asynchronous context manager.

    Args:
        rooms: how many (lobby, cinema, workshop, room-4 …), or their names.
        options: everything else.
    """

    def __init__(self, rooms: int | Sequence[str] = 3, options: Options | None = None) -> None:
        self.options = options or Options()
        self.world = World(rooms, self.options)
        self.port = self.options.port
        self._upgrade_handler = UpgradeHandler(self.world)
        self._runner: web.AppRunner | None = None
        self._listener: socket.socket | None = None
        self._chores: set[asyncio.Task[None]] = set()
        self.world.cut_power = lambda seconds: self._spawn(self._outage(seconds), "outage")

    # ---- Life --------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.come_up()
        self._spawn(self._ping(), "pings")
        self._spawn(live(self.world), "residents")
        return self

    async def __aexit__(self, *_: object) -> None:
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        self._upgrade_handler.closed = True
        self.world.admission.allow_all()
        await self.go_down()
        for room in self.world.rooms.values():
            room.close()

    async def come_up(self) -> None:
        """Listen; after `go_down` on the same port as before.  Idempotent.

        Raises:
            OSError: the address cannot be listened on.
        """
        if self._runner is not None:
            return
        app = web.Application(middlewares=[only_own_pages(self.world)])
        app.add_routes([web.get("/", self._upgrade_handler.enter)])
        app.add_routes(Discovery(self.world).routes())
        app.add_routes(LoginAddresses(self.world).routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            listener = _listen(self.options.host, self.port)
            await web.SockSite(self._runner, listener, backlog=BACKLOG).start()
        except OSError:
            runner, self._runner = self._runner, None
            await runner.cleanup()
            raise
        self._listener = listener
        self.port = listener.getsockname()[1]
        self.world.server = self.server
        self.world.watch.changed()

    async def go_down(self) -> None:
        """Be as dead as a server whose machine has lost its power; rooms remember everything."""
        if self._runner is None:
            return
        runner, self._runner = self._runner, None
        await self._stop_accepting()
        for site in list(runner.sites):
            await site.stop()
        self._upgrade_handler.abort_all()
        await runner.cleanup()

    async def _stop_accepting(self) -> None:
        # A connection that is just being accepted when the server closes would be lost in between
        # and never closed: asyncio makes its transport a turn later, and fails.
        assert self._listener is not None
        asyncio.get_running_loop().remove_reader(self._listener.fileno())
        for _ in range(ACCEPTING):
            await asyncio.sleep(0)

    async def _outage(self, seconds: float) -> None:
        await asyncio.sleep(0.05)  # so that the client still gets the answer
        await self.go_down()
        await asyncio.sleep(seconds)
        await self.come_up()

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(self.options.ping_interval)
            for peer in self.world.all_peers():
                peer.ping(self.options.ping_timeout)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        chore = asyncio.create_task(work, name=f"playground {name}")
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)

    @property
    def listening(self) -> bool:
        """Whether the server is up."""
        return self._runner is not None

    @property
    def server(self) -> str:
        """The WebSocket address, without a query."""
        return f"ws://{self._address}"

    @property
    def url(self) -> str:
        """The base of the REST addresses."""
        return f"http://{self._address}"

    @property
    def _address(self) -> str:
        host = _REACHED_AT.get(self.options.host, self.options.host)
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    # ---- Rooms and who is there --------------------------------------------------------------

    def room(self, name: str) -> Room:
        """Return a room; KeyError when there never was one."""
        return self.world.rooms[name]

    def add_room(self, name: str, kinds: frozenset[str] = DEFAULT_KINDS) -> Room:
        """Open a room, or open it again."""
        return self.world.add_room(name, kinds)

    def remove_room(self, name: str) -> None:
        """Take a room off the list without a word to its peers; connects are refused with 404."""
        self.room(name).faults.gone = True

    def peers(self, room: str) -> list[str]:
        """Return the ids of the WebSocket peers that are in a room, longest first."""
        return [peer_id for peer_id, peer in self.world.peers(room).items() if peer.joined]

    def peer(self, room: str, peer_id: str) -> RoomPeer:
        """Return a connected peer; KeyError when there is none."""
        return self.world.peers(room)[peer_id]

    def connects(self, room: str | None = None) -> list[Connect]:
        """Return every attempt to connect to one room, or to all, oldest first."""
        return self.world.connects.of(room)

    def chats(self, room: str) -> list[ChatMessage]:
        """Return what was said in a room, oldest first."""
        return list(self.room(room).chats.since(0))

    # ---- Talking -----------------------------------------------------------------------------

    def say(
        self, room: str, text: str, *, user: RoomUser = VISITOR, reply: str | None = None
    ) -> ChatMessage:
        """Say something in a room without being in it; return it as its peers get it."""
        return self.room(room).post(f"{user.id}_visitor", ChatMessage(text, reply=reply))

    async def ask(
        self, room: str, text: str, *, user: RoomUser = VISITOR, timeout: float = WAIT
    ) -> ChatMessage:
        """Say something and return the first message that is a reply to it."""
        question = self.say(room, text, user=user)
        return await self.wait_for_reply(room, question, timeout)

    async def request(
        self, room: str, peer_id: str, method: str, data: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Send a protoo request to a peer and return the data of its answer."""
        return await self.peer(room, peer_id).connection.peer.request(method, data)

    # ---- Waiting -----------------------------------------------------------------------------

    async def wait_for_peer(
        self, room: str, peer_id: str | None = None, timeout: float = WAIT
    ) -> str:
        """Return the id of the peer, or of the first one, when it is in the room."""

        def find() -> str | None:
            return next((name for name in self.peers(room) if peer_id in {None, name}), None)

        what = f"{peer_id or 'a peer'} in {room}"
        return await self.world.watch.until(find, timeout, what)

    async def wait_until_notified(self, room: str, timeout: float = WAIT) -> None:
        """Return when all peers in the room were notified who is there."""
        what = f"all in {room} to know who is there"
        await self.world.watch.until(lambda: self.room(room).is_settled, timeout, what)

    async def wait_until_empty(self, room: str, timeout: float = WAIT) -> None:
        """Return when no WebSocket peer is connected to the room."""
        what = f"{room} to be empty"
        await self.world.watch.until(lambda: not self.world.peers(room), timeout, what)

    async def wait_for_connects(
        self, room: str, count: int, timeout: float = WAIT
    ) -> list[Connect]:
        """Return the connects to a room when there have been at least `count`, refused or not."""

        def find() -> list[Connect] | None:
            connects = self.connects(room)
            return connects if len(connects) >= count else None

        return await self.world.watch.until(find, timeout, f"{count} connects to {room}")

    async def wait_for_chat(
        self,
        room: str,
        pattern: str,
        *,
        after: ChatMessage | None = None,
        timeout: float = WAIT,
    ) -> ChatMessage:
        """Return the first message in which the regular expression `pattern` is found.

        Args:
            room: where.
            pattern: case is ignored.
            after: look only at what was said after this message; None: at all that is kept.
            timeout: seconds.
        """
        expression = re.compile(pattern, re.IGNORECASE)
        position = 0 if after is None else self.room(room).chats.position_after(after.id)

        def find() -> ChatMessage | None:
            nonlocal position
            chats = self.room(room).chats
            start, position = position, chats.count
            return next((m for m in chats.since(start) if expression.search(m.text)), None)

        return await self.world.watch.until(find, timeout, f"{pattern!r} in {room}")

    async def wait_for_reply(
        self, room: str, question: ChatMessage, timeout: float = WAIT
    ) -> ChatMessage:
        """Return the first message that is a reply to `question`."""

        def find() -> ChatMessage | None:
            chats = self.room(room).chats
            position = chats.position_after(question.id)
            return next((m for m in chats.since(position) if m.reply == question.id), None)

        return await self.world.watch.until(find, timeout, f"a reply to {question.text!r}")

    # ---- Faults ------------------------------------------------------------------------------

    def kick(self, room: str, peer_id: str, *, ban: bool = False) -> None:
        """Throw a peer out: the notification `kicked`, then 4000."""
        leaving.kick(self.world, self.peer(room, peer_id), ban=ban)

    def close_room(self, room: str) -> None:
        """Close every peer of a room with 4000 and no notification; the room stays open."""
        leaving.close_room(self.world, self.room(room))

    def end_room(self, room: str) -> None:
        """Tell every peer `disconnected`, close it, and take the room off the list."""
        leaving.end_room(self.world, self.room(room))

    def drop(self, room: str | None = None, peer_id: str | None = None) -> None:
        """Cut connections without a close frame: one, a room's, or all."""
        peers = self.world.all_peers() if room is None else self.world.peers(room).values()
        leaving.drop(self.world, [g for g in peers if peer_id in {None, g.peer_id}])

    def refuse(
        self,
        room: str | None = None,
        status: int = 503,
        times: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Refuse connects to a room, or all: so many times, or until `allow`."""
        self.world.admission.refuse(room, Refusal(status, "refused on request", times, retry_after))

    def refuse_api(self, status: int = 503, times: int | None = None) -> None:
        """Refuse REST requests: so many times, or until `allow_all`."""
        self.world.admission.api = Refusal(status, "refused on request", times)

    def stall(self, room: str | None = None) -> None:
        """Accept the TCP connection of connects, but leave them without an answer."""
        self.world.admission.stall(room)

    def allow(self, room: str | None = None) -> None:
        """Lift `refuse` and `stall`; with the same argument."""
        self.world.admission.allow(room)

    def go_silent(self, room: str, *, silent: bool = True) -> None:
        """Keep a room's connections, but send, answer and pong nothing; or speak again."""
        self.room(room).faults.silent = silent

    def send_garbage(self, room: str, kinds: Sequence[str] = noise.HARMLESS) -> None:
        """Send frames that no client can use to every peer of a room; see `noise.GARBAGE`."""
        noise.send_garbage(self.world.peers(room).values(), kinds)

    async def storm(self, room: str, count: int, text: str = "storm") -> None:
        """Say so many messages in a room as fast as possible."""
        await noise.storm(self.room(room), count, text)


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        OSError: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)
