"""What gateways publish through a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from meshvisor.features.meshtastic.mesh_settings import RadioAccount, RadioSettings
from meshvisor.features.meshtastic.mqtt.packets import MqttError, MqttReader, connect, publish
from meshvisor.features.meshtastic.wire.crypto import ChannelKey, channel_key
from meshvisor.features.meshtastic.wire.envelope import Envelope
from meshvisor.features.meshtastic.wire.packet import Data, Packet, Port
from meshvisor.features.meshtastic.wire.payloads import Position
from meshvisor.features.meshtastic.worker.transport import make
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.shared.secret import Secret
from meshvisor.worker.mesh.transport import (
    ChatMessage,
    EndKind,
    JoinError,
    Joining,
    MeshAddress,
    NoSuchPlaceError,
    Observed,
    Transport,
)
from tests.irc_servers import free_port
from tests.mosquitto import Mosquitto
from tests.programs import MOSQUITTO, require
from tests.worker.supervisor_side import QUICK

HIKING = "AAECAwQFBgcICQoLDA0ODw=="

LONG_FAST = ChannelKey("LongFast", channel_key("AQ=="))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """Run a broker for the tests of this module."""
    require(MOSQUITTO)
    with Mosquitto(tmp_path_factory.mktemp("mosquitto"), free_port()) as broker:
        yield broker


class Gateway:
    """A node that publishes what it hears."""

    async def open(self, port: int) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._writer.write(connect("gateway", "", "", 60))
        assert (await self._reader.readexactly(4))[3] == 0

    def publish(
        self, packet: Packet, channel: ChannelKey = LONG_FAST, by: str = "!deadbeef"
    ) -> None:
        """Hand on a packet."""
        envelope = Envelope(channel.closed(packet), channel.name, by)
        self.raw(f"msh/EU_868/2/e/{channel.name}/{by}", envelope.encoded())

    def raw(self, topic: str, payload: bytes) -> None:
        """Publish anything."""
        self._writer.write(publish(topic, payload))

    def close(self) -> None:
        """Go."""
        self._writer.close()


@pytest.fixture
async def gateway(broker: Mosquitto) -> AsyncIterator[Gateway]:
    """Return a node."""
    gateway = Gateway()
    await gateway.open(broker.port)
    yield gateway
    gateway.close()


class Listener:
    """A transport, and what it has delivered."""

    def __init__(self, server: str, **settings: Any) -> None:
        said = RadioSettings(topic="msh/EU_868", **settings).model_dump(mode="json")
        self.transport: Transport = make(MeshAddress("air", server, "", said), QUICK)
        self._seen: asyncio.Queue[Any] = asyncio.Queue()

    async def join(self, **account: str) -> None:
        """Join."""
        fields = {name: Secret(text) for name, text in account.items()}
        credentials = Credentials(peer_id="", account="air" if account else "", fields=fields)
        async with asyncio.timeout(60):
            await self.transport.join(Joining(credentials), self._seen.put_nowait)

    async def expect(self, kind: type[Any]) -> Any:
        """Return the next delivery of a kind; others are left out."""
        async with asyncio.timeout(60):
            while not isinstance(found := await self._seen.get(), kind):
                pass
        return found


async def test_what_gateways_hand_on(broker: Mosquitto, gateway: Gateway) -> None:
    """It is read with the channel's key, once; the rest is passed over."""
    listener = Listener(f"mqtt://127.0.0.1:{broker.port}", channels=("LongFast", "Hiking"))
    await listener.join(keys=f"Hiking={HIKING}")
    text = Packet(7, sender=0xA1B2C3D4, data=Data(Port.TEXT, "hello ☀".encode()), hop_start=3)
    gateway.raw("msh/EU_868/2/e/LongFast/!deadbeef", b"\xff\xff")
    gateway.publish(text, ChannelKey("LongFast", channel_key(HIKING)))  # no node has that key
    gateway.publish(text, ChannelKey("Others", channel_key("")))
    for by in ("!deadbeef", "!0000beef"):
        gateway.publish(text, by=by)
    position = Data(Port.POSITION, Position(38.7, -9.1).encoded())
    hiking = ChannelKey("Hiking", channel_key(HIKING))
    gateway.publish(Packet(8, sender=0xA1B2C3D4, data=position), hiking)
    message = await listener.expect(ChatMessage)
    assert (message.text, message.user.id, message.place) == ("hello ☀", "!a1b2c3d4", "")
    assert not message.user.authenticated
    observed = await listener.expect(Observed)
    assert (observed.kind, observed.data["latitude"]) == ("position", 38.7)
    gateway.publish(Packet(9, sender=0xA1B2C3D4, data=Data(Port.TEXT, b"bye")), hiking)
    message = await listener.expect(ChatMessage)
    assert (message.text, message.place) == ("bye", "#Hiking")
    with pytest.raises(NoSuchPlaceError, match="only heard"):
        await listener.transport.say("hi")
    await listener.transport.leave("done")
    assert (await listener.transport.ended()).kind is EndKind.LEFT


async def test_a_broker_that_is_gone(broker: Mosquitto) -> None:
    """It is lost, and found again."""
    listener = Listener(f"mqtt://127.0.0.1:{broker.port}")
    await listener.join()
    broker.stop()
    assert (await listener.transport.ended()).kind is EndKind.LOST
    with pytest.raises(JoinError, match="nothing listens") as caught:
        await listener.join()
    assert caught.value.kind is FailureKind.UNREACHABLE
    broker.start()
    await listener.join()
    assert listener.transport.is_present
    await listener.transport.leave("done", politely=False)


@pytest.mark.parametrize(
    ("says", "kind", "sentence"),
    [
        (b"\x20\x02\x00\x05", FailureKind.UNAUTHORIZED, "the user is not allowed"),
        (b"\x20\x02\x00\x03", FailureKind.UNREACHABLE, "it is not available"),
        (b"\x20\x02\x00\x00\x90\x03\x00\x01\x80", FailureKind.REFUSED, "does not allow the topic"),
        (b"\x20\xff\xff\xff\xff\xff", FailureKind.UNREACHABLE, "is no broker"),
    ],
)
async def test_a_broker_that_refuses(says: bytes, kind: FailureKind, sentence: str) -> None:
    """Each reason has its sentence and its kind."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(says)
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(JoinError, match=sentence) as caught:
            await Listener(f"mqtt://127.0.0.1:{port}").join(user="ann", password="x")
    assert caught.value.kind is kind


def test_packets_in_pieces() -> None:
    """Whole ones are found in whatever pieces; far too long ones are passed over."""
    said = publish("a/b", b"x" * 300) + publish("a", b"y" * 9000) + publish("a", b"z")
    reader, found = MqttReader(), []
    for byte in said:
        found += reader.feed(bytes([byte]))
    assert [one.payload for one in found] == [b"x" * 300, b"z"]
    with pytest.raises(MqttError):
        MqttReader().feed(b"\x30\xff\xff\xff\xff\xff")


def test_hashes_of_channels() -> None:
    """They are those that firmware has for its presets with the default key."""
    hashes = {"LongFast": 0x08, "MediumFast": 0x1F, "ShortFast": 0x70, "LongSlow": 0x0F}
    for name, number in hashes.items():
        assert ChannelKey(name, channel_key("")).hash == number


def test_keys() -> None:
    """They are those that apps show; a wrong one says what may stand there, and not itself."""
    account = RadioAccount(keys=f"Hiking={HIKING} Other=AQ==")
    assert account.keys.get_secret_value()
    for wrong in ("Hiking", "Hiking=abc", "=AQ=="):
        with pytest.raises(ValueError, match="must be") as caught:
            RadioAccount(keys=wrong)
        assert "abc" not in str(caught.value).split("input")[0]


def test_noise() -> None:
    """What is of another channel, or was encrypted otherwise, is not read."""
    packet = LONG_FAST.closed(Packet(7, sender=5, data=Data(Port.TEXT, b"hi")))
    assert LONG_FAST.opened(packet) == Data(Port.TEXT, b"hi")
    assert ChannelKey("Other", LONG_FAST.key).opened(packet) is None
    recorded = bytes.fromhex("e39f62")
    assert LONG_FAST.opened(Packet(1, sender=1, channel=8, encrypted=recorded)) is None
