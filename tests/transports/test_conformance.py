"""What every transport does alike: the promises of `Transport`, over real networks."""

from __future__ import annotations

import asyncio

import pytest

from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.transport import (
    MAIN,
    CannotEditError,
    ChatMessage,
    Checkpoint,
    Delivery,
    EndKind,
    JoinError,
    Manners,
    NoSuchPlaceError,
    NotInMeshError,
    NotSentError,
    UserJoined,
    UserLeft,
)
from tests.transports.network import PATIENCE, Lack, Network, Stay
from tests.transports.program import ProgramNetwork

# ---- Join, lose, come back -----------------------------------------------------------------------


async def test_join(network: Network, stay: Stay) -> None:
    """The bot is in the mesh when a join has returned, and not before."""
    transport = stay.transport
    assert (transport.is_present, transport.own_id) == (False, "")
    with pytest.raises(NotInMeshError):
        await transport.say("hello")
    await stay.join()
    await network.present()
    assert (transport.is_present, transport.own_id) == (True, network.own_id)


async def test_leave(network: Network, stay: Stay) -> None:
    """A polite and a hurried leaving both end the stay, and may be said again."""
    for politely in (True, False):
        await stay.join()
        await network.present()
        for _ in range(2):
            await stay.transport.leave("bye", politely=politely)
        end = await stay.transport.ended()
        assert (end.kind, end.reason) == (EndKind.LEFT, "bye")
        await network.absent()
        assert not stay.transport.is_present


async def test_lose_and_come_back(network: Network, stay: Stay) -> None:
    """A connection that breaks is lost; the next join is as good as the first."""
    for _ in range(2):
        await stay.join()
        await network.present()
        await network.lose()
        end = await stay.transport.ended()
        assert end.kind is EndKind.LOST
        assert end.reason
        with pytest.raises(NotInMeshError):
            await stay.transport.say("hello")
        await network.absent()
    await stay.join()
    await network.present()
    await network.say("again")
    assert (await stay.expect(ChatMessage)).text == "again"


async def test_kick(network: Network, stay: Stay) -> None:
    """A bot that is thrown out knows it."""
    if Lack.KICKS in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.KICKS.value}")
    await stay.join()
    await network.present()
    await network.kick()
    assert (await stay.transport.ended()).kind is EndKind.KICKED


async def test_end(network: Network, stay: Stay) -> None:
    """A mesh that has ended is not one that was lost."""
    if Lack.ENDS in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.ENDS.value}")
    await stay.join()
    await network.present()
    await network.end()
    assert (await stay.transport.ended()).kind is EndKind.ROOM_ENDED


async def test_replaced(network: Network, stay: Stay) -> None:
    """A connection that another client takes is not one that was lost."""
    if Lack.REPLACED in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.REPLACED.value}")
    for _ in range(network.takeovers):
        await stay.join()
        await network.present()
        await network.replace()
        end = await stay.transport.ended()
    assert end.kind is EndKind.REPLACED


@pytest.mark.parametrize(
    "kind", [FailureKind.REFUSED, FailureKind.UNREACHABLE, FailureKind.UNAUTHORIZED]
)
async def test_refuse(network: Network, stay: Stay, kind: FailureKind) -> None:
    """A failed join says in a sentence what has failed and whose fault it is; later it works."""
    if kind is FailureKind.UNAUTHORIZED and Lack.ACCOUNTS in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.ACCOUNTS.value}")
    await network.refuse(kind)
    with pytest.raises(JoinError) as caught:
        await stay.join()
    assert caught.value.kind is kind
    assert str(caught.value)
    assert not stay.transport.is_present
    await network.accept()
    await stay.join()
    await network.present()


async def test_cancelled(network: Network, stay: Stay) -> None:
    """Nothing is left of a join that is cancelled."""
    await network.stall()
    joining = asyncio.create_task(stay.join())
    await asyncio.sleep(0)
    joining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await joining
    await network.absent()
    assert not stay.transport.is_present
    await network.accept()
    await stay.join()
    await network.present()


# ---- Talk ----------------------------------------------------------------------------------------


async def test_say(network: Network, stay: Stay) -> None:
    """What is said is heard once, under the id that was returned, and as an answer."""
    await stay.join()
    await network.present()
    message_id = await network.say("?")
    sent_id = await stay.transport.say("hello ☀", MAIN, message_id)
    heard = await network.heard()
    assert (heard.text, heard.id, heard.place) == ("hello ☀", sent_id, MAIN)
    assert heard.reply_to == (message_id or None if stay.transport.traits.replies else None)


async def test_hear(network: Network, stay: Stay) -> None:
    """Others are heard with what is known of them; the bot does not hear itself."""
    await stay.join()
    await network.present()
    await stay.transport.say("mine")
    await network.heard()
    message_id = await network.say("yours", "12")
    message = await stay.expect(ChatMessage)
    who = network.user_id("12")
    assert (message.id, message.user.id, message.text) == (message_id, who, "yours")
    assert (message.place, message.is_direct) == (MAIN, False)
    assert message.user.authenticated is (Lack.VOUCHING not in network.lacks)


async def test_a_long_message(network: Network, stay: Stay) -> None:
    """As many bytes as the transport says fit into one message arrive whole."""
    await stay.join()
    await network.present()
    text = "é" * (stay.transport.limits(MAIN).max_bytes // 2)
    await stay.transport.say(text)
    assert (await network.heard()).text == text


async def test_people(network: Network, stay: Stay) -> None:
    """Who comes and goes is reported, and known while they are there."""
    await stay.join()
    await network.present()
    await network.come("13")
    joined = await stay.expect(UserJoined)
    assert stay.transport.users[joined.user.id].name == joined.user.name
    await network.go("13")
    left = await stay.expect(UserLeft)
    assert left.user.name == joined.user.name
    assert left.user.id not in stay.transport.users


async def test_garbage(network: Network, stay: Stay) -> None:
    """What cannot be understood costs nothing but itself."""
    await stay.join()
    await network.present()
    await network.garbage()
    await network.say("still here")
    await stay.expect(ChatMessage, lambda one: one.text == "still here")
    assert stay.transport.is_present


async def test_typing(network: Network, stay: Stay) -> None:
    """Showing that the bot is writing works, or does nothing."""
    await stay.join()
    await network.present()
    for typing in (True, False):
        await stay.transport.show_typing(typing)
    await stay.transport.say("done")
    assert (await network.heard()).text == "done"


# ---- What not every network has ------------------------------------------------------------------


async def test_places(network: Network, stay: Stay) -> None:
    """A message has the place where it was said, and what is said goes there."""
    await stay.join()
    await network.present()
    if Lack.PLACES in network.lacks:
        await network.say("hi")
        assert (await stay.expect(ChatMessage)).place == MAIN
        return
    await network.say("hi", place=network.small)
    place = (await stay.expect(ChatMessage)).place
    await stay.transport.say("there", place)
    assert (await network.heard()).place == place == network.small
    is_small = stay.transport.limits(place) != stay.transport.limits(MAIN)
    assert is_small is network.has_small_places


async def test_direct_messages(network: Network, stay: Stay) -> None:
    """A user can be written to alone, or the transport says that they cannot."""
    await stay.join()
    await network.present()
    assert stay.transport.traits.direct is (Lack.DIRECT not in network.lacks)
    if Lack.DIRECT in network.lacks:
        with pytest.raises(NoSuchPlaceError):
            await stay.transport.direct_place("12")
        return
    await network.say("psst", "12", "dm:12", direct=True)
    message = await stay.expect(ChatMessage)
    assert message.is_direct
    assert await stay.transport.direct_place(network.user_id("12")) == message.place
    await network.say("psst", "12", direct=True)
    assert (await stay.expect(ChatMessage)).place == message.place


async def test_edits(network: Network, stay: Stay) -> None:
    """A message can be changed by its id, or the transport says that it cannot."""
    await stay.join()
    await network.present()
    sent_id = await stay.transport.say("one")
    assert stay.transport.traits.editing is (Lack.EDITS not in network.lacks)
    sent_id = sent_id or ""
    assert network.has_ids is bool(sent_id)
    if Lack.EDITS in network.lacks:
        with pytest.raises(CannotEditError):
            await stay.transport.edit(sent_id, "two")
        return
    await stay.transport.edit(sent_id, "two")
    assert await network.changed() == (sent_id, "two")
    if isinstance(network, ProgramNetwork):
        await stay.transport.edit(sent_id, "two", "#b")
        async with asyncio.timeout(PATIENCE):
            assert (await network.edited.get())["place"] == "#b"


async def test_a_message_that_is_not_taken(network: Network, stay: Stay) -> None:
    """A place that is gone is another error than one that works again later."""
    await stay.join()
    await network.present()
    if Lack.ERRORS in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.ERRORS.value}")
    if not isinstance(network, ProgramNetwork):
        await network.refuse_message()
        with pytest.raises(NotSentError) as refused:
            await stay.transport.say("one")
        assert not isinstance(refused.value, NoSuchPlaceError)
        with pytest.raises(NoSuchPlaceError):
            await stay.transport.say("two", "nowhere")
        await stay.transport.say("three")
        assert (await network.heard()).text == "three"
        return
    network.errors = [
        {"error": "429 too many requests", "retry_after": 1.5},
        {"error": "no such channel", "kind": "gone"},
    ]
    with pytest.raises(NotSentError, match="429") as caught:
        await stay.transport.say("one", "#small")
    assert not isinstance(caught.value, NoSuchPlaceError)
    assert caught.value.retry_after == 1.5
    with pytest.raises(NoSuchPlaceError, match="no such channel"):
        await stay.transport.say("two", "#small")
    await stay.transport.say("three", "#small")
    assert (await network.heard()).text == "three"


async def test_a_late_answer(network: Network, stay: Stay) -> None:
    """One that the network takes its time for holds up no other place."""
    await stay.join()
    await network.present()
    if Lack.ERRORS in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.ERRORS.value}")
    if not isinstance(network, ProgramNetwork):
        pytest.skip(f"{network.transport}: no server here is slow in one place only")
    network.slow.add("#small")
    slow = asyncio.create_task(stay.transport.say("one", "#small"))
    async with asyncio.timeout(PATIENCE):
        message = await network.unanswered.get()
    assert await stay.transport.say("two") == (await network.heard()).id
    assert not slow.done()
    network.tell("sent", id=message["id"], sent_id="late")
    assert await slow == "late"


async def test_deliveries(network: Network, stay: Stay) -> None:
    """What became of a message is reported by the id that `say` has returned."""
    await stay.join()
    await network.present()
    if Lack.DELIVERIES in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.DELIVERIES.value}")
    sent_id = await stay.transport.say("one")
    assert sent_id is not None
    state = await network.delivered(sent_id)
    assert await stay.expect(Delivery) == Delivery(sent_id, state)


async def test_resume(network: Network, stay: Stay) -> None:
    """A checkpoint of an earlier life is handed to the network, which tells newer ones."""
    if isinstance(network, ProgramNetwork):
        await stay.join("t1")
        assert (await network.joins.get())["resume"] == "t1"
        network.tell("checkpoint", token="t2")
        assert (await stay.expect(Checkpoint)).token == "t2"
        return
    await stay.join()
    await network.present()
    if Lack.RESUME in network.lacks:
        await network.say("hi")
        await stay.expect(ChatMessage)
        assert not any(isinstance(one, Checkpoint) for one in stay.seen)
        return
    if not network.hands_on_again:
        message_id = await network.say("hi")
        await stay.expect(ChatMessage)
        assert message_id in (await stay.expect(Checkpoint)).token
        return
    token = (await stay.expect(Checkpoint)).token
    for _ in range(2):
        await stay.transport.leave("away")
        await network.say("missed")
        await network.say("too")
        stay.seen.clear()
        await stay.join(token)
        assert (await stay.expect(ChatMessage)).text == "missed"
        # What lies behind the message and before the next one.
        between = next(one.token for one in stay.seen if isinstance(one, Checkpoint))
        assert (await stay.expect(ChatMessage)).text == "too"
        await stay.transport.leave("away")
        stay.seen.clear()
        await stay.join(between)
        assert (await stay.expect(ChatMessage)).text == "too"
        token = [one.token for one in stay.seen if isinstance(one, Checkpoint)][-1]


async def test_manners(network: Network, stay: Stay) -> None:
    """The pace that a network wants is what the transport declares."""
    if not isinstance(network, ProgramNetwork):
        await stay.join()
        assert stay.transport.manners == network.manners
        assert (network.manners == Manners()) is (Lack.MANNERS in network.lacks)
        return
    network.traits |= {"gap": 2.5, "burst": 3, "per_hour": 60, "quiet": True}
    await stay.join()
    assert stay.transport.manners == Manners(2.5, 3, 60, is_quiet=True)
