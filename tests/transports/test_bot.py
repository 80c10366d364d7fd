"""The bot over every transport: it answers in place, keeps to manners, and comes back."""

from __future__ import annotations

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
from tests.transports.network import Lack, Network
from tests.transports.program import ProgramNetwork
from tests.worker.supervisor_side import RunningWorker


async def test_an_answer(network: Network, worker: RunningWorker) -> None:
    """A command is answered in the place where it was used."""
    await worker.side.expect(Connected)
    await network.present()
    places = [""] if Lack.PLACES in network.lacks else ["", "#small", "dm:12"]
    for place in places:
        network.say("?ping", "12", place, direct=place.startswith("dm:"))
        heard = await network.heard()
        assert (heard.text, heard.place) == ("pong", place)


async def test_a_late_answer(network: Network, worker: RunningWorker) -> None:
    """While the network takes its time in one place, others are answered."""
    if Lack.ERRORS in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.ERRORS.value}")
    assert isinstance(network, ProgramNetwork)
    await worker.side.expect(Connected)
    await network.present()
    network.slow.add("#small")
    network.say("?ping", "12", "#small")
    message = await network.unanswered.get()
    network.say("?ping", "13")
    assert (await network.heard()).place == ""
    network.say("?ping", "14", "#small")
    network.tell("sent", id=message["id"], sent_id="late")
    assert (await network.unanswered.get())["place"] == "#small"


async def test_a_long_answer(network: Network, worker: RunningWorker) -> None:
    """A text that is too long comes in parts that fit, as many as there may be at most."""

    @command("epic")
    async def epic(ctx: CommandContext) -> str:
        return "word " * 20_000

    await worker.side.expect(Connected)
    await network.present()
    network.say("?epic")
    parts = [await network.heard() for _ in range(10)]
    assert parts[-1].text.endswith("too long)")
    limit = 1000 if isinstance(network, ProgramNetwork) else 4096
    assert all(len(part.text.encode()) <= limit for part in parts)
    network.say("?ping", "12")
    assert (await network.heard()).text == "pong"


async def test_coming_back(network: Network, worker: RunningWorker) -> None:
    """A bot that loses its mesh, or is not let in for a while, is back by itself."""
    await worker.side.expect(Connected)
    await network.present()
    network.refuse(FailureKind.REFUSED)
    network.lose()
    await worker.side.expect(Disconnected)
    assert (await worker.side.expect(ConnectionFailed)).kind is FailureKind.REFUSED
    network.accept()
    await worker.side.expect(Connected)
    await network.present()
    network.say("?ping")
    assert (await network.heard()).text == "pong"


async def test_being_thrown_out(network: Network, worker: RunningWorker) -> None:
    """A bot that is thrown out does not come back by itself."""
    await worker.side.expect(Connected)
    await network.present()
    network.kick()
    await worker.side.expect(Kicked)
    assert await worker.exit_code() == 0
    await network.absent()


async def test_what_was_heard_already(network: Network, start: Start) -> None:
    """The checkpoint behind a message is kept before the message is acted on."""
    if Lack.RESUME in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.RESUME.value}")
    assert isinstance(network, ProgramNetwork)
    worker = await start(permits=False)
    request = await worker.side.expect(ConnectRequest)
    worker.side.send(ConnectPermit(reply_to=request.id, resume="t1"))
    await worker.side.expect(Connected)
    assert (await network.joins.get())["resume"] == "t1"
    worker.side.keeps = False
    network.tell("checkpoint", token="t2")
    network.say("?ping")
    checkpoint = await worker.side.expect(Checkpointed)
    assert (await worker.side.status()).counters.messages_sent == 0
    worker.side.keep(checkpoint)
    assert (checkpoint.token, (await network.heard()).text) == ("t2", "pong")


async def test_pace(network: Network, start: Start) -> None:
    """What is more than the network wants waits."""
    if Lack.MANNERS in network.lacks:
        pytest.skip(f"{network.transport}: {Lack.MANNERS.value}")
    assert isinstance(network, ProgramNetwork)
    network.traits |= {"gap": 3600, "burst": 2}
    worker = await start()
    await worker.side.expect(Connected)
    for user in ("12", "13", "14"):
        network.say("?ping", user)
    assert [(await network.heard()).text for _ in range(2)] == ["pong", "pong"]
    counters = (await worker.side.status()).counters
    assert counters.commands == 3
    assert counters.messages_sent <= 2


async def test_quiet(network: Network, start: Start) -> None:
    """Where the air is precious unknown commands are not remarked on."""
    quiet = isinstance(network, ProgramNetwork)
    if isinstance(network, ProgramNetwork):
        network.traits["quiet"] = True
    worker = await start()
    await worker.side.expect(Connected)
    await network.present()
    network.say("?there-is-no-such-command")
    if not quiet:
        assert "there-is-no-such-command" in (await network.heard()).text
    network.say("?ping", "12")
    assert (await network.heard()).text == "pong"
