"""What gateways publish of a mesh, through an MQTT broker: heard and never answered.

Implements `Transport` for those without a radio of their own who want to know where nodes are.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Callable, Mapping
from typing import Final

from meshvisor.features.meshtastic.address import Endpoint, endpoint
from meshvisor.features.meshtastic.mqtt.packets import (
    ACCOUNT_REASONS,
    CONNACK,
    DISCONNECT,
    PING,
    PUBLISH,
    REASONS,
    REFUSED,
    SUBACK,
    MqttError,
    MqttReader,
    Said,
    connect,
    subscribe,
)
from meshvisor.features.meshtastic.radio.channel_keys import read_keys
from meshvisor.features.meshtastic.radio.places import ChannelPlaces
from meshvisor.features.meshtastic.radio.seen import Seen
from meshvisor.features.meshtastic.wire.client_api import Channel
from meshvisor.features.meshtastic.wire.crypto import ChannelKey, channel_key
from meshvisor.features.meshtastic.wire.envelope import Envelope
from meshvisor.features.meshtastic.wire.protobuf import WireError
from meshvisor.features.meshtastic.worker.failures import CONNECT_ERRORS, join_error
from meshvisor.features.meshtastic.worker.incoming import Incoming
from meshvisor.features.meshtastic.worker.plan import Memory
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.worker.copies import keep_from_copies
from meshvisor.worker.logs.bound import bound_log, notable
from meshvisor.worker.mesh.session_life import NOT_JOINED, SessionLife
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    MAIN,
    CannotEditError,
    Deliver,
    End,
    EndKind,
    JoinError,
    Joining,
    Limits,
    Manners,
    MeshAddress,
    NoSuchPlaceError,
    NotInMeshError,
    Traits,
    User,
)

READ: Final = 16 * 1024

NO_NODE: Final = 0
"""Number of a node that there is not: the bot has none of its own."""

log = bound_log(__name__)


class MqttMesh:
    """One mesh as its gateways hear it.

    Args:
        mesh: its settings are those of `RadioSettings`.
        timings: how long to wait for what.
        now: seconds of a clock that does not go back; None: the loop's.
    """

    def __init__(
        self, mesh: MeshAddress, timings: Timings, now: Callable[[], float] | None = None
    ) -> None:
        self._mesh = mesh
        self._timings = timings
        self._now = now or asyncio.get_running_loop().time
        self._memory: Memory | None = None
        self._session: _MqttSession | None = None

    @property
    def traits(self) -> Traits:
        """Nothing can be said."""
        return Traits()

    @property
    def manners(self) -> Manners:
        """Nothing should be said."""
        return Manners(is_quiet=True)

    @property
    def own_id(self) -> str:
        """The bot is no node."""
        return ""

    @property
    def users(self) -> Mapping[str, User]:
        """The nodes that were heard lately."""
        return self._memory.nodes.present if self._memory is not None else {}

    @property
    def is_present(self) -> bool:
        """Whether the broker hands on what it gets."""
        return self._session is not None and self._session.is_present

    def limits(self, place: str) -> Limits:
        """Return what would fit, if anything could be said."""
        return Limits(self._mesh.settings["max_bytes"], self._mesh.settings["max_parts"])

    async def join(self, joining: Joining, deliver: Deliver) -> None:
        """Connect, and subscribe; see `Transport.join`."""
        if self._memory is None:
            self._memory = Memory(Seen(joining.resume))
        self._session = _MqttSession(self._mesh, self._memory, deliver, self._timings, self._now)
        await self._session.join(joining.credentials)

    async def ended(self) -> End:
        """Return when the connection is over."""
        assert self._session is not None
        return await self._session.ended()

    async def leave(self, reason: str, *, politely: bool = True) -> None:
        """End the connection, if there is one."""
        if self._session is not None:
            await self._session.leave(reason, politely=politely)

    async def say(self, text: str, place: str = MAIN, reply_to: str | None = None) -> str | None:
        """Refuse: what is published at a broker reaches radios that never asked for it."""
        if not self.is_present:
            raise NotInMeshError(f"the bot is not in {self._mesh.mesh_id}")
        raise NoSuchPlaceError("through MQTT a mesh is only heard; a radio can speak in it")

    async def edit(self, sent_id: str, text: str, place: str = MAIN) -> None:
        """Nothing was sent."""
        raise CannotEditError(sent_id)

    async def direct_place(self, user_id: str) -> str:
        """Refuse: no user can be written to."""
        raise NoSuchPlaceError(user_id)

    async def show_typing(self, typing: bool, place: str = MAIN) -> None:
        """Do nothing: there is no such display."""


class _MqttSession(asyncio.Protocol):
    """One connection to a broker."""

    def __init__(
        self,
        mesh: MeshAddress,
        memory: Memory,
        deliver: Deliver,
        timings: Timings,
        now: Callable[[], float],
    ) -> None:
        self._settings = mesh.settings
        self._broker: Endpoint = endpoint(mesh.server)
        self._timings = timings
        self._loop = asyncio.get_running_loop()
        self._reader = MqttReader()
        self._transport: asyncio.Transport | None = None
        self._life = SessionLife()
        self._heard_at = 0.0
        self._unreadable = 0
        names = list(dict.fromkeys([*filter(None, [mesh.address]), *self._settings["channels"]]))
        self._channels = [name.removeprefix("#") for name in names]
        self._keys: list[ChannelKey] = []
        places = ChannelPlaces(
            (Channel(index, name) for index, name in enumerate(self._channels)), "", ""
        )
        self._incoming = Incoming(NO_NODE, places, memory, deliver, now, lambda metrics: None)

    @property
    def is_present(self) -> bool:
        """Whether it has joined, and not ended."""
        return self._life.is_present

    # Life

    async def join(self, credentials: Credentials) -> None:
        """Connect, be let in, and subscribe."""
        account = {
            name: secret.get_secret_value()
            for name, secret in (credentials.fields if credentials.account else {}).items()
        }
        keys = read_keys(account.get("keys", ""))
        self._keys = [ChannelKey(name, keys.get(name, channel_key(""))) for name in self._channels]
        broker, patience = self._broker, self._timings.open
        context = ssl.create_default_context() if broker.is_secure else None
        try:
            async with asyncio.timeout(patience):
                await self._loop.create_connection(
                    lambda: self, broker.host, broker.port, ssl=context
                )
        except CONNECT_ERRORS as error:
            self._life.set_end(NOT_JOINED)
            self._finish()
            raise join_error(error, broker, patience) from error
        try:
            client = f"meshvisor-{secrets.token_hex(6)}"
            user, password = account.get("user", ""), account.get("password", "")
            self._post(connect(client, user, password, round(self._settings["idle_timeout"] * 2)))
            await self._life.join(patience)
        except TimeoutError as error:
            await self._cut(NOT_JOINED)
            raise JoinError(
                f"{broker} has not answered like a broker within {patience:g} s",
                FailureKind.UNREACHABLE,
            ) from error
        except BaseException:
            await self._cut(NOT_JOINED)
            raise
        self._heard_at = self._loop.time()
        self._watch()

    async def ended(self) -> End:
        """Return how it ended, when it has."""
        return await self._life.ended()

    async def leave(self, reason: str, *, politely: bool) -> None:
        """End it."""
        if self._life.is_over:
            return
        if politely:
            self._post(DISCONNECT)
        await self._cut(End(EndKind.LEFT, reason))

    async def _cut(self, end: End) -> None:
        self._life.set_end(end)
        if self._transport is not None:
            self._transport.close() if end.kind is EndKind.LEFT else self._transport.abort()
        await self._life.ended()

    def _finish(self) -> None:
        self._life.finish(
            JoinError(f"{self._broker} has closed the connection", FailureKind.UNREACHABLE)
        )

    def _watch(self) -> None:
        """Ask whether the broker is there, and look whether it has answered the last time."""
        idle = self._settings["idle_timeout"]
        if self._loop.time() - self._heard_at > 1.5 * idle:
            self._life.set_end(End(EndKind.LOST, f"{self._broker}: no answer to a ping"))
            assert self._transport is not None
            self._transport.abort()
            return
        self._post(PING)
        self._life.after("ping", idle, self._watch)

    def _post(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the socket."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if (connection := transport.get_extra_info("socket")) is not None:
            keep_from_copies(connection)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say how it ended."""
        why = str(exc) if exc is not None else "the broker has closed the connection"
        self._life.set_end(End(EndKind.LOST, f"{self._broker}: {why}"))
        self._finish()

    def data_received(self, data: bytes) -> None:
        """Take apart what came."""
        self._heard_at = self._loop.time()
        try:
            for start in range(0, len(data), READ):
                for said in self._reader.feed(data[start : start + READ]):
                    self._take(said)
        except MqttError as error:
            self._life.refuse(
                JoinError(f"{self._broker} is no broker: {error}", FailureKind.UNREACHABLE)
            )
            self._life.set_end(End(EndKind.LOST, f"{self._broker}: {error}"))
            assert self._transport is not None
            self._transport.abort()

    # In

    def _take(self, said: Said) -> None:
        if self._life.end is not None:
            return
        match said.kind:
            case _ if said.kind == CONNACK:
                self._let_in(said.body[1] if len(said.body) > 1 else 1)
            case _ if said.kind == SUBACK:
                self._subscribed(said.body[-1:] == bytes([REFUSED]))
            case _ if said.kind == PUBLISH:
                self._hear(said.payload)
            case _:
                pass

    def _let_in(self, reason: int) -> None:
        if not reason:
            self._post(subscribe(f"{self._settings['topic']}/2/e/#"))
            return
        why = REASONS.get(reason, f"reason {reason}")
        kind = FailureKind.UNAUTHORIZED if reason in ACCOUNT_REASONS else FailureKind.UNREACHABLE
        self._life.refuse(JoinError(f"{self._broker} does not let the bot in: {why}", kind))

    def _subscribed(self, is_refused: bool) -> None:
        if is_refused:
            self._life.refuse(
                JoinError(
                    f"{self._broker} does not allow the topic {self._settings['topic']}/2/e/#",
                    FailureKind.REFUSED,
                )
            )
        else:
            self._life.joined()

    def _hear(self, payload: bytes) -> None:
        try:
            envelope = Envelope.decoded(payload)
        except WireError as error:
            self._unreadable += 1
            if notable(self._unreadable):
                log.warning(
                    "A gateway has published what cannot be read: %s",
                    error,
                    event="radio_unreadable",
                    count=self._unreadable,
                )
            return
        if envelope.channel not in self._channels:
            return
        index = self._channels.index(envelope.channel)
        packet = envelope.packet
        data = packet.data or self._keys[index].opened(packet)
        if data is not None:
            self._incoming.take(packet.readable(data, index), is_live=True)
