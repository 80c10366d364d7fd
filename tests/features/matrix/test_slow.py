"""Homeservers that are slow, stand behind a broken proxy, or speak TLS, and the bot there."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.transport import ChatMessage, EndKind, JoinError
from tests.certificates import self_signed
from tests.features.matrix.bots import QUICK, Bot
from tests.features.matrix.rehearsed import SYNC, Rehearsed
from tests.homeservers import PATIENCE, Person
from tests.transports.matrix import BAD_GATEWAY, People, Relay, answer

IMPATIENT = replace(QUICK, request=1.0)

HTML = answer("502 Bad Gateway", BAD_GATEWAY, "text/html")


@pytest.fixture
async def relay(people: People) -> AsyncIterator[Relay]:
    """Return one before the homeserver that does not listen yet."""
    found = Relay(int(people.url.rpartition(":")[2]))
    yield found
    if found.port:
        await found.close()


@pytest.fixture
async def owner(people: People, http: aiohttp.ClientSession) -> Person:
    """Return who makes rooms."""
    return await people.person(http, "owner")


@pytest.fixture
async def account(people: People, http: aiohttp.ClientSession) -> Person:
    """Return the account of the bot."""
    return await people.person(http, "bot")


async def bodies(person: Person, room: str) -> list[str]:
    """Return what was said in a room, the newest first."""
    found = await person.ask("GET", f"/rooms/{room}/messages", dir="b", limit="50")
    return [one["content"].get("body", "") for one in found["chunk"]]


async def test_a_server_that_answers_late(relay: Relay, owner: Person, account: Person) -> None:
    """What was taken and not confirmed in time is sent again, and said once."""
    await relay.open()
    room = await owner.create()
    bot = Bot(
        f"http://127.0.0.1:{relay.port}", room, {"token": account.token}, IMPATIENT, sync_timeout=20
    )
    # The first join of an account takes a server longer than that.
    await account.join(room)
    await bot.join()
    relay.holds = b"PUT "
    saying = asyncio.create_task(bot.transport.say("once"))
    await relay.asked("PUT ", 2)
    relay.release()
    async with asyncio.timeout(PATIENCE):
        assert await saying
    assert (await bodies(owner, room)).count("once") == 1
    await bot.leave()


async def test_a_room_that_takes_long_to_join(relay: Relay, owner: Person, account: Person) -> None:
    """A server may have to fetch a large room from others, for longer than other answers take."""
    await relay.open()
    room = await owner.create()
    bot = Bot(f"http://127.0.0.1:{relay.port}", room, {"token": account.token}, IMPATIENT)
    relay.holds = b"POST "
    joining = asyncio.create_task(bot.join())
    await relay.asked("POST ", 1)
    asyncio.get_running_loop().call_later(2 * IMPATIENT.request, relay.release)
    await joining
    assert bot.transport.is_present
    await bot.leave()


async def test_answers_in_small_pieces(relay: Relay, owner: Person, account: Person) -> None:
    """A line that trickles is slow and nothing else."""
    await relay.open()
    relay.trickles = True
    room = await owner.create()
    bot = Bot(f"http://127.0.0.1:{relay.port}", room, {"token": account.token})
    await bot.join()
    await owner.say(room, "drop by drop")
    assert (await bot.expect(ChatMessage)).text == "drop by drop"
    assert await bot.transport.say("heard")
    assert "heard" in await bodies(owner, room)
    await bot.leave()


async def test_a_proxy_whose_server_is_away(rehearsed: Rehearsed) -> None:
    """Its page is no answer: a message is sent again, and news end the session in a sentence."""
    await rehearsed.join()
    rehearsed.relay.once.append((b"PUT ", HTML))
    assert await rehearsed.bot.transport.say("once")
    assert (await bodies(rehearsed.owner, rehearsed.room)).count("once") == 1
    rehearsed.relay.once.append((SYNC, HTML))
    async with asyncio.timeout(PATIENCE):
        end = await rehearsed.bot.transport.ended()
    assert end.kind is EndKind.LOST
    assert "502" in end.reason
    assert "<" not in end.reason


async def test_coming_back_over_tls(
    relay: Relay, owner: Person, account: Person, tmp_path: Path
) -> None:
    """A certificate that is named is believed, no other is, and what was missed is heard."""
    public, private = self_signed(tmp_path, "matrix.test")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    await relay.open(context)
    room, server = await owner.create(), f"https://127.0.0.1:{relay.port}"
    der = ssl.PEM_cert_to_DER_cert(public.read_text())
    fields = {"token": account.token}
    bot = Bot(server, room, fields, certificate_sha256=hashlib.sha256(der).hexdigest())
    await bot.join()
    await owner.say(room, "before")
    assert (await bot.expect(ChatMessage)).text == "before"
    await relay.close()
    async with asyncio.timeout(PATIENCE):
        assert (await bot.transport.ended()).kind is EndKind.LOST
    await owner.say(room, "missed")
    await relay.open(context)
    await bot.join(bot.token)
    assert (await bot.expect(ChatMessage)).text == "missed"
    assert await bot.transport.say("back")
    await bot.leave()
    for wrong in ("", "0" * 64):
        other = Bot(server, room, fields, certificate_sha256=wrong)
        with pytest.raises(JoinError, match="certificate") as caught:
            await other.join()
        assert caught.value.kind is FailureKind.UNREACHABLE
