"""One client's conversation: order, errors, streams."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from meshvisor.shared.protocol.frames import MAX_FRAME
from tests.supervisor.control.conftest import Connect, Raw
from tests.supervisor.control.in_memory import InMemorySupervisor


async def until(condition: Callable[[], object]) -> None:
    """Return when `condition` holds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


async def test_requests_are_answered_in_order(client: Raw) -> None:
    """Several requests on one connection get their answers one after another."""
    for number, kind in enumerate(("version", "status", "health", "meshes")):
        client.send({"id": number, "type": kind})
    assert [(await client.receive())["reply_to"] for _ in range(4)] == [0, 1, 2, 3]


async def test_request_in_pieces(client: Raw) -> None:
    """A frame may come in as many pieces as it likes."""
    for byte in b'{"v":1,"id":7,"type":"version"}\n':
        client.send(bytes([byte]))
        await client.writer.drain()
    assert (await client.receive())["reply_to"] == 7


@pytest.mark.parametrize(
    "garbage", [b"hello\n", b"[]\n", b"{}\n", b'{"id":-1,"type":"status"}\n', b"\xff\xfe\n"]
)
async def test_garbage_is_answered_and_the_connection_kept(client: Raw, garbage: bytes) -> None:
    """What is no request gets one sentence, and the next request is answered."""
    answer = await client.ask(garbage)
    assert (answer["reply_to"], answer["ok"], answer["exit_code"]) == (None, False, 2)
    assert (await client.ask({"id": 3, "type": "version"}))["ok"]


async def test_too_long_a_frame_ends_the_connection(client: Raw, connect: Connect) -> None:
    """A frame beyond the limit is refused and ends that connection only."""
    client.send(b"x" * (MAX_FRAME + 2))
    assert "longer than a frame" in (await client.receive())["error"]
    assert await client.ended()
    assert (await (await connect()).ask({"id": 1, "type": "version"}))["ok"]


async def test_bug_becomes_one_sentence_and_a_log_record(
    client: Raw, supervisor: InMemorySupervisor, caplog: pytest.LogCaptureFixture
) -> None:
    """A handler that crashes is logged with its traceback; the client gets a sentence."""
    supervisor.broken = "everything"
    with caplog.at_level(logging.ERROR):
        answer = await client.ask({"id": 1, "type": "status"})
    assert answer["exit_code"] == 1
    assert "its log says why" in answer["error"]
    assert "a bug" in caplog.text
    supervisor.broken = None
    assert (await client.ask({"id": 2, "type": "status"}))["ok"]


async def test_too_long_an_answer_becomes_one_sentence(
    client: Raw, supervisor: InMemorySupervisor
) -> None:
    """An answer that does not fit into a frame is refused, unless pieces are asked for."""
    supervisor.states = dict.fromkeys(
        (f"mesh-{number}" for number in range(6000)), supervisor.states["lobby"]
    )
    assert "fewer meshes" in (await client.ask({"id": 1, "type": "status"}))["error"]


async def test_action_goes_on_after_its_client_left(
    client: Raw, supervisor: InMemorySupervisor
) -> None:
    """A request that changes something is carried out even when its client has left."""
    supervisor.gate = asyncio.Event()
    client.send({"id": 1, "type": "poll"})
    await supervisor.polled.wait()
    client.close()
    supervisor.gate.set()
    await until(lambda: supervisor.polls == 1)


async def test_stream_of_past_lines_ends(client: Raw, supervisor: InMemorySupervisor) -> None:
    """Without `follow` the last lines come, then the reply."""
    for number in range(5):
        supervisor.logs.add("lobby", f"line {number}")
    client.send({"id": 4, "type": "logs", "lines": 2})
    frames = [await client.receive() for _ in range(3)]
    assert [frame["event"]["text"] for frame in frames[:2]] == ["line 3", "line 4"]
    assert frames[2] == {"reply_to": 4, "ok": True, "result": None}


async def test_stream_follows_one_mesh(client: Raw, supervisor: InMemorySupervisor) -> None:
    """With `follow` new lines of that mesh come, and nothing of the others."""
    client.send({"id": 1, "type": "logs", "mesh_id": "lobby", "follow": True})
    await until(lambda: supervisor.logs.receivers)
    supervisor.logs.add("cinema", "not this")
    supervisor.logs.add("lobby", "this")
    assert (await client.receive())["event"]["text"] == "this"


async def test_leaving_ends_the_stream(client: Raw, supervisor: InMemorySupervisor) -> None:
    """A client that goes away is not served any longer."""
    client.send({"id": 1, "type": "logs", "follow": True})
    await until(lambda: supervisor.logs.receivers)
    client.close()
    await until(lambda: not supervisor.logs.receivers)


async def test_next_request_ends_the_stream(client: Raw, supervisor: InMemorySupervisor) -> None:
    """A client that asks something else gets the stream's reply, then its answer."""
    client.send({"id": 1, "type": "logs", "follow": True})
    await until(lambda: supervisor.logs.receivers)
    client.send({"id": 2, "type": "version"})
    assert (await client.receive())["reply_to"] == 1
    assert (await client.receive())["reply_to"] == 2
    assert not supervisor.logs.receivers


async def test_slow_follower_gets_a_count_of_what_it_missed(
    client: Raw, supervisor: InMemorySupervisor
) -> None:
    """A client that does not read costs a bounded number of lines, and hears how many."""
    client.send({"id": 1, "type": "logs", "follow": True})
    await until(lambda: supervisor.logs.receivers)
    total = 10_000
    for number in range(total):
        supervisor.logs.add("lobby", f"{number}")
    received = dropped = 0
    while not dropped:
        event = (await client.receive())["event"]
        received += "text" in event
        dropped = event.get("dropped", 0)
    assert received + dropped == total
    supervisor.logs.add("lobby", "and on")
    assert (await client.receive())["event"]["text"] == "and on"
