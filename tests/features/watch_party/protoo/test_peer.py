from __future__ import annotations

import asyncio
import gc
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.watch_party.protoo.messages import (
    MAX_ID,
    Failure,
    Notification,
    Request,
    Success,
    encode,
)
from meshvisor.features.watch_party.protoo.peer import Peer, PeerClosedError, RequestFailedError


class Wire:
    """A peer whose frames are kept."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.peer = Peer(self.send)

    async def send(self, text: str) -> None:
        """Keep a frame."""
        self.frames.append(json.loads(text))


async def asked(wire: Wire) -> asyncio.Task[dict[str, Any]]:
    """Return a request that has been sent."""
    task = asyncio.create_task(wire.peer.request("how"))
    await asyncio.sleep(0)
    assert wire.frames
    return task


async def test_answered() -> None:
    """A request returns the data of its answer."""
    wire = Wire()
    task = await asked(wire)
    number = wire.frames[0]["id"]
    assert wire.peer.receive(encode(Success(number, {"so": "so"}))) is None

    assert await task == {"so": "so"}


async def test_refused() -> None:
    """A request that is refused raises what the other side said, with the method's name."""
    wire = Wire()
    task = await asked(wire)
    wire.peer.receive(encode(Failure(wire.frames[0]["id"], 403, "no way")))

    with pytest.raises(RequestFailedError, match=r"how was refused: no way \(403\)") as caught:
        await task
    assert (caught.value.code, caught.value.reason) == (403, "no way")


async def test_other_answers_are_dropped() -> None:
    """A second answer, or one to nothing, changes nothing."""
    wire = Wire()
    task = await asked(wire)
    number = wire.frames[0]["id"]
    wire.peer.receive(encode(Success((number + 1) % MAX_ID, {})))
    wire.peer.receive(encode(Success(number, {"a": 1})))
    wire.peer.receive(encode(Failure(number, 500, "twice")))

    assert await task == {"a": 1}


async def test_no_answer() -> None:
    """A request that is not answered in time raises, and is forgotten."""
    wire = Wire()
    with pytest.raises(TimeoutError):
        await wire.peer.request("how", timeout=0.01)

    assert wire.peer._waiting == {}


async def test_send_fails() -> None:
    """A request that cannot be sent raises what the socket raised, and is forgotten."""

    async def broken(text: str) -> None:
        raise ConnectionResetError("gone")

    peer = Peer(broken)
    with pytest.raises(ConnectionResetError):
        await peer.request("how")
    assert peer._waiting == {}


async def test_closed_while_sending() -> None:
    """When a connection ends under a request, its caller gets an error, and asyncio logs none."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    async def breaking(text: str) -> None:
        peer.close()
        raise ConnectionResetError("gone")

    peer = Peer(breaking)
    with pytest.raises(ConnectionResetError):
        await peer.request("how")
    gc.collect()

    assert complaints == []


async def test_closed() -> None:
    """Closing fails what waits and what comes later; closing twice is fine."""
    wire = Wire()
    task = await asked(wire)
    wire.peer.close()
    wire.peer.close()

    with pytest.raises(PeerClosedError):
        await task
    with pytest.raises(PeerClosedError):
        await wire.peer.request("how")


async def test_ids_differ_and_wrap() -> None:
    """Ids count up and begin again at the end of their range, skipping those still in use."""
    wire = Wire()
    wire.peer._next_id = MAX_ID - 1
    tasks = [asyncio.create_task(wire.peer.request("how")) for _ in range(3)]
    await asyncio.sleep(0)
    wire.peer._next_id = MAX_ID - 1
    tasks.append(asyncio.create_task(wire.peer.request("how")))
    await asyncio.sleep(0)

    assert [frame["id"] for frame in wire.frames] == [MAX_ID, 0, 1, 2]
    wire.peer.close()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_answering() -> None:
    """Requests of the other side are handed on, and answered with their id."""
    wire = Wire()
    request = wire.peer.receive(encode(Request(7, "how", {"a": 1})))
    assert request == Request(7, "how", {"a": 1})
    assert isinstance(request, Request)
    await wire.peer.accept(request, {"so": "so"})
    await wire.peer.reject(request, 404, "unknown")
    await wire.peer.notify("said")

    assert wire.frames == [
        {"response": True, "id": 7, "ok": True, "data": {"so": "so"}},
        {"response": True, "id": 7, "errorCode": 404, "errorReason": "unknown"},
        {"notification": True, "method": "said", "data": {}},
    ]


def test_notifications_are_handed_on() -> None:
    """Notifications are the caller's to handle."""
    assert Wire().peer.receive('{"notification":true,"method":"x"}') == Notification("x")


@given(st.lists(st.text() | st.binary()))
def test_random_frames(frames: list[str | bytes]) -> None:
    """No frame makes a peer raise."""
    peer = Wire().peer
    for frame in frames:
        peer.receive(frame)
