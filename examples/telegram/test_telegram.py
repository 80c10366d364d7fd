"""The example against a stand-in: unproven against the real service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from examples.telegram.stand_in import TOKEN, Telegram
from meshvisor.shared.protocol.from_worker import (
    Checkpointed,
    Connected,
    ConnectionFailed,
    Disconnected,
    FailureKind,
)
from meshvisor.shared.protocol.to_worker import RefreshAdmins, SendMessage
from tests.worker.bridges import Start, bridging
from tests.worker.supervisor_side import PATIENCE

SCRIPT: Final = Path(__file__).with_name("bridge.py")

GROUP: Final = -7


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Return the stand-in."""
    async with Telegram.run() as running:
        yield running


@pytest.fixture
async def start(telegram: Telegram) -> AsyncIterator[Start]:
    """Return a function that starts a worker of the bot's mesh; all are stopped after the test."""
    options = {"api": telegram.url, "chat": str(GROUP)}
    async with bridging(SCRIPT, options, TOKEN) as starting:
        yield starting


async def sent(telegram: Telegram) -> dict[str, Any]:
    """Return what the bot has sent next."""
    async with asyncio.timeout(PATIENCE):
        return await telegram.sent.get()


async def test_a_command(telegram: Telegram, start: Start) -> None:
    """A command is answered in its chat, as a reply, and is confirmed before."""
    worker = await start()
    await worker.side.expect(Connected)
    for user, chat in ((1, GROUP), (2, 2)):
        telegram.say("?ping", user, chat)
        answer = await sent(telegram)
        assert (answer["text"], answer["chat_id"]) == ("pong", str(chat))
    await worker.side.expect(Checkpointed)


@pytest.mark.long
async def test_progress(telegram: Telegram, start: Start) -> None:
    """What changes is edited."""
    worker = await start()
    await worker.side.expect(Connected)
    worker.side.send(SendMessage(text="one of two", handle="job-1", kind="progress"))
    first = await sent(telegram)
    assert (first["text"], first["chat_id"]) == ("one of two", str(GROUP))
    worker.side.send(SendMessage(text="two of two", handle="job-1", kind="progress"))
    async with asyncio.timeout(PATIENCE):
        edit = await telegram.edited.get()
    assert (edit["text"], edit["message_id"]) == ("two of two", str(first["message_id"]))


@pytest.mark.long
async def test_anonymous_admins(telegram: Telegram, start: Start) -> None:
    """Anonymous admins are not authenticated: all have the same id."""
    worker = await start()
    await worker.side.expect(Connected)
    worker.side.send(RefreshAdmins(admins=frozenset({"1087968824"})))
    telegram.is_anonymous = True
    telegram.say("?admin 7", 1087968824, GROUP)
    assert "admins" in (await sent(telegram))["text"]


async def test_a_wrong_token(start: Start) -> None:
    """A token that Telegram does not know is the account's fault."""
    worker = await start("1:wrong")
    failed = await worker.side.expect(ConnectionFailed)
    assert failed.kind is FailureKind.UNAUTHORIZED


@pytest.mark.long
async def test_two_of_them(telegram: Telegram, start: Start) -> None:
    """A second program for the same bot is no reason to fight."""
    worker = await start()
    await worker.side.expect(Connected)
    telegram.conflicts = True
    telegram.say("?ping", 1, GROUP)
    assert (await worker.side.expect(Disconnected)).kind == "replaced"
