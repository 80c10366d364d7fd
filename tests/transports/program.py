"""A program that can all that a program can: the test itself, behind a relay."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from meshvisor.features.program.mesh_settings import ProgramSettings
from meshvisor.shared.protocol.from_worker import FailureKind
from tests.transports.network import PATIENCE, Heard, Network

RELAY = Path(__file__).with_name("relay.py")


class ProgramNetwork(Network):
    """A network with all that there is, for one program at a time.

    Args:
        folder: of its socket.
    """

    transport = "program"
    lacks = frozenset()
    own_id = "bot"
    address = "#lobby"

    def __init__(self, folder: Path) -> None:
        self._path = str(folder / "network")
        words = [sys.executable, "-S", str(RELAY), self._path]
        self.settings = ProgramSettings(command=tuple(words)).model_dump(mode="json")
        self.traits: dict[str, Any] = {
            "replies": True,
            "edits": True,
            "acknowledges": True,
            "typing": True,
            "direct": "dm:{id}",
            "max_bytes": 1000,
            "places": {"#small": {"max_bytes": 100}},
        }
        self.joins: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.edited: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.errors: list[dict[str, Any]] = []
        """What `sent` says of the messages that come next, instead of taking them."""
        self.slow: set[str] = set()
        """Places in which nothing is answered by itself, and what was said there."""
        self.unanswered: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._said: asyncio.Queue[Heard] = asyncio.Queue()
        self._refusal: dict[str, Any] | None = None
        self._stalls = False
        self._count = 0
        self._writer: asyncio.StreamWriter | None = None
        self._is_in = asyncio.Event()
        self._is_out = asyncio.Event()
        self._is_out.set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Be there."""
        self._server = await asyncio.start_unix_server(self._serve, self._path)

    async def close(self) -> None:
        """Be gone."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        async with asyncio.timeout(PATIENCE):
            await self._is_out.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._is_out.clear()
        try:
            while line := await reader.readline():
                self._take(json.loads(line))
        except ConnectionError:
            pass
        finally:
            self._is_in.clear()
            writer.close()
            self._is_out.set()

    def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "join":
                self._join(message)
            case "say" if self.errors:
                self.tell("sent", id=message["id"], **self.errors.pop(0))
            case "say" if message.get("place", "") in self.slow:
                self.unanswered.put_nowait(message)
            case "say":
                self._count += 1
                sent_id = f"m{self._count}"
                place, reply_to = message.get("place", ""), message.get("reply_to")
                self._said.put_nowait(Heard(message["text"], place, reply_to, sent_id))
                self.tell("sent", id=message["id"], sent_id=sent_id)
            case "edit":
                self.edited.put_nowait(message)
                self.tell("sent", id=message["id"])
            case "leave":
                self._cut()

    def _join(self, message: dict[str, Any]) -> None:
        self.joins.put_nowait(message)
        if self._refusal is not None:
            self.tell("refused", **self._refusal)
        elif not self._stalls:
            self.tell("joined", self={"id": self.own_id}, traits=self.traits)
            self._is_in.set()

    def tell(self, type_: str, /, **fields: Any) -> None:
        """Say something as the program."""
        assert self._writer is not None
        self._writer.write(json.dumps({"type": type_, **fields}).encode() + b"\n")

    async def present(self) -> None:
        """Return when the program has joined."""
        async with asyncio.timeout(PATIENCE):
            await self._is_in.wait()

    async def absent(self) -> None:
        """Return when there is no program."""
        async with asyncio.timeout(PATIENCE):
            await self._is_out.wait()

    async def changed(self) -> tuple[str, str]:
        """Return what the program is to change next."""
        async with asyncio.timeout(PATIENCE):
            edit = await self.edited.get()
        return edit["sent_id"], edit["text"]

    async def heard(self) -> Heard:
        """Return what the program is to say next."""
        async with asyncio.timeout(PATIENCE):
            return await self._said.get()

    async def say(
        self, text: str, user: str = "11", place: str = "", *, direct: bool = False
    ) -> str:
        """Say something in a place."""
        self._count += 1
        who = {"id": user, "name": user, "authenticated": True}
        message_id = f"p{self._count}"
        self.tell("message", id=message_id, user=who, text=text, place=place, direct=direct)
        return message_id

    async def come(self, user: str) -> None:
        """Have a user come."""
        self.tell("user_joined", user={"id": user})

    async def go(self, user: str) -> None:
        """Have them leave again."""
        self.tell("user_left", user={"id": user})

    async def garbage(self) -> None:
        """Say what is no message."""
        assert self._writer is not None
        self._writer.write(b'hello\n[]\n{"type": 1}\n\xff\xfe\n{"type": "message"}\n')

    async def lose(self) -> None:
        """Have the program end."""
        self._cut()

    def _cut(self) -> None:
        assert self._writer is not None
        self._writer.close()

    async def kick(self) -> None:
        """Throw the bot out."""
        self.tell("ended", kind="kicked", reason="spam")

    async def end(self) -> None:
        """End the mesh."""
        self.tell("ended", kind="room_ended")

    async def replace(self) -> None:
        """Have another client take the connection."""
        self.tell("ended", kind="replaced")

    async def delivered(self, sent_id: str) -> str:
        """Tell that a message has arrived."""
        self.tell("delivery", sent_id=sent_id, state="delivered")
        return "delivered"

    async def refuse(self, kind: FailureKind) -> None:
        """Have the program refuse."""
        self._refusal = {"kind": kind.value, "reason": "on request"}

    async def stall(self) -> None:
        """Have it say nothing."""
        self._stalls = True

    async def accept(self) -> None:
        """Have it join."""
        self._refusal, self._stalls = None, False
