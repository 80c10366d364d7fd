"""How tests of the playground get a peer into a room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from meshvisor.features.watch_party.protoo.client import Client, connect
from meshvisor.features.watch_party.protoo.messages import Notification, Request
from meshvisor.features.watch_party.protoo.rooms import CHAT, FULLY_JOINED, ChatMessage
from meshvisor.playground.server import Playground


@asynccontextmanager
async def joined(
    playground: Playground, room: str = "lobby", peer_id: str = "1_a", handle: str = ""
) -> AsyncIterator[Client]:
    """Be in a room with a real WebSocket."""
    async with connect(playground.server, room, peer_id) as client:
        await client.peer.request(FULLY_JOINED, {"handle": handle} if handle else {})
        yield client


async def next_of(client: Client, method: str) -> Request | Notification:
    """Return the next request or notification with this method, skipping others."""
    while (message := await client.receive()).method != method:
        pass
    return message


async def next_chat(client: Client) -> ChatMessage:
    """Return the next chat message, skipping what only looks like one."""
    while (message := ChatMessage.from_data((await next_of(client, CHAT)).data)) is None:
        pass
    return message
