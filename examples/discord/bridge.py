"""Discord as a mesh: one bot of Discord is one mesh, its channels and threads are places.

Speaks JSON lines with Meshvisor (docs/program.md); needs `pip install discord.py`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

# Messages have 2000 characters, at least as many bytes; five in five seconds fit into a channel.
TRAITS = {"max_bytes": 2000, "direct": "dm:{id}", "gap": 1, "burst": 5}
TRAITS |= dict.fromkeys(("edits", "acknowledges", "heartbeat"), True)


def tell(type_: str, /, **fields: Any) -> None:
    """Say something to Meshvisor."""
    print(json.dumps({"type": type_, **fields}), flush=True)  # noqa: T201 - the protocol


class Bridge(discord.Client):
    """The bot; the library connects again by itself."""

    home, is_in = "0", False

    async def on_ready(self) -> None:
        """Be in the mesh, now that the gateway is up; the library connects several times."""
        if self.user and not self.is_in:
            self.is_in = True
            tell("joined", self={"id": str(self.user.id), "name": self.user.name}, traits=TRAITS)

    async def on_message(self, said: discord.Message) -> None:
        """Hand on what people say, for whom Discord vouches."""
        if self.is_in and not said.author.bot:
            user = {"id": str(said.author.id), "name": said.author.display_name}
            about = {"place": str(said.channel.id), "direct": said.guild is None}
            about |= {"id": str(said.id), "at": said.created_at.timestamp(), "text": said.content}
            tell("message", user=user | {"authenticated": True}, **about)

    async def channel(self, place: str) -> discord.abc.Messageable:
        """Return a channel, or the one that a user alone reads."""
        if place.startswith("dm:"):
            return await (await self.fetch_user(int(place[3:]))).create_dm()
        return self.get_partial_messageable(int(place or self.home))

    async def act(self, message: dict[str, Any]) -> None:
        """Do what Meshvisor says."""
        match message["type"]:
            case "say":
                channel = await self.channel(message.get("place", ""))
                sent = await channel.send(message["text"])
                tell("sent", id=message["id"], sent_id=f"{sent.channel.id}/{sent.id}")
            case "edit":
                where, number = map(int, message["sent_id"].split("/"))
                channel = self.get_partial_messageable(where)
                await channel.get_partial_message(number).edit(content=message["text"])
                tell("sent", id=message["id"])
            case "ping" if self.is_ready():
                tell("pong", id=message["id"])

    async def obey(self, lines: asyncio.StreamReader) -> None:
        """Do what Meshvisor says until it has no more to say."""
        while (line := await lines.readline()) and (message := json.loads(line))["type"] != "leave":
            try:
                await self.act(message)
            except (discord.DiscordException, ValueError) as error:
                why = "gone" if isinstance(error, discord.NotFound | discord.Forbidden) else "later"
                tell("sent", id=message.get("id", 0), error=str(error), kind=why)


async def main() -> None:
    """Be the mesh until asked to leave, or until Discord ends it."""
    lines, loop = asyncio.StreamReader(limit=2**20), asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    join = json.loads(await lines.readline())
    if "api" in (options := join.get("options", {})):  # another service than Discord's own
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = options["api"], yarl.URL(options["gateway"])
    intents = discord.Intents(guilds=True, messages=True, message_content=True)
    # What people have the bot repeat must not mention everyone.
    bridge = Bridge(intents=intents, allowed_mentions=discord.AllowedMentions.none())
    bridge.home = str(options.get("channel", "0"))
    living = asyncio.create_task(bridge.start(join["account"]["token"]))
    living.add_done_callback(lambda _: lines.feed_eof())
    await bridge.obey(lines)
    if (error := living.exception() if living.done() else None) is not None:
        kind = "unauthorized" if isinstance(error, discord.LoginFailure) else "lost"
        tell("ended", kind=kind, reason=str(error))
    os._exit(0)  # at once, whatever the library still waits for


asyncio.run(main())
