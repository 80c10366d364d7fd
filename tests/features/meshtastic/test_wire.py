"""The bytes of radios: what real firmware has said, and what no client can use."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.meshtastic.address import endpoint
from meshvisor.features.meshtastic.wire import client_api as api
from meshvisor.features.meshtastic.wire.client_api import from_radio
from meshvisor.features.meshtastic.wire.frames import LONGEST, FrameReader, framed
from meshvisor.features.meshtastic.wire.node_ids import BROADCAST, node_id, node_number
from meshvisor.features.meshtastic.wire.packet import Data, Packet, Port
from meshvisor.features.meshtastic.wire.payloads import Position, routing, routing_error, why
from meshvisor.features.meshtastic.wire.protobuf import Fields, WireError
from tests.features.meshtastic import recorded

NUMBERS = st.integers(0, 0xFFFF_FFFF)


def test_what_a_radio_says_of_itself() -> None:
    """Its number, channels and firmware are read from recorded bytes; the rest is passed over."""
    assert from_radio(recorded.MY_INFO) == api.MyInfo(0xDB8686C2)
    node = from_radio(recorded.NODE_INFO)
    assert isinstance(node, api.NodeInfo)
    assert node.user is not None
    assert (node.number, node.user.long_name, node.user.short_name) == (0xDB8686C2, "Node 1", "N1")
    assert len(node.user.public_key) == 32
    assert node.metrics is not None
    assert node.metrics.battery_percent == 101
    assert from_radio(recorded.METADATA) == api.Metadata("2.8.0.lab")
    assert from_radio(recorded.CHANNEL) == api.Channel(0, "", b"\x01")
    assert from_radio(recorded.UNUSED_CHANNEL) == api.Channel(7, is_used=False)
    assert from_radio(recorded.COMPLETE) == api.ConfigComplete(123456)


def test_what_a_radio_says_of_packets() -> None:
    """Whether a text was queued, sent, repeated or too long."""
    assert from_radio(recorded.QUEUED) == api.QueueStatus(0, 15, 16, 0x11111111)
    assert from_radio(recorded.SENT) == api.QueueStatus(0, 16, 16, 0x11111111)
    assert from_radio(recorded.ALIVE) == api.QueueStatus(0, 16, 16)
    assert from_radio(recorded.TOO_LARGE) == api.QueueStatus(7, 16, 16, 0x33333333)
    for data, request, error in (
        (recorded.HEARD_ON_AIR, 0x11111111, 0),
        (recorded.TOO_LARGE_ROUTED, 0x33333333, 7),
    ):
        heard = from_radio(data)
        assert isinstance(heard, api.Heard)
        packet = heard.packet
        assert packet.data is not None
        assert (packet.sender, packet.data.port) == (0xDB8686C2, Port.ROUTING)
        assert (packet.data.request_id, routing_error(packet.data.payload)) == (request, error)


def test_a_text_of_another_node() -> None:
    """Its signature of 64 bytes is passed over."""
    heard = from_radio(recorded.PONG)
    assert isinstance(heard, api.Heard)
    packet = heard.packet
    assert packet.data == Data(Port.TEXT, b"pong", reply_id=0x11111111, bitfield=1)
    assert (packet.is_to_all, packet.hops, packet.via_mqtt) == (True, 0, True)


def test_what_is_said_to_a_radio() -> None:
    """Byte by byte as the client had said it that was recorded."""
    text = Data(Port.TEXT, "hello ☀ mesh".encode())
    assert api.send_packet(Packet(id=0x11111111, data=text, hop_limit=3)) == recorded.SAY_HELLO
    assert api.want_config(123456) == recorded.WANT_CONFIG
    assert api.heartbeat() == recorded.HEARTBEAT


@given(st.builds(Data, st.integers(0, 511), st.binary(max_size=233), reply_id=NUMBERS), NUMBERS)
def test_packets_survive(data: Data, number: int) -> None:
    """What is written is read as it was, a strength of below 0 included."""
    packet = Packet(id=number, sender=number, data=data, rssi=-97, snr=-6.25, hop_start=3)
    assert Packet.decoded(packet.encoded()) == packet


@given(st.lists(st.binary(max_size=40)), st.lists(st.binary(max_size=8)), st.integers(1, 7))
def test_frames_in_noise(messages: list[bytes], noise: list[bytes], piece: int) -> None:
    """Every frame is found, whatever text for people stands between them, in whatever pieces."""
    said = b""
    for index, message in enumerate(messages):
        between = noise[index % len(noise)] if noise else b""
        said += between.replace(b"\x94", b"").replace(b"\xc3", b"") + framed(message)
    reader, found = FrameReader(), list[bytes]()
    for at in range(0, len(said), piece):
        found += reader.feed(said[at : at + piece])
    assert found == messages


@given(st.binary(max_size=4 * LONGEST))
def test_garbage(data: bytes) -> None:
    """Nothing that comes does more than fail as a message."""
    for message in [data, *FrameReader().feed(data)]:
        with contextlib.suppress(WireError):
            from_radio(message)
        with contextlib.suppress(WireError):
            Position.read(Fields(message))


def test_a_frame_that_says_it_is_too_long() -> None:
    """It is none, and what comes behind it is found."""
    reader = FrameReader()
    assert reader.feed(b"\x94\xc3\xff\xff" + framed(b"a")) == [b"a"]
    assert reader.skipped == 4
    with pytest.raises(ValueError, match="512"):
        framed(bytes(LONGEST + 1))


@pytest.mark.parametrize("data", ["08", "0a05", "00", "0b", "08" + "ff" * 11, "12"])
def test_what_is_no_message(data: str) -> None:
    """A field without an end, of a kind that there is not, or with the number 0."""
    with pytest.raises(WireError):
        Fields(bytes.fromhex(data))


def test_positions() -> None:
    """Degrees are kept to a centimetre, and coarse ones say how coarse."""
    position = Position(52.5163, -13.3777, -3, 1_800_000_000, 13)
    read = Position.read(Fields(position.encoded()))
    assert read == position
    assert position.accuracy == pytest.approx(2918, abs=1)
    assert Position(1, 2, precision_bits=32).accuracy is None
    assert Position.read(Fields(b"")) is None


def test_numbers_of_nodes() -> None:
    """They are eight hexadecimal digits behind an exclamation mark."""
    assert node_id(0xA1B2) == "!0000a1b2"
    assert node_number("!0000a1b2") == 0xA1B2
    assert node_number("!A1B2") is None
    assert Packet(1).to == BROADCAST


def test_words_for_errors() -> None:
    """Each has some, also one that is newer than this list."""
    assert why(5) == "nobody has acknowledged it"
    assert why(99) == "error 99 of the radio"
    assert routing_error(routing(0)) == 0
    assert routing_error(b"") is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("radio.lan", "radio.lan:4403"),
        ("tcp://10.0.0.7:4404", "10.0.0.7:4404"),
        ("[fe80::1]", "[fe80::1]:4403"),
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
    ],
)
def test_where_a_radio_is(text: str, meant: str) -> None:
    """A host with or without a port, or a serial port."""
    assert str(endpoint(text)) == meant


@pytest.mark.parametrize("text", ["", "a b", "radio:0", "radio:70000", "http://radio", "[radio]"])
def test_where_no_radio_is(text: str) -> None:
    """One sentence says what may stand there."""
    with pytest.raises(ValueError, match="must be host"):
        endpoint(text)
