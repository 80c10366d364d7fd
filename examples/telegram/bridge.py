"""Telegram as a mesh: one bot is one mesh, its chats are places; see docs/program.md."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from telegram import Bot  # pip install python-telegram-bot
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, TelegramError

# Messages have 4096 characters, at least as many bytes; about one a second is welcome.
TRAITS = {"max_bytes": 4096, "replies": True, "edits": True, "typing": True, "direct": True}
TRAITS |= {"acknowledges": True, "heartbeat": True, "gap": 1, "burst": 5}
ENDS = {InvalidToken: "unauthorized", Forbidden: "unauthorized", Conflict: "replaced"}
POLL = 20  # seconds that Telegram may leave a question for updates without an answer


def tell(type_: str, /, **fields: Any) -> None:
    """Say something to Meshvisor."""
    print(json.dumps({"type": type_, **fields}), flush=True)  # noqa: T201 - the way of the protocol


async def receive(bot: Bot, offset: int) -> None:
    """Hand on what is said, each message once, also after a restart."""
    while True:
        for update in await bot.get_updates(offset, timeout=POLL, allowed_updates=["message"]):
            offset = update.update_id + 1
            tell("checkpoint", token=str(offset))  # first: no user shall be answered twice
            said = update.message
            if said and said.from_user and said.text:
                user = {"id": str(said.from_user.id), "name": said.from_user.full_name}
                is_known = said.sender_chat is None  # anonymous admins all have one id
                about = {"place": str(said.chat_id), "direct": said.chat.type == "private"}
                about |= {"id": str(said.message_id), "at": said.date.timestamp()}
                tell("message", user=user | {"authenticated": is_known}, text=said.text, **about)


async def act(bot: Bot, message: dict[str, Any], home: str) -> None:
    """Do what Meshvisor says."""
    chat = message.get("place") or home
    match message["type"]:
        case "say":
            answered = int(message["reply_to"]) if "reply_to" in message else None
            sent = await bot.send_message(chat, message["text"], reply_to_message_id=answered)
            tell("sent", id=message["id"], sent_id=f"{sent.chat_id}/{sent.message_id}")
        case "edit":
            chat, _, number = message["sent_id"].partition("/")
            await bot.edit_message_text(message["text"], chat, int(number))
            tell("sent", id=message["id"])
        case "typing" if message["on"]:
            await bot.send_chat_action(chat, "typing")


async def obey(bot: Bot, lines: asyncio.StreamReader, home: str) -> None:
    """Do what Meshvisor says until it has no more to say."""
    turn, tasks = asyncio.Lock(), set[asyncio.Task[None]]()

    async def take(message: dict[str, Any]) -> None:
        try:
            async with turn:
                await act(bot, message, home)
        except (TelegramError, ValueError) as error:
            kind = "gone" if isinstance(error, BadRequest | Forbidden) else "later"
            after = getattr(error, "retry_after", None)
            tell("sent", id=message.get("id", 0), error=str(error), kind=kind, retry_after=after)

    while (line := await lines.readline()) and (message := json.loads(line))["type"] != "leave":
        if message["type"] == "ping":  # at once, however long Telegram takes for a message
            tell("pong", id=message["id"])
        else:
            tasks = {task for task in tasks if not task.done()}
            tasks.add(asyncio.create_task(take(message)))


async def main() -> None:
    """Be the mesh until asked to leave, or until Telegram ends it."""
    lines, loop = asyncio.StreamReader(limit=2**20), asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    join = json.loads(await lines.readline())
    options, offset = join.get("options", {}), int(join.get("resume") or 0)
    try:
        bot = Bot(join["account"]["token"], options.get("api", "https://api.telegram.org/bot"))
        await bot.initialize()
        tell("joined", self={"id": str(bot.id), "name": bot.first_name}, traits=TRAITS)
        receiving = asyncio.create_task(receive(bot, offset))
        receiving.add_done_callback(lambda _: lines.feed_eof())
        await obey(bot, lines, str(options.get("chat", "")))
        if receiving.done():
            receiving.result()
    except TelegramError as error:
        tell("ended", kind=ENDS.get(type(error), "lost"), reason=error.message)
    os._exit(0)  # at once, whatever a question for updates still waits for


asyncio.run(main())
