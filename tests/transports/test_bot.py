"""The bot over every transport: it answers in place, keeps to manners, and comes back."""

from __future__ import annotations

import asyncio

import pytest

from meshvisor import CommandContext, command
from meshvisor.shared.protocol.from_worker import (
    Checkpointed,
    Connected,
    ConnectionFailed,
    ConnectRequest,
    Disconnected,
    FailureKind,
    Kicked,
)
from meshvisor.shared.protocol.to_worker import ConnectPermit
from tests.transports.conftest import Start
from tests.transports.network import PATIENCE, Lack, Network
from tests.transports.program import ProgramNetwork
from tests.worker.supervisor_side import RunningWorker


async def test_an_answer(network: Network, worker: RunningWorker) -> None:
    """A command is answered in the place where it was used."""
    await worker.side.expect(Connected)
    await network.present()
    places = [""] if Lack.PLACES in network.lacks else ["", network.small]
    places += [] if Lack.DIRECT in network.lacks else ["dm:12"]
    for place in places:
        await network.say("?ping", "12", place, direct=place.startswith("dm:"))
        heard = await network.heard()
        assert (heard.text, heard.place) == ("pong", place)


async def test_a_late_answer(network: Network, worker: RunningWorker) -> None:
    """While the network takes its time in one place, others are answered."""
    if Lack.ERRORS in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.ERRORS.value}")
    if not isinstance(network, ProgramNetwork):
        pytest.skip(f"{network.transport}: no server here is slow in one place only")
    await worker.side.expect(Connected)
    await network.present()
    network.slow.add("#small")
    await network.say("?ping", "12", "#small")
    message = await network.unanswered.get()
    await network.say("?ping", "13")
    assert (await network.heard()).place == ""
    await network.say("?ping", "14", "#small")
    network.tell("sent", id=message["id"], sent_id="late")
    assert (await network.unanswered.get())["place"] == "#small"


async def test_a_long_answer(network: Network, worker: RunningWorker) -> None:
    """A text that is too long comes in parts that fit, as many as there may be at most."""

    @command("epic")
    async def epic(ctx: CommandContext) -> str:
        return "word " * 20_000

    await worker.side.expect(Connected)
    await network.present()
    await network.say("?epic")
    parts = [await network.heard() for _ in range(10)]
    assert parts[-1].text.endswith("too long)")
    limits = {"matrix": 4000, "program": 1000, "irc": 512, "meshtastic": 200}
    limit = limits.get(network.transport, 4096)
    assert all(len(part.text.encode()) <= limit for part in parts)
    await network.say("?ping", "12")
    assert (await network.heard()).text == "pong"


async def test_coming_back(network: Network, worker: RunningWorker) -> None:
    """A bot that loses its mesh, or is not let in for a while, is back by itself."""
    await worker.side.expect(Connected)
    await network.present()
    await network.refuse(FailureKind.REFUSED)
    await network.lose()
    await worker.side.expect(Disconnected)
    assert (await worker.side.expect(ConnectionFailed)).kind is FailureKind.REFUSED
    await network.accept()
    await worker.side.expect(Connected)
    await network.present()
    await network.say("?ping")
    assert (await network.heard()).text == "pong"


async def test_being_thrown_out(network: Network, worker: RunningWorker) -> None:
    """A bot that is thrown out does not come back by itself."""
    if Lack.KICKS in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.KICKS.value}")
    await worker.side.expect(Connected)
    await network.present()
    await network.kick()
    await worker.side.expect(Kicked)
    assert await worker.exit_code() == 0
    await network.absent()


async def test_what_was_heard_already(network: Network, start: Start) -> None:
    """The checkpoint behind a message is kept before the message is acted on."""
    if Lack.RESUME in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.RESUME.value}")
    if not isinstance(network, ProgramNetwork):
        worker = await start()
        await worker.side.expect(Connected)
        worker.side.keeps = False
        await network.say("?ping")
        while not (checkpoint := await worker.side.expect(Checkpointed)).waits:
            pass
        assert (await worker.side.status()).counters.messages_sent == 0
        worker.side.keep(checkpoint)
        assert (await network.heard()).text == "pong"
        return
    worker = await start(permits=False)
    request = await worker.side.expect(ConnectRequest)
    worker.side.send(ConnectPermit(reply_to=request.id, resume="t1"))
    await worker.side.expect(Connected)
    assert (await network.joins.get())["resume"] == "t1"
    worker.side.keeps = False
    network.tell("checkpoint", token="t2")
    await network.say("?ping")
    checkpoint = await worker.side.expect(Checkpointed)
    assert (await worker.side.status()).counters.messages_sent == 0
    worker.side.keep(checkpoint)
    assert (checkpoint.token, (await network.heard()).text) == ("t2", "pong")


async def test_pace(network: Network, start: Start) -> None:
    """What is more than the network wants waits."""
    if Lack.MANNERS in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.MANNERS.value}")
    if isinstance(network, ProgramNetwork):
        network.traits |= {"gap": 3600, "burst": 2}
    else:
        network.settings = {**network.settings, "gap": 60} | (
            {"burst": 2} if network.at_once > 1 else {}
        )
    worker = await start()
    await worker.side.expect(Connected)
    for user in ("12", "13", "14"):
        await network.say("?ping", user)
    for _ in range(network.at_once):
        assert (await network.heard()).text == "pong"
    async with asyncio.timeout(PATIENCE):
        # A server may take its time to hand on what the last one has said.
        while (counters := (await worker.side.status()).counters).commands < 3:
            await asyncio.sleep(0.01)
    assert counters.messages_sent <= network.at_once


async def test_quiet(network: Network, start: Start) -> None:
    """Where the air is precious unknown commands are not remarked on."""
    quiet = isinstance(network, ProgramNetwork) or network.manners.is_quiet
    if isinstance(network, ProgramNetwork):
        network.traits["quiet"] = True
    worker = await start()
    await worker.side.expect(Connected)
    await network.present()
    await network.say("?there-is-no-such-command")
    if not quiet:
        assert "there-is-no-such-command" in (await network.heard()).text
    await network.say("?ping", "12")
    assert (await network.heard()).text == "pong"
