"""Rooms of a real homeserver: who may come in, who is meant, what is listed, and how it ends."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from meshvisor.features.matrix.worker.discover import discover
from meshvisor.features.matrix.worker.progress import read_progress
from meshvisor.shared.found_meshes import Account, CannotDiscoverError
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.transport import (
    ChatMessage,
    Checkpoint,
    EndKind,
    JoinError,
    Observed,
    TypingChanged,
)
from tests.features.matrix.bots import Bot
from tests.homeservers import PASSWORD, PATIENCE, Person, RefusedError
from tests.transports.matrix import People

MakeBot = Callable[..., Bot]


@pytest.fixture
async def owner(people: People, http: aiohttp.ClientSession) -> Person:
    """Return a user who makes rooms."""
    return await people.person(http, "owner")


@pytest.fixture
async def account(people: People, http: aiohttp.ClientSession) -> Person:
    """Return the bot's account, as the server has it."""
    return await people.person(http, "bot")


@pytest.fixture
async def bot(account: Person) -> AsyncIterator[MakeBot]:
    """Return what makes a bot in a room; it is gone at the end."""
    made: list[Bot] = []

    def make(room: str, fields: dict[str, str] | None = None, **settings: Any) -> Bot:
        held = fields or {"token": account.token}
        made.append(Bot(account.url, room, held, **settings))
        return made[-1]

    yield make
    for one in made:
        await one.leave()


async def refused(bot: Bot) -> JoinError:
    """Return why a bot does not get in."""
    with pytest.raises(JoinError) as caught:
        await bot.join()
    return caught.value


# ---- Coming in -----------------------------------------------------------------------------------


async def test_encrypted_rooms(owner: Person, bot: MakeBot) -> None:
    """One is refused in a sentence; one that becomes encrypted is left, and refused then."""
    secret: dict[str, Any] = {
        "type": "m.room.encryption",
        "content": {"algorithm": "m.megolm.v1.aes-sha2"},
    }
    error = await refused(bot(await owner.create(initial_state=[secret])))
    assert error.kind is FailureKind.REFUSED
    assert "is encrypted, and the bot reads no encrypted messages" in str(error)
    later = bot(room := await owner.create())
    await later.join()
    await owner.state(room, "m.room.encryption", secret["content"])
    end = await later.transport.ended()
    assert (end.kind, "encrypted from now on" in end.reason) == (EndKind.LOST, True)
    assert "is encrypted" in str(await refused(later))


async def test_an_address(owner: Person, bot: MakeBot) -> None:
    """A room may be given by an alias, and one that there is not is refused."""
    name = f"room-{secrets.token_hex(6)}"
    room = await owner.create(room_alias_name=name)
    named = bot(f"#{name}:test.local")
    await named.join()
    await owner.say(room, "hi")
    assert (await named.expect(ChatMessage)).text == "hi"
    error = await refused(bot(f"#no-{name}:test.local"))
    assert (error.kind, "M_NOT_FOUND" in str(error)) == (FailureKind.REFUSED, True)


async def test_rooms_for_others(owner: Person, account: Person, bot: MakeBot) -> None:
    """A room that is for invited people is refused until the bot is invited; a ban says so."""
    guest = bot(room := await owner.create(preset="private_chat"))
    error = await refused(guest)
    assert error.kind is FailureKind.REFUSED
    assert f"the bot may not come into {room}" in str(error)
    await owner.do(room, "invite", account.user_id)
    await guest.join()
    await owner.do(room, "ban", account.user_id, "enough")
    end = await guest.transport.ended()
    assert end.kind is EndKind.KICKED
    assert end.reason == f"{owner.user_id} has banned the bot: enough"
    assert "ban" in str(await refused(guest))


async def test_leaving_elsewhere(owner: Person, account: Person, bot: MakeBot) -> None:
    """An operator who has the bot leave in a client of theirs means it."""
    here = bot(room := await owner.create())
    await here.join()
    await account.leave(room)
    end = await here.transport.ended()
    assert (end.kind, "elsewhere" in end.reason) == (EndKind.CLOSED_FOR_GOOD, True)


# ---- The account ---------------------------------------------------------------------------------


async def test_a_password(owner: Person, bot: MakeBot, http: aiohttp.ClientSession) -> None:
    """A bot logs in once, its successor has the same session, and a void one is made anew."""
    fresh = await Person.register(owner.url, http, "secretive")
    fields = {"user": fresh.user_id, "password": PASSWORD}
    first = bot(room := await owner.create(), fields)
    await first.join()
    await owner.say(room, "hi")
    await first.expect(ChatMessage)
    await first.leave()
    token = read_progress(first.token).token
    assert token
    second = bot(room, fields)
    await second.join(first.token)
    devices = (await fresh.ask("GET", "/devices"))["devices"]
    assert len([one for one in devices if one["device_id"].startswith("MESHVISOR")]) == 1
    await Person(owner.url, http, fresh.user_id, token).ask("POST", "/logout", {})
    end = await second.transport.ended()
    assert (end.kind, "M_UNKNOWN_TOKEN" in end.reason) == (EndKind.LOST, True)
    await second.join(first.token)
    await owner.say(room, "again")
    await second.expect(ChatMessage, lambda one: one.text == "again")
    assert read_progress(second.token).token not in {token, ""}


async def test_wrong_accounts(owner: Person, bot: MakeBot) -> None:
    """Each is one sentence about the account."""
    room = await owner.create()
    for fields, words in (
        ({"token": "nonsense"}, "M_UNKNOWN_TOKEN"),
        ({"user": "nobody", "password": "x"}, "nobody cannot log in"),
        ({"server": owner.url}, 'put token = "…" into [accounts.'),
    ):
        error = await refused(bot(room, fields))
        assert (error.kind, words in str(error)) == (FailureKind.UNAUTHORIZED, True), str(error)


async def test_a_void_token(owner: Person, bot: MakeBot, http: aiohttp.ClientSession) -> None:
    """A token that is revoked in the middle of a session ends it as such."""
    fresh = await Person.register(owner.url, http, "short")
    here = bot(await owner.create(), {"token": fresh.token})
    await here.join()
    await fresh.ask("POST", "/logout", {})
    assert (await here.transport.ended()).kind is EndKind.UNAUTHORIZED


# ---- Talking -------------------------------------------------------------------------------------


async def test_who_is_meant(owner: Person, account: Person, bot: MakeBot) -> None:
    """Who has asked is mentioned, and so are users that the text names; no others."""
    here = bot(room := await owner.create())
    await here.join()
    await owner.begin()
    mentions = {"m.mentions": {"user_ids": [account.user_id]}}
    asked = await owner.say(room, "you", **mentions)
    heard = await here.expect(ChatMessage)
    assert [one.id for one in heard.mentions] == [account.user_id]
    await here.transport.say("yes, @nobody:test.local", "", asked)
    said = await owner.heard(room, lambda event: event["sender"] == account.user_id)
    assert said["content"]["m.mentions"] == {"user_ids": [owner.user_id]}
    await here.transport.say(f"{owner.user_id}: hello")
    said = await owner.heard(room, lambda event: event["sender"] == account.user_id)
    assert said["content"]["m.mentions"] == {"user_ids": [owner.user_id]}
    assert said["content"]["msgtype"] == "m.notice"


async def test_said_twice(owner: Person, account: Person, bot: MakeBot) -> None:
    """The same answer of a successor is the same message; what answers nothing is not."""
    room, ids = await owner.create(), []
    asked = await owner.say(room, "?report")
    for _ in range(2):
        here = bot(room)
        await here.join()
        ids.append(
            [
                await here.transport.say(text, "", reply_to)
                for text, reply_to in (
                    ("done", asked),
                    ("done", asked),
                    ("done", None),
                )
            ]
        )
        await here.leave()
    (one, other) = ids
    assert one[:2] == other[:2]
    assert len({*one, *other}) == 4


async def test_what_is_seen(
    owner: Person, bot: MakeBot, people: People, http: aiohttp.ClientSession
) -> None:
    """Reactions, topics, deleted messages, actions and typing are reported; notices are not."""
    here = bot(room := await owner.create())
    ann = await people.person(http, "11")
    await ann.join(room)
    await here.join()
    message = await owner.say(room, "one")
    annotation = {"rel_type": "m.annotation", "event_id": message, "key": "👍"}
    await ann.send(room, {"m.relates_to": annotation}, "m.reaction")
    reaction = await here.expect(Observed)
    assert (reaction.kind, reaction.user and reaction.user.id) == ("reaction", ann.user_id)
    assert reaction.data == {"message": message, "reaction": "👍"}
    await ann.send(room, {"msgtype": "m.notice", "body": "?ping"})
    await ann.send(room, {"msgtype": "m.emote", "body": "waves"})
    assert (await here.expect(Observed)).data == {"text": "waves"}
    await owner.state(room, "m.room.topic", {"topic": "news"})
    assert (await here.expect(Observed)).data == {"topic": "news"}
    await owner.ask("PUT", f"/rooms/{room}/redact/{message}/r1", {})
    assert (await here.expect(Observed)).data == {"message": message}
    await ann.ask("PUT", f"/rooms/{room}/typing/{ann.user_id}", {"typing": True, "timeout": 60000})
    assert (await here.expect(TypingChanged)).typing
    assert not any(isinstance(one, ChatMessage) for one in here.seen)


async def test_a_flood(owner: Person, bot: MakeBot) -> None:
    """Of more than fits into an answer the newest are heard, in order, and the bot goes on."""
    here = bot(room := await owner.create())
    await here.join()
    await here.expect(Checkpoint)
    await here.leave()
    for begin in range(0, 110, 55):
        await asyncio.gather(*(owner.say(room, str(begin + i)) for i in range(55)))
    await owner.say(room, "last")
    await here.join(here.token)
    heard = 0
    async with asyncio.timeout(PATIENCE):
        while (await here.expect(ChatMessage)).text != "last":
            heard += 1
    assert heard == 99


# ---- Rooms that the server lists -----------------------------------------------------------------


async def test_discovery(owner: Person, http: aiohttp.ClientSession) -> None:
    """Rooms that the account is in are meshes, invitations only where they are followed."""
    fresh = await Person.register(owner.url, http, "found")
    joined = await owner.create()
    await fresh.join(joined)
    await fresh.join(await owner.create(creation_content={"type": "m.space"}))
    invited = await owner.create(fresh.user_id)
    fields = {"server": owner.url, "token": fresh.token}
    for mode, rooms in (("all", {joined}), ("invited", {joined, invited})):
        account = Account(name="matrix", fields=fields, mode=mode)  # type: ignore[arg-type]
        found = await discover(account)
        assert {mesh.address for mesh in found} == rooms
        assert all(mesh.server == owner.url for mesh in found)
        assert len({mesh.id for mesh in found}) == len(rooms)
    for wrong in ({"server": owner.url}, {"server": owner.url, "token": "x"}):
        with pytest.raises(CannotDiscoverError) as caught:
            await discover(Account(name="matrix", fields=wrong, mode="all"))
        assert not caught.value.transient
    with pytest.raises(RefusedError):
        await fresh.leave("!none:test.local")
