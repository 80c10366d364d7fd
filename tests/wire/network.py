"""The network behind wires, in the test's own loop.

It delivers everything again that was said after the token with which a bot joins, as networks
with a memory do, and all of it to those who come without one.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from meshvisor.playground.watch import Watch

REFUSAL: Final = {"type": "refused", "kind": "unauthorized", "reason": "nobody knows the token"}
"""Of those who come with another token than they should."""


class WireNetwork:
    """One socket with any number of meshes.

    Attributes:
        answer: what those who join are answered.
        token: whom it lets in; None: all.
        joins: what each has said.
        said: what bots have said, by mesh.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answer: dict[str, Any] = {"type": "joined"}
        self.token: str | None = None
        self.joins: list[dict[str, Any]] = []
        self.said: dict[str, list[str]] = {}
        self._spoken: dict[str, list[str]] = {}
        self._bots: dict[str, asyncio.StreamWriter] = {}
        self._watch = Watch()
        self._server: asyncio.Server

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._serve, self.path)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in list(self._bots.values()):
            writer.close()
        await self._server.wait_closed()
        self.path.unlink(missing_ok=True)

    def speak(self, text: str, mesh: str = "lobby") -> None:
        """Have a user say something."""
        spoken = self._spoken.setdefault(mesh, [])
        spoken.append(text)
        if mesh in self._bots:
            self._deliver(mesh, len(spoken))

    def end(self, kind: str, mesh: str = "lobby", **more: Any) -> None:
        """End the stay of a bot."""
        self._send(self._bots[mesh], type="ended", kind=kind, **more)

    async def has_joined(self, mesh: str = "lobby", times: int = 1) -> dict[str, Any]:
        """Return what a bot has said when it tried to join for so many times at least."""

        def found() -> list[dict[str, Any]]:
            joins = [join for join in self.joins if join["mesh"] == mesh]
            return joins if len(joins) >= times else []

        return (await self._watch.until(found, what=f"{times} joins"))[times - 1]

    async def has_heard(self, text: str, mesh: str = "lobby") -> None:
        """Return when a bot has said something."""
        await self._watch.until(lambda: text in self.said.get(mesh, ()), what=f"a {text!r}")

    # Private

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        join = json.loads(await reader.readline())
        mesh = join["mesh"]
        answer = self.answer if self.token in {None, join["token"]} else REFUSAL
        self._send(writer, **answer)
        if answer["type"] == "joined":
            self._bots[mesh] = writer
            for number in range(int(join["resume"] or 0), len(self._spoken.get(mesh, ()))):
                self._deliver(mesh, number + 1)
        self.joins.append(join)
        self._watch.changed()
        with suppress(OSError):
            while line := await reader.readline():
                self.said.setdefault(mesh, []).append(json.loads(line)["text"])
                self._watch.changed()
        if self._bots.get(mesh) is writer:
            del self._bots[mesh]
        writer.close()

    def _deliver(self, mesh: str, number: int) -> None:
        text = self._spoken[mesh][number - 1]
        self._send(self._bots[mesh], type="message", number=number, text=text)

    def _send(self, writer: asyncio.StreamWriter, **message: Any) -> None:
        writer.write(json.dumps(message).encode() + b"\n")
