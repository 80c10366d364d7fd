"""A stay at a radio, whatever the radio does."""

from __future__ import annotations

import asyncio
import os
import pty
import time
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from meshvisor.features.meshtastic.radio.nodes import MOST
from meshvisor.features.meshtastic.wire.client_api import LoRaConfig, NodeInfo, Rebooted
from meshvisor.features.meshtastic.wire.frames import FrameReader, framed
from meshvisor.features.meshtastic.wire.packet import Data, Port
from meshvisor.features.meshtastic.wire.payloads import DeviceMetrics, NodeUser, Position
from meshvisor.features.meshtastic.wire.payloads import RoutingError as Error
from meshvisor.features.meshtastic.wire.protobuf import data as field
from meshvisor.features.meshtastic.worker.transport import RadioMesh
from meshvisor.playground.radio.radio import Radio
from meshvisor.shared.protocol.from_worker import Connected, FailureKind
from meshvisor.worker.mesh.transport import (
    ChatMessage,
    Delivery,
    EndKind,
    JoinError,
    Joining,
    MeshAddress,
    NoSuchPlaceError,
    NotInMeshError,
    NotSentError,
    Observed,
    Remark,
)
from tests.transports.meshtastic import LORA, NODES, OWN, RadioNetwork
from tests.transports.network import Stay
from tests.worker.supervisor_side import QUICK, RunningWorker


@pytest.fixture
async def network() -> AsyncIterator[RadioNetwork]:
    """Return a radio with a node around it."""
    network = RadioNetwork()
    await network.open()
    yield network
    await network.close()


@pytest.fixture
async def stay(network: RadioNetwork) -> AsyncIterator[Stay]:
    """Return a transport, which has not joined."""
    stay = Stay(network)
    yield stay
    await stay.transport.leave("the test is over", politely=False)


def with_settings(network: RadioNetwork, **changes: Any) -> Stay:
    """Return a transport with other settings."""
    network.settings = {**network.settings, **changes}
    return Stay(network)


# ---- What is said --------------------------------------------------------------------------------


async def test_acknowledgements(network: RadioNetwork, stay: Stay) -> None:
    """The receiver's own is one thing, that another node has repeated a text another."""
    await stay.join()
    there = f"dm:{network.user_id('99')}"
    sent_id = await stay.transport.say("hi", there)
    assert await stay.expect(Delivery) == Delivery(sent_id or "", "delivered")
    sent_id = await stay.transport.say("hi")
    assert await stay.expect(Delivery) == Delivery(sent_id or "", "on_air")
    network.radio.asleep.add(NODES + 99)
    sent_id = await stay.transport.say("hi", there)
    told = [await stay.expect(Delivery) for _ in range(2)]
    assert [one.state for one in told] == ["on_air", "failed"]
    assert told[1] == Delivery(sent_id or "", "failed", "nobody has acknowledged it")


async def test_a_text_that_comes_too_soon(network: RadioNetwork, stay: Stay) -> None:
    """The radio drops it without a word; it gets it again, under the same id."""
    await stay.join()
    radio = network.radio
    await stay.transport.say("one")
    radio.text_gap = 3600.0
    saying = asyncio.create_task(stay.transport.say("two"))
    while not radio.dropped:
        await asyncio.sleep(0)
    radio.text_gap = 0.0
    sent_id = await saying
    assert [(await network.heard()).text for _ in range(2)] == ["one", "two"]
    assert f"{radio.dropped[0].id:08x}" == sent_id


async def test_what_the_radio_does_not_take(network: RadioNetwork, stay: Stay) -> None:
    """It is an error in words, and the radio is there as before."""
    await stay.join()
    with pytest.raises(NotSentError, match="it is too long"):
        await stay.transport.say("x" * 233)
    network.radio.errors.append(Error.DUTY_CYCLE_LIMIT)
    with pytest.raises(NotSentError, match="may not send more"):
        await stay.transport.say("x")
    assert await stay.transport.say("x" * 232)
    with pytest.raises(NoSuchPlaceError, match="no channel #sea"):
        await stay.transport.say("x", "#sea")
    with pytest.raises(NoSuchPlaceError, match="is no node"):
        await stay.transport.direct_place("ann")


async def test_a_node_that_no_person_reads(network: RadioNetwork, stay: Stay) -> None:
    """Nothing is said to a sensor."""
    await stay.join()
    sensor = NodeUser(network.user_id("5"), "Thermometer", "T", is_unmessagable=True)
    network.hear("5", Data(Port.NODE_INFO, sensor.encoded()))
    await stay.expect(Observed)
    with pytest.raises(NoSuchPlaceError, match="nobody reads"):
        await stay.transport.direct_place(network.user_id("5"))


async def test_manners_of_a_busy_channel(network: RadioNetwork) -> None:
    """The fuller the air, the less is said; what the radio says itself counts."""
    stay = with_settings(network, gap=2.0, airtime=100)
    network.radio.lora = LoRaConfig(region=3, hop_limit=3)
    await stay.join()
    free = stay.transport.manners
    gaps = []
    for busy in (10.0, 30.0, 50.0):
        metrics = DeviceMetrics(channel_utilization=busy, airtime_percent=9.0).encoded()
        telemetry = Data(Port.TELEMETRY, field(2, metrics))
        network.hear(str(OWN - NODES), telemetry)
        network.hear("7", Data(Port.NODE_INFO, NodeUser("", f"{busy}").encoded()))
        await stay.expect(Observed)
        gaps.append(stay.transport.manners.gap)
    assert gaps == [2.0, 8.0, 24.0]
    assert stay.transport.manners.per_hour == free.per_hour // 10
    await stay.transport.leave("", politely=False)


# ---- What is heard -------------------------------------------------------------------------------


async def test_what_is_observed(network: RadioNetwork, stay: Stay) -> None:
    """Nodes, positions, telemetry and reactions, with how they were received."""
    await stay.join()
    await network.come("12")
    node = await stay.expect(Observed)
    assert (node.kind, node.data["long_name"], node.data["rssi"]) == ("node", "node 12", -90)
    assert node.data["hops"] == 1
    now = int(time.time()) - 5
    network.hear("12", Data(Port.POSITION, Position(1.5, -2.5, 30, now, 20).encoded()))
    position = await stay.expect(Observed)
    assert position.user is not None
    assert (position.kind, position.user.name) == ("position", "node 12")
    assert position.data["latitude"], position.data["longitude"] == (1.5, -2.5)
    assert (position.data["altitude_m"], position.data["at"]) == (30, now)
    assert position.data["accuracy_m"] == pytest.approx(22.8, abs=0.1)
    metrics = DeviceMetrics(battery_percent=87, voltage=4.1).encoded()
    network.hear("12", Data(Port.TELEMETRY, field(2, metrics)))
    telemetry = await stay.expect(Observed)
    assert (telemetry.data["battery_percent"], telemetry.data["voltage"]) == (87, 4.1)
    network.hear("12", Data(Port.TEXT, "👍".encode(), reply_id=5, emoji=1))
    reaction = await stay.expect(Observed)
    assert (reaction.kind, reaction.data) == ("reaction", {"emoji": "👍", "message_id": "00000005"})


async def test_who_is_believed(network: RadioNetwork, stay: Stay) -> None:
    """In a channel the sender is not authenticated; of a private message the radio does it."""
    await stay.join()
    await network.say("one", "12")
    assert not (await stay.expect(ChatMessage)).user.authenticated
    await network.say("two", "12", direct=True)
    message = await stay.expect(ChatMessage)
    assert (message.user.authenticated, message.is_direct) == (True, True)


async def test_the_same_packet_again(network: RadioNetwork, stay: Stay) -> None:
    """It is heard once, also by a later life that knows the last checkpoint."""
    await stay.join()
    data = Data(Port.TEXT, b"?ping")
    number = network.hear("12", data)
    token = f"{NODES + 12:08x}-{number}"
    await stay.expect(ChatMessage)
    await stay.transport.leave("killed", politely=False)
    later = Stay(network)
    await later.join(token)
    again, network._numbers = network._numbers, iter([int(number, 16) - 0x5000_0000])  # type: ignore[assignment]
    network.hear("12", data)
    network._numbers = again
    await network.say("new", "12")
    assert (await later.expect(ChatMessage)).text == "new"
    await later.transport.leave("", politely=False)


async def test_what_the_radio_has_kept(network: RadioNetwork, stay: Stay) -> None:
    """What came while no client was there is handed on, with its time."""
    then = int(time.time()) - 3600
    packet_id = network.hear("12", Data(Port.TEXT, b"?ping"))
    kept = network.radio._kept.pop()
    network.radio.hear(type(kept)(**{**_fields(kept), "rx_time": then}))
    await stay.join()
    message = await stay.expect(ChatMessage)
    assert (message.id, message.at) == (packet_id, then)


def _fields(packet: Any) -> dict[str, Any]:
    return {name: getattr(packet, name) for name in packet.__struct_fields__}


async def test_nodes_that_the_radio_knows(network: RadioNetwork, stay: Stay) -> None:
    """Those that were heard lately are there from the beginning, with their places."""
    now = int(time.time())
    network.radio.nodes[NODES + 1] = NodeInfo(
        NODES + 1, NodeUser("", "Ann"), Position(1, 2), last_heard=now - 60, hops=2
    )
    network.radio.nodes[NODES + 2] = NodeInfo(NODES + 2, NodeUser("", "Bob"), last_heard=5)
    await stay.join()
    assert [user.name for user in stay.transport.users.values()] == ["Ann"]
    assert (await stay.expect(Observed)).data["latitude"] == 1


async def test_a_flood(network: RadioNetwork, stay: Stay) -> None:
    """A thousand texts at once are heard, each of them once."""
    await stay.join()
    for number in range(1000):
        network.hear("12", Data(Port.TEXT, str(number).encode()))
    await stay.expect(ChatMessage, lambda one: one.text == "999")
    heard = [one.text for one in stay.seen if isinstance(one, ChatMessage)]
    assert heard == [str(number) for number in range(999)]


async def test_a_flood_on_a_bot(network: RadioNetwork) -> None:
    """A thousand texts that come at once are all handled, behind checkpoints that are kept."""
    worker = await RunningWorker.start(network.server, **network.params)
    try:
        await worker.side.expect(Connected)
        for _ in range(1000):
            network.hear("12", Data(Port.TEXT, b"hello"))
        await network.say("?ping", direct=True)
        assert (await network.heard()).text == "pong"
        assert (await worker.side.status()).counters.messages_received == 1001
    finally:
        await worker.stop()


async def test_ten_thousand_nodes(network: RadioNetwork, stay: Stay) -> None:
    """Radios know some hundred; of more, as many are remembered as there is room for."""
    now = int(time.time())
    for number in range(10_000):
        network.radio.nodes[NODES + 1000 + number] = NodeInfo(
            NODES + 1000 + number, NodeUser("", f"node {number}"), Position(1, 2), last_heard=now
        )
    await stay.join()
    assert MOST - 10 < len(stay.transport.users) <= MOST
    await network.say("hello")
    assert (await stay.expect(ChatMessage)).text == "hello"
    assert len(stay.transport.users) <= MOST


async def test_a_slow_radio(network: RadioNetwork) -> None:
    """The bot waits as long as the radio goes on saying what it knows, and no longer."""
    said: list[bytes] = []
    network.radio.attach(said.append)
    is_stuck = False

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for message in FrameReader().feed(await reader.read(1000)):
            network.radio.receive(message)
        for message in said[: 3 if is_stuck else None]:
            writer.write(framed(message))
            await asyncio.sleep(0.5)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    address = MeshAddress("lobby", f"{host}:{port}", "", network.settings)
    transport = RadioMesh(address, replace(QUICK, open=2.0))
    await transport.join(Joining(network.credentials), lambda incoming: None)
    assert transport.own_id == network.own_id
    await transport.leave("bye", politely=False)
    is_stuck = True
    with pytest.raises(JoinError, match="has not answered like a radio within 2 s"):
        await transport.join(Joining(network.credentials), lambda incoming: None)
    server.close()
    await server.wait_closed()


# ---- How it ends ---------------------------------------------------------------------------------


async def test_a_silent_radio(network: RadioNetwork) -> None:
    """One that keeps its connection and answers nothing is found by its unanswered heartbeat."""
    stay = with_settings(network, idle_timeout=0.1)
    await stay.join()
    await network.stall()
    end = await stay.transport.ended()
    assert end.kind is EndKind.LOST
    assert "heartbeat" in end.reason


async def test_a_console_that_outlives_its_radio(network: RadioNetwork) -> None:
    """What is no message is no sign of life: the radio is found silent, and is not joined again."""

    async def print_on() -> None:
        while True:
            network.print_debug()
            await asyncio.sleep(0.01)

    stay = with_settings(network, idle_timeout=0.1)
    await stay.join()
    await network.stall()
    printing = asyncio.create_task(print_on())
    try:
        async with asyncio.timeout(30):
            end = await stay.transport.ended()
        assert "heartbeat" in end.reason
        transport = RadioMesh(
            MeshAddress("lobby", network.server, "", network.settings), replace(QUICK, open=0.2)
        )
        async with asyncio.timeout(30):
            with pytest.raises(JoinError, match=r"has not answered like a radio within 0\.2 s"):
                await transport.join(Joining(network.credentials), lambda incoming: None)
    finally:
        printing.cancel()


async def test_a_reboot_during_a_send(network: RadioNetwork, stay: Stay) -> None:
    """Calls that wait for the radio's word fail: the connection is over."""
    await stay.join()
    network.radio.receive = lambda message: True  # type: ignore[method-assign]  # it hears nothing more
    saying = asyncio.create_task(stay.transport.say("hello"))
    await asyncio.sleep(0)
    await network.lose()
    with pytest.raises(NotInMeshError):
        await saying
    assert (await stay.transport.ended()).kind is EndKind.LOST


async def test_a_radio_that_starts_anew(network: RadioNetwork, stay: Stay) -> None:
    """After a change of its settings it says so, and is asked for everything again."""
    await stay.join()
    network.radio.say(Rebooted())
    end = await stay.transport.ended()
    assert (end.kind, end.retry_after) == (EndKind.LOST, None)
    await stay.join()
    await network.say("again")
    assert (await stay.expect(ChatMessage)).text == "again"


async def test_two_clients(network: RadioNetwork, stay: Stay) -> None:
    """A connection that is closed once may be a reboot; soon again it is another client."""
    await stay.join()
    await network.replace()
    end = await stay.transport.ended()
    assert (end.kind, end.retry_after) == (EndKind.LOST, 10.0)
    await stay.join()
    await network.replace()
    end = await stay.transport.ended()
    assert (end.kind, end.reason) == (
        EndKind.REPLACED,
        "another client has taken the radio, which has one at a time",
    )


async def test_a_reboot_is_no_other_client(network: RadioNetwork, stay: Stay) -> None:
    """A radio that has started once more since has closed the connection itself."""
    await stay.join()
    for _ in range(3):
        await network.replace()
        assert (await stay.transport.ended()).kind is EndKind.LOST
        network.radio.reboots += 1
        await stay.join()


async def test_reboots_that_the_radio_does_not_count(network: RadioNetwork, stay: Stay) -> None:
    """It is enough that it says it has started anew; one that says nothing has another client."""
    network.radio.reboots = 0
    await stay.join()
    for _ in range(3):
        await network.replace()
        assert (await stay.transport.ended()).kind is EndKind.LOST
        network.radio.has_rebooted = True
        await stay.join()
    for kind in (EndKind.LOST, EndKind.REPLACED):
        await network.replace()
        assert (await stay.transport.ended()).kind is kind
        await stay.join()


# ---- What does not work --------------------------------------------------------------------------


async def test_a_radio_without_a_region(network: RadioNetwork, stay: Stay) -> None:
    """It sends nothing, and the sentence says what to do."""
    network.radio.lora = LoRaConfig(region=0)
    with pytest.raises(JoinError, match="has no region and sends nothing; choose one") as caught:
        await stay.join()
    assert caught.value.kind is FailureKind.REFUSED


async def test_a_channel_that_there_is_not(network: RadioNetwork) -> None:
    """The sentence names those that there are."""
    network.address = "Sea"
    stay = Stay(network)
    with pytest.raises(JoinError, match=r"no channel #Sea; it has #LongFast, #Hiking"):
        await stay.join()
    network.address = "Hiking"
    stay = Stay(network)
    await stay.join()
    await network.say("hi", place=network.small)
    assert (await stay.expect(ChatMessage)).place == ""
    await stay.transport.leave("", politely=False)


async def test_places_that_there_are_not(network: RadioNetwork) -> None:
    """Operators hear where no command is answered, and which channels there are."""
    network.places = ("", "#Nope", "#Hiking", "dm:!00000001")
    stay = Stay(network)
    await stay.join()
    remark = (await stay.expect(Remark)).text
    assert remark == (
        "places names #Nope, where no command is answered: the radio has no such channel; "
        'it has "" (the mesh\'s own), #Hiking'
    )
    await stay.transport.leave("", politely=False)
    network.places = ("", "#Hiking")
    stay = Stay(network)
    await stay.join()
    await network.say("hi")
    await stay.expect(ChatMessage)
    assert not [one for one in stay.seen if isinstance(one, Remark)]
    await stay.transport.leave("", politely=False)


async def test_something_else_listens(network: RadioNetwork) -> None:
    """What is no radio is not taken for one; neither is nothing at all."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        writer.write_eof()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        network.server = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(JoinError) as caught:
            await Stay(network).join()
    assert caught.value.kind is FailureKind.UNREACHABLE
    network.server = ""
    with pytest.raises(JoinError, match="does not say where its radio is") as caught:
        await Stay(network).join()
    assert caught.value.kind is FailureKind.BROKEN


# ---- The serial port -----------------------------------------------------------------------------


async def test_a_serial_port(network: RadioNetwork) -> None:
    """The same over a pair of terminals: join, say, hear, be unplugged; and plugged in again."""
    for text in ("hello", "hello again"):
        with plugged_in() as (device, said):
            network.server = device
            stay = Stay(network)
            await stay.join()
            await stay.transport.say(text)
            assert await said.get() == text
            with pytest.raises(JoinError, match="another program uses"):
                await Stay(network).join()
        assert (await stay.transport.ended()).kind is EndKind.LOST


@contextmanager
def plugged_in() -> Iterator[tuple[str, asyncio.Queue[str]]]:
    """Yield the device of a radio, and what it says."""
    loop, (there, here) = asyncio.get_running_loop(), pty.openpty()
    tty.setraw(here)
    radio = Radio(OWN, loop.time, lora=LORA, text_gap=0.0)
    frames, said = FrameReader(), asyncio.Queue[str]()
    radio.on_air = lambda packet: said.put_nowait(
        packet.data.payload.decode() if packet.data is not None else ""
    )
    radio.attach(lambda message: void(os.write(there, b"boot log\r\n" + framed(message))))

    def read() -> None:
        for message in frames.feed(os.read(there, 4096)):
            radio.receive(message)

    loop.add_reader(there, read)
    try:
        yield os.ttyname(here), said
    finally:
        loop.remove_reader(there)
        os.close(there)
        os.close(here)


def void(_: object) -> None:
    """Return nothing."""


async def test_no_serial_port(network: RadioNetwork) -> None:
    """Each reason has its sentence."""
    for device, sentence in (
        ("/dev/there-is-none", "is the radio plugged in"),
        ("/dev/null", "it is no serial port"),
    ):
        network.server = device
        with pytest.raises(JoinError, match=sentence):
            await Stay(network).join()
