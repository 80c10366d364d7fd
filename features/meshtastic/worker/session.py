"""One stay at a radio: a connection from its first message to its end.

Owns life: what the radio says first, a radio that has fallen silent, one that has started anew,
and how it ends.  Does not own what is heard (`incoming`), what is said (`speaker`), nor the
connection itself (`connection`).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Final

from meshvisor.features.meshtastic.radio.airtime import Airtime
from meshvisor.features.meshtastic.radio.places import ChannelPlaces
from meshvisor.features.meshtastic.radio.state import RadioState
from meshvisor.features.meshtastic.wire.client_api import (
    FromRadio,
    Heard,
    QueueStatus,
    Rebooted,
    from_radio,
    goodbye,
    heartbeat,
    want_config,
)
from meshvisor.features.meshtastic.wire.node_ids import node_id
from meshvisor.features.meshtastic.wire.packet import Packet, Port
from meshvisor.features.meshtastic.wire.payloads import DeviceMetrics
from meshvisor.features.meshtastic.wire.protobuf import WireError
from meshvisor.features.meshtastic.worker.connection import Connection
from meshvisor.features.meshtastic.worker.failures import CONNECT_ERRORS, join_error
from meshvisor.features.meshtastic.worker.incoming import SWEEP, Incoming
from meshvisor.features.meshtastic.worker.plan import Memory, Plan
from meshvisor.features.meshtastic.worker.speaker import Speaker
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.logs.bound import bound_log, notable
from meshvisor.worker.mesh.session_life import NOT_JOINED, SessionLife, SilenceWatch
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    Deliver,
    End,
    EndKind,
    JoinError,
    NoSuchPlaceError,
    Remark,
)

SPECIAL: Final = frozenset({69420, 69421})
"""Numbers with which a radio is asked for less than everything."""

KEPT_FOR: Final = 2.0
"""Seconds after the radio has said all in which what it hands on may have been kept by it."""

LONGEST_INTRODUCTION: Final = 120.0
"""Seconds until the radio has said all that it knows: some hundred nodes, over a slow port."""

log = bound_log(__name__)


class RadioSession:
    """One connection.

    Args:
        plan: what it is to do.
        memory: what earlier sessions know.
        deliver: called for everything that comes in.
        timings: how long to wait for what.
        now: seconds of any clock that does not go back, by which nodes are there or gone.
    """

    def __init__(
        self,
        plan: Plan,
        memory: Memory,
        deliver: Deliver,
        timings: Timings,
        now: Callable[[], float],
    ) -> None:
        self._radio = plan.radio
        self._settings = plan.settings
        self._home = plan.home
        self._answered = plan.places
        self._memory = memory
        self._takeovers = memory.takeovers
        self._deliver = deliver
        self._timings = timings
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._connection = Connection(self._take, self._closed)
        self._config_number = _config_number()
        self._state = RadioState(self._config_number)
        self._life = SessionLife()
        self._silence = SilenceWatch(
            self._life,
            plan.settings["idle_timeout"],
            lambda: self._heard_at,
            lambda: self._connection.post(heartbeat()),
            self._fell_silent,
        )
        self._heard_at = 0.0
        """When the radio has last said what can be read (loop time).  Other bytes are no sign of
        life: the console of a serial port prints on when the radio hangs."""
        self._unreadable = 0
        self._complete_at = 0.0
        self.speaker = Speaker(
            self._connection.post, deliver, timings.request, plan.settings["gap"]
        )
        self.airtime = Airtime(None, plan.settings["airtime"])
        """How much may be said."""
        self.channels = ChannelPlaces((), "", "")
        self.on_metrics: Callable[[DeviceMetrics], None] = lambda metrics: None
        """Called with how the radio is doing."""
        self._incoming: Incoming | None = None

    @property
    def is_present(self) -> bool:
        """Whether a message could be sent now."""
        return self._life.is_present

    @property
    def own_id(self) -> str:
        """The radio's id."""
        return node_id(self._state.me.number) if self._state.me is not None else ""

    @property
    def hop_limit(self) -> int:
        """How many times what is said may be repeated."""
        lora = self._state.lora
        return self._settings["hop_limit"] or (lora.hop_limit if lora is not None else 0) or 3

    # Life

    async def join(self) -> None:
        """Connect, and hear what the radio says of itself; see `Transport.join`."""
        try:
            await self._connection.open(self._radio, self._timings.open)
        except BaseException as error:
            # It was never open, so that nothing will tell of its end.
            self._closed("", False)
            if isinstance(error, CONNECT_ERRORS):
                raise join_error(error, self._radio, self._timings.open) from error
            raise
        patience = self._timings.open
        self._heard_at = self._loop.time()
        try:
            self._connection.post(want_config(self._config_number))
            await self._life.join_while_heard(
                lambda: self._heard_at, patience, LONGEST_INTRODUCTION
            )
        except TimeoutError as error:
            await self._cut(NOT_JOINED)
            raise JoinError(
                f"{self._radio} has not answered like a radio within {patience:g} s",
                FailureKind.UNREACHABLE,
            ) from error
        except BaseException:
            await self._cut(NOT_JOINED)
            raise
        if unanswered := self.channels.unanswered(self._answered):
            self._deliver(Remark(unanswered))
        self._watch()

    async def ended(self) -> End:
        """Return how it ended, when it has."""
        return await self._life.ended()

    async def leave(self, reason: str, *, politely: bool) -> None:
        """End it; see `Transport.leave`."""
        if self._life.is_over:
            return
        self._set_end(End(EndKind.LEFT, reason))
        if politely:
            self._connection.post(goodbye())
            self._life.after("closing", self._timings.close, self._connection.abort)
        else:
            self._connection.abort()
        await self._life.ended()

    async def _cut(self, end: End) -> None:
        self._set_end(end)
        self._connection.abort()
        await self._life.ended()

    def _set_end(self, end: End) -> None:
        if self._life.set_end(end):
            self.speaker.end()

    def _lose(self, reason: str) -> None:
        """End it from within, to come back."""
        self._set_end(End(EndKind.LOST, reason))
        self._life.refuse(JoinError(reason, FailureKind.UNREACHABLE))
        self._connection.abort()

    def _closed(self, why: str, in_good_order: bool) -> None:
        reason = f"{self._radio}: {why}" if why else "the connection broke"
        is_taken = in_good_order and self.is_present
        self._set_end(self._takeovers.end(self._now()) if is_taken else End(EndKind.LOST, reason))
        self._life.finish(JoinError(reason, FailureKind.UNREACHABLE))

    # Silence

    def _watch(self) -> None:
        self._silence.begin()
        self._life.after("sweep", SWEEP, self._sweep)

    def _fell_silent(self, patience: float) -> None:
        self._lose(f"{self._radio}: no answer to a heartbeat within {patience:g} s")

    def _sweep(self) -> None:
        assert self._incoming is not None
        self._incoming.sweep()
        self._life.after("sweep", SWEEP, self._sweep)

    # In

    def _take(self, message: bytes) -> None:
        if self._life.end is not None:
            return
        try:
            said = from_radio(message)
            self._heard_at = self._loop.time()
            if said is not None:
                self._sort(said)
        except WireError as error:
            self._unreadable += 1
            if notable(self._unreadable):
                log.warning(
                    "The radio has said what cannot be read: %s",
                    error,
                    event="radio_unreadable",
                    count=self._unreadable,
                )
        except Exception as error:
            # A mistake of ours must cost this connection and not the worker.
            log.error("The stay ended with an internal error", exc_info=error, event="stay_crashed")
            self._lose("internal error, see the log")

    def _sort(self, said: FromRadio) -> None:
        match said:
            case Rebooted():
                self._takeovers.explained()
                if self.is_present:
                    self._lose(f"{self._radio} has started anew")
            case QueueStatus():
                self.speaker.answered(said)
            case Heard(packet) if self._incoming is not None:
                self._hear(packet, self._loop.time() >= self._complete_at + KEPT_FOR)
            case _ if not self._state.is_complete:
                if self._state.take(said):
                    self._complete()
            case _:
                pass

    def _hear(self, packet: Packet, is_live: bool) -> None:
        assert self._incoming is not None
        assert self._state.me is not None
        if packet.data is not None and packet.data.port == Port.ROUTING:
            self.speaker.routed(packet, self._state.me.number)
        else:
            self._incoming.take(packet, is_live=is_live)

    def _measured(self, metrics: DeviceMetrics) -> None:
        self.on_metrics(metrics)

    def _complete(self) -> None:
        """Take in that the radio has said all."""
        state = self._state
        assert state.me is not None
        if state.lora is not None and not state.lora.region:
            self._life.refuse(
                JoinError(
                    f"{self._radio} has no region and sends nothing; choose one with the "
                    "Meshtastic app",
                    FailureKind.REFUSED,
                )
            )
            return
        try:
            self.channels = ChannelPlaces(state.channels.values(), state.channel_name, self._home)
        except NoSuchPlaceError as error:
            self._life.refuse(JoinError(f"{self._radio}: {error}", FailureKind.REFUSED))
            return
        self._takeovers.joined(state.me.reboots)
        self.airtime = Airtime(state.lora, self._settings["airtime"])
        self._incoming = Incoming(
            state.me.number,
            self.channels,
            self._memory,
            self._deliver,
            self._now,
            self._measured,
        )
        wall = time.time()
        for info in state.nodes.values():
            self._incoming.known(info, wall)
        self._complete_at = self._loop.time()
        self._life.joined()
        for packet in state.early:
            self._hear(packet, is_live=False)
        state.nodes.clear()
        state.early.clear()


def _config_number() -> int:
    while (number := secrets.randbelow(0x7FFF_FFFF) + 1) in SPECIAL:
        pass
    return number
