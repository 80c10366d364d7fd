"""What a worker says to its supervisor."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from functools import partial

import pytest

from meshvisor.shared.protocol.channel import Channel, ChannelClosedError
from meshvisor.shared.protocol.from_worker import AdminRequest, Checkpointed, ConnectRequest
from meshvisor.shared.protocol.messages import Error
from meshvisor.shared.protocol.to_worker import AdminResult, ConnectPermit
from meshvisor.worker.child.error_reports import ErrorReports
from meshvisor.worker.mesh import link as link_module
from meshvisor.worker.mesh.checkpoints import MOST_WAITING, Checkpoints
from meshvisor.worker.mesh.link import Link
from meshvisor.worker.mesh.usage import Tally
from meshvisor.worker.mesh.worker import CODEC
from tests.worker.supervisor_side import PATIENCE, SupervisorSide


@pytest.fixture
async def side() -> SupervisorSide:
    """Return the supervisor's end, which answers nothing by itself."""
    return SupervisorSide(permits=False)


@pytest.fixture
async def link(side: SupervisorSide) -> AsyncIterator[Link]:
    """Return a link to `side`."""
    here, there = socket.socketpair()
    await side.open(here)
    channel = await Channel.open(there, CODEC, lambda message: None, lambda broken: None)
    yield Link(channel, "lobby", ErrorReports(channel.say, {"mesh_id": "lobby"}))
    channel.close()
    await side.ended


async def test_a_permit_that_went_astray_is_asked_for_again(
    link: Link, side: SupervisorSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an answer the worker asks again instead of waiting for ever."""
    monkeypatch.setattr(link_module, "PERMIT_PATIENCE", 0.02)
    permit = asyncio.create_task(link.permit())
    await side.expect(ConnectRequest)
    monkeypatch.setattr(link_module, "PERMIT_PATIENCE", 10.0)
    side.send(ConnectPermit(reply_to=(await side.expect(ConnectRequest)).id))
    await permit


async def test_a_supervisor_that_is_gone(link: Link, side: SupervisorSide) -> None:
    """Reports go nowhere in silence; who waits for a permit learns that none will come."""
    permit = asyncio.create_task(link.permit())
    await side.expect(ConnectRequest)
    side.close()
    with pytest.raises(ChannelClosedError):
        await permit
    link.errors.report("anyone?", "plug-in")


ASKED = AdminRequest(command="refresh", user_id="11")


async def test_an_admin_command_gets_the_text_of_the_supervisor(
    link: Link, side: SupervisorSide
) -> None:
    """The answer is what the supervisor says, whether it was done or not."""
    for ok in (True, False):
        text = asyncio.create_task(link.administer(ASKED, 10))
        request = await side.expect(AdminRequest)
        side.send(AdminResult(reply_to=request.id, ok=ok, text=f"done: {ok}"))
        assert await text == f"done: {ok}"


async def test_an_admin_command_without_an_answer(link: Link, side: SupervisorSide) -> None:
    """A supervisor that does not answer in time gets a sentence, and its late answer is ignored."""
    text = await link.administer(ASKED, 0.01)
    assert text == "The supervisor has not answered within 0.01 s; it may still do it."
    request = await side.expect(AdminRequest)
    side.send(AdminResult(reply_to=request.id, ok=True, text="late"))
    side.send(Error(error="unknown", reply_to=request.id))


async def test_an_older_supervisor(link: Link, side: SupervisorSide) -> None:
    """A supervisor that does not know the request says so, and so does the bot."""
    text = asyncio.create_task(link.administer(ASKED, 10))
    request = await side.expect(AdminRequest)
    side.send(Error(error="no message of that type", reply_to=request.id))
    assert await text == "The supervisor cannot do this: no message of that type"


async def test_an_admin_command_without_a_supervisor(link: Link, side: SupervisorSide) -> None:
    """Whether it goes away before or after the request, there is a sentence."""
    text = asyncio.create_task(link.administer(ASKED, 10))
    await side.expect(AdminRequest)
    side.close()
    gone = "The supervisor is gone. Try again in a minute."
    assert await text == gone
    assert await link.administer(ASKED, 10) == gone


async def test_what_waits_for_a_checkpoint(
    link: Link, side: SupervisorSide, caplog: pytest.LogCaptureFixture
) -> None:
    """As much as a flood has is handled once the checkpoint is kept; what is more is logged."""
    side.keeps = False
    tally, handled = Tally(), list[int]()
    checkpoints = Checkpoints(link, "lobby", tally)
    checkpoints.take("t1")
    for number in range(MOST_WAITING + 3):
        checkpoints.follow(partial(handled.append, number), waits=True)
    assert [record.args for record in caplog.records if "not handled" in record.message] == [
        (MOST_WAITING,),
        (MOST_WAITING,),
    ]
    assert tally.events_missed == 3
    side.keep(await side.expect(Checkpointed))
    async with asyncio.timeout(PATIENCE):
        while len(handled) < MOST_WAITING:
            await asyncio.sleep(0)
    assert handled == list(range(MOST_WAITING))
    checkpoints.follow(partial(handled.append, -1), waits=True)
    assert handled[-1] == -1
    checkpoints.stop()
