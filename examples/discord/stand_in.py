"""As much of Discord's API as the example needs: ours, and no proof of the real one."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import web

TOKEN: Final = "made-up"  # noqa: S105 - it is

BOT: Final = {"id": "1", "username": "bot", "discriminator": "0", "avatar": None, "bot": True}

NOTHING: Final = ("attachments", "embeds", "mentions", "mention_roles", "components")


class Discord:
    """A REST API and a gateway with one bot."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.edited: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.gone: set[str] = set()
        """Channels that there are no more."""
        self._sockets: list[tuple[web.WebSocketResponse, Any]] = []
        self._count = 100
        self.api = self.gateway = ""

    @classmethod
    @asynccontextmanager
    async def run(cls) -> AsyncIterator[Discord]:
        """Run it for as long as the block does."""
        discord = cls()
        app = web.Application()
        app.router.add_get("/gateway", discord._serve_gateway)
        app.router.add_get("/api/users/@me", discord._me)
        app.router.add_get("/api/oauth2/applications/@me", discord._application)
        app.router.add_post("/api/channels/{channel}/messages", discord._send)
        app.router.add_patch("/api/channels/{channel}/messages/{id}", discord._edit)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        discord.api, discord.gateway = (
            f"http://127.0.0.1:{port}/api",
            f"ws://127.0.0.1:{port}/gateway",
        )
        yield discord
        await runner.cleanup()

    async def say(self, text: str, user: int, channel: int) -> None:
        """Have a user say something to the bot alone."""
        self._count += 1
        author = {**BOT, "id": str(user), "username": f"user{user}", "bot": False}
        message = self._message(self._count, str(channel), text, author)
        await self._dispatch("MESSAGE_CREATE", message)

    async def _dispatch(self, event: str, data: Any) -> None:
        for _ in range(len(self._sockets)):
            await self._post({"op": 0, "t": event, "s": self._count, "d": data})

    async def _post(self, payload: Any) -> None:
        socket, deflate = self._sockets[-1]
        data = deflate.compress(json.dumps(payload).encode())
        await socket.send_bytes(data + deflate.flush(zlib.Z_SYNC_FLUSH))

    async def _serve_gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets[:] = [(socket, zlib.compressobj())]
        await self._post({"op": 10, "d": {"heartbeat_interval": 30_000}})
        async for frame in socket:
            match json.loads(frame.data)["op"]:
                case 1:
                    await self._post({"op": 11})
                case 2:
                    ready = {"v": 10, "user": BOT, "guilds": [], "session_id": "s"}
                    application = {"id": "1", "flags": 0}
                    more = {"resume_gateway_url": self.gateway, "application": application}
                    await self._dispatch("READY", {**ready, **more})
        return socket

    async def _me(self, request: web.Request) -> web.Response:
        if request.headers["Authorization"] != f"Bot {TOKEN}":
            return _json({"message": "401: Unauthorized", "code": 0}, status=401)
        return _json(BOT)

    async def _application(self, request: web.Request) -> web.Response:
        about = {"id": "1", "name": "bot", "description": "", "icon": None, "verify_key": ""}
        flags = {"bot_public": True, "bot_require_code_grant": False, "owner": BOT}
        return _json({**about, **flags})

    async def _send(self, request: web.Request) -> web.Response:
        self._count += 1
        channel, body = request.match_info["channel"], await request.json()
        if channel in self.gone:
            return _json({"message": "Unknown Channel", "code": 10003}, status=404)
        content, allowed = body["content"], body.get("allowed_mentions")
        sent = {"id": str(self._count), "channel": channel, "text": content, "allowed": allowed}
        self.sent.put_nowait(sent)
        return _json(self._message(self._count, channel, content, BOT))

    async def _edit(self, request: web.Request) -> web.Response:
        content = (await request.json())["content"]
        number = request.match_info["id"]
        self.edited.put_nowait({"id": number, "text": content})
        channel = request.match_info["channel"]
        return _json(self._message(int(number), channel, content, BOT))

    @staticmethod
    def _message(number: int, channel: str, text: str, author: Any) -> dict[str, Any]:
        about = {"id": str(number), "channel_id": channel, "content": text, "author": author}
        flags = {"type": 0, "tts": False, "pinned": False, "mention_everyone": False}
        times = {"timestamp": "2026-11-29T12:00:00+00:00", "edited_timestamp": None}
        return {**about, **flags, **times, **{name: [] for name in NOTHING}}


def _json(content: Any, status: int = 200) -> web.Response:
    # The library compares the type as a whole, and knows none with a charset.
    body = json.dumps(content).encode()
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json"})
