"""A homeserver that limits how much an account may say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from meshvisor.features.matrix.worker.speaker import MOST_WAIT
from meshvisor.worker.mesh.transport import NotSentError
from tests.features.matrix.bots import Bot
from tests.features.matrix.rehearsed import Rehearsed
from tests.homeservers import Person, Synapse, require_homeserver
from tests.irc_servers import free_port
from tests.transports.matrix import Relay, refusal


@pytest.mark.long
async def test_limits_of_synapse(tmp_path: Path) -> None:
    """Two processes of one account share its limit: all is said, once and in order."""
    require_homeserver("synapse")
    server = Synapse(tmp_path / "synapse", free_port(), has_limits=True)
    server.start()
    relay = Relay(server.port)
    await relay.open()
    try:
        async with aiohttp.ClientSession() as http:
            account = await Person.register(server.url, http, "bot")
            owner = await Person.register(server.url, http, "owner")
            rooms = [await owner.create() for _ in range(2)]
            url = f"http://127.0.0.1:{relay.port}"
            bots = [Bot(url, room, {"token": account.token}) for room in rooms]
            await asyncio.gather(*(bot.join() for bot in bots))
            await asyncio.gather(*(count_to(bot, 6) for bot in bots))
            for room in rooms:
                path = f"/rooms/{room}/messages"
                found = (await owner.ask("GET", path, dir="f", limit="100"))["chunk"]
                said = [one["content"].get("body") for one in found]
                assert [one for one in said if one] == [str(number) for number in range(6)]
            sent = [one for one in relay.requests if one.startswith("PUT ") and "/send/" in one]
            assert len(sent) > 12, "the server has refused nothing"
            for bot in bots:
                await bot.leave()
    finally:
        await relay.close()
        server.kill()


async def count_to(bot: Bot, end: int) -> None:
    """Say numbers, one after another."""
    for number in range(end):
        await bot.transport.say(str(number))


async def test_a_long_wait(rehearsed: Rehearsed) -> None:
    """What would have to wait for too long is reported, with the time, and so is what follows."""
    await rehearsed.join()
    milliseconds = int(MOST_WAIT * 2000)
    too_much = refusal(
        "429 Too Many Requests", "M_LIMIT_EXCEEDED", "Slow down", retry_after_ms=milliseconds
    )
    rehearsed.relay.once.append((b"PUT ", too_much))
    for _ in range(2):
        with pytest.raises(NotSentError, match="Slow down") as caught:
            await rehearsed.bot.transport.say("one")
        assert caught.value.retry_after is not None
        assert caught.value.retry_after > MOST_WAIT
