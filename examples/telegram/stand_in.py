"""As much of Telegram's bot API as the example needs: ours, and no proof of the real one."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import web

TOKEN: Final = "12345:secret"  # noqa: S105 - made up


class Telegram:
    """A server with one bot, which remembers what was not confirmed."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.edited: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.conflicts = False
        self.is_anonymous = False
        """Whether what is said comes from an admin who does not say which one."""
        self._updates: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self._count = 100
        self.url = ""

    @classmethod
    @asynccontextmanager
    async def run(cls) -> AsyncIterator[Telegram]:
        """Run it for as long as the block does."""
        telegram = cls()
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", telegram._serve)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        telegram.url = f"http://127.0.0.1:{runner.addresses[0][1]}/bot"
        yield telegram
        await runner.cleanup()

    def say(self, text: str, user: int, chat: int) -> None:
        """Have a user say something in a chat."""
        self._count += 1
        kind = {"type": "private"} if chat > 0 else {"type": "group", "title": "a group"}
        message = {
            "message_id": self._count,
            "date": int(time.time()),
            "chat": {"id": chat, **kind},
            "from": {"id": user, "is_bot": False, "first_name": f"user{user}"},
            "text": text,
        }
        if self.is_anonymous:
            message["sender_chat"] = message["chat"]
        self._updates.append({"update_id": self._count, "message": message})
        self._news.set()

    async def _serve(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != TOKEN:
            return _answer(401, description="Unauthorized")
        fields = dict(await request.post())
        match request.match_info["method"]:
            case "getMe":
                return _answer(
                    result={"id": 12345, "is_bot": True, "first_name": "Bot", "username": "b"}
                )
            case "getUpdates":
                return await self._get_updates(int(str(fields.get("offset", 0))))
            case "sendMessage":
                self._count += 1
                self.sent.put_nowait({**fields, "message_id": self._count})
                return _answer(result=_message(self._count, int(str(fields["chat_id"]))))
            case "editMessageText":
                self.edited.put_nowait(fields)
                return _answer(result=True)
            case _:
                return _answer(result=True)

    async def _get_updates(self, offset: int) -> web.Response:
        if self.conflicts:
            return _answer(409, description="Conflict: terminated by other getUpdates request")
        self._updates = [update for update in self._updates if update["update_id"] >= offset]
        if not self._updates:
            self._news.clear()
            await self._news.wait()
        return _answer(result=self._updates)


def _message(number: int, chat: int) -> dict[str, Any]:
    return {"message_id": number, "date": 0, "chat": {"id": chat, "type": "private"}}


def _answer(status: int = 200, **content: Any) -> web.Response:
    body = {"ok": status == 200, "error_code": status, **content}
    return web.Response(text=json.dumps(body), status=status, content_type="application/json")
