"""The mesh as handlers see it: who is there, and a way to speak.

Owns saying things: splitting, order, counting.  Handed to every command and event handler.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Final

from worker.mesh.splitting import split
from worker.mesh.tally import Tally
from worker.mesh.transports.base import NotInRoomError, Transport, User

MAX_PARTS: Final = 10
"""Messages that one text may become.  More would be a flood, and floods get bots kicked."""

CUT: Final = "… (the rest was too long)"


class Mesh:
    """One mesh that the bot takes part in."""

    def __init__(self, mesh_id: str, transport: Transport, tally: Tally) -> None:
        self._id = mesh_id
        self._transport = transport
        self._tally = tally
        self._speaking = asyncio.Lock()
        self._started = asyncio.get_running_loop().time()
        self.joined_at: float | None = None
        """When the bot came into the room (loop time); None while it is not there."""

    @property
    def id(self) -> str:
        """The mesh id."""
        return self._id

    @property
    def own_id(self) -> str:
        """The bot's own user id in this mesh; empty before it was there for the first time."""
        return self._transport.own_id

    @property
    def users(self) -> Mapping[str, User]:
        """Who is in the room, by user id, without the bot; empty while it is unknown."""
        return self._transport.users

    @property
    def uptime(self) -> float:
        """Seconds since the bot of this mesh was started."""
        return asyncio.get_running_loop().time() - self._started

    @property
    def connected_for(self) -> float | None:
        """Seconds since the bot came into the room; None while it is not there."""
        if self.joined_at is None:
            return None
        return asyncio.get_running_loop().time() - self.joined_at

    async def send(self, text: str, reply_to: str | None = None) -> None:
        """Say something; a text that is too long for one message is split.

        Parts of two texts never mix.  An empty text says nothing.

        Args:
            text: what to say.
            reply_to: id of the message that this answers.

        Raises:
            NotInRoomError: the bot is not in the room; parts may have been sent.
        """
        parts = self._parts(text.strip())
        async with self._speaking:
            for part in parts:
                await self._transport.say(part, reply_to)
                self._tally.messages_sent += 1
                reply_to = None

    def _parts(self, text: str) -> list[str]:
        limit = self._transport.traits.max_message_bytes
        # What is left out anyway is not cut into messages first: that takes the longer the more
        # there is.
        most = MAX_PARTS * limit
        parts = split(text[:most], limit)
        if len(parts) > MAX_PARTS or len(text) > most:
            parts = [*parts[: MAX_PARTS - 1], CUT]
        return parts

    @contextlib.asynccontextmanager
    async def typing(self) -> AsyncIterator[None]:
        """Show that the bot is writing, for as long as the block runs."""
        await self._show_typing(True)
        try:
            yield
        finally:
            await self._show_typing(False)

    async def _show_typing(self, typing: bool) -> None:
        # A mere courtesy; what is said next will raise if it must.
        with contextlib.suppress(NotInRoomError):
            await self._transport.show_typing(typing)
