"""The example against a stand-in: unproven against the real service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from examples.discord.stand_in import TOKEN, Discord
from meshvisor.shared.protocol.from_worker import (
    Connected,
    ConnectionFailed,
    FailureKind,
    MessageSent,
)
from meshvisor.shared.protocol.to_worker import SendMessage
from tests.worker.bridges import Start, bridging
from tests.worker.supervisor_side import PATIENCE

SCRIPT: Final = Path(__file__).with_name("bridge.py")

CHANNEL: Final = 7


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    """Return the stand-in."""
    async with Discord.run() as running:
        yield running


@pytest.fixture
async def start(discord: Discord) -> AsyncIterator[Start]:
    """Return a function that starts a worker of the bot's mesh; all are stopped after the test."""
    options = {"api": discord.api, "gateway": discord.gateway, "channel": str(CHANNEL)}
    async with bridging(SCRIPT, options, TOKEN) as starting:
        yield starting


async def sent(discord: Discord) -> dict[str, Any]:
    """Return what the bot has sent next."""
    async with asyncio.timeout(PATIENCE):
        return await discord.sent.get()


async def test_a_command(discord: Discord, start: Start) -> None:
    """A command is answered in its channel."""
    worker = await start()
    await worker.side.expect(Connected)
    for user, chat in ((11, CHANNEL), (12, 8)):
        await discord.say("?ping", user, chat)
        answer = await sent(discord)
        assert (answer["text"], answer["channel"]) == ("pong", str(chat))
        assert answer["allowed"]["parse"] == []  # what is repeated mentions no one


@pytest.mark.long
async def test_progress(discord: Discord, start: Start) -> None:
    """What changes is edited."""
    worker = await start()
    await worker.side.expect(Connected)
    worker.side.send(SendMessage(text="one of two", handle="job-1", kind="progress"))
    first = await sent(discord)
    assert (first["text"], first["channel"]) == ("one of two", str(CHANNEL))
    worker.side.send(SendMessage(text="two of two", handle="job-1", kind="progress"))
    async with asyncio.timeout(PATIENCE):
        edit = await discord.edited.get()
    assert (edit["text"], edit["id"]) == ("two of two", first["id"])


@pytest.mark.long
async def test_a_channel_that_is_gone(discord: Discord, start: Start) -> None:
    """What belongs there is said nowhere else, and is not tried again."""
    worker = await start()
    await worker.side.expect(Connected)
    discord.gone = {"8"}
    outcome = SendMessage(text="secret", place="8", kind="outcome", id=1)
    worker.side.send(outcome)
    assert (await worker.side.expect(MessageSent)).reply_to == 1
    worker.side.send(SendMessage(text="hello"))
    assert (await sent(discord))["text"] == "hello"


async def test_a_wrong_token(start: Start) -> None:
    """A token that Discord does not know is the account's fault."""
    worker = await start("wrong")
    failed = await worker.side.expect(ConnectionFailed)
    assert failed.kind is FailureKind.UNAUTHORIZED
