"""A fleet whose workers are puppets: in the test's own loop, and each says what the test wants.

Manager, spawner (the one for tasks), blocklist, channels and messages are the real ones; time
is moved by hand.  `serve` stands where `worker.mesh.main:serve` stands in production.

    stage = Stage(home, max_processes=1)
    stage.want("lobby")
    lobby = await stage.puppet("lobby")
    lobby.say(Ready())
    await stage.until_state("lobby", MeshState.READY)
    await stage.close()
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.features.fleet.supervisor.checkpoints import Checkpoints
from meshvisor.features.fleet.supervisor.manager import FleetManager
from meshvisor.features.fleet.supervisor.parts import FleetParts
from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh
from meshvisor.features.fleet.supervisor.record import MeshRecord
from meshvisor.features.fleet.supervisor.restraints import Restraints
from meshvisor.playground.watch import Watch
from meshvisor.shared import heartbeat
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from meshvisor.shared.protocol.channel import Broken, Channel
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.from_worker import (
    AdminRequest,
    Connected,
    ConnectionFailed,
    ConnectRequest,
    FailureKind,
    Ready,
    StatusResponse,
)
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.to_worker import (
    TO_WORKER,
    AdminResult,
    ConnectPermit,
    Credentials,
    RefreshCredentials,
    Shutdown,
    StatusRequest,
)
from meshvisor.shared.settings.model import default_settings
from meshvisor.supervisor.children.in_process import InProcessSpawner
from meshvisor.supervisor.children.spawner import Child, SpawnError, SpawnOrder
from meshvisor.supervisor.room_answers import RoomAnswers
from meshvisor.worker.child.start import ChildStart
from tests.clock import ManualClock
from tests.stopping import stopping

ENTRY: Final = f"{__name__}:run"
"""What the manager starts; tests put it in the place of `worker_lives.WORKER_ENTRY`."""

SERVER: Final = "ws://127.0.0.1:1"

BOT: Final = Credentials(peer_id="1_bot")


async def no_feature_answers(mesh_id: str, request: AdminRequest) -> AdminResult:
    """Say that there is no feature that answers."""
    return AdminResult(ok=False, text=f"nobody in {mesh_id} answers {request.command}")


def room_answers() -> RoomAnswers:
    """Have admin commands answered by `no_feature_answers`, as it is when the fleet is made."""
    answers = RoomAnswers()
    answers.add(AdminRequest, no_feature_answers, lambda text: AdminResult(ok=False, text=text))
    return answers


M = TypeVar("M", bound=Message)
T = TypeVar("T")

_enter: Callable[[Puppet], None]
"""Of the stage that is in use: tests run one after the other."""


async def serve(start: ChildStart) -> int:
    """Be a puppet until the test, the supervisor or the end of the channel ends it."""
    puppet = Puppet(start)
    await puppet.open()
    _enter(puppet)
    try:
        return await puppet.ended
    finally:
        puppet.leave()


class Puppet:
    """One life of a worker.

    Attributes:
        polite: it ends when it is asked to.
        answers: it answers status requests.
        ended: its exit code, once it has ended by itself.
    """

    def __init__(self, start: ChildStart) -> None:
        self.start = start
        self.mesh_id = start.name
        self.polite = True
        self.answers = True
        self.status = StatusResponse(
            state="connected", uptime_seconds=1, event_loop_lag_ms=2, memory_bytes=3
        )
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._said_to: list[Message] = []
        self._watch = Watch()
        self._channel: Channel

    async def open(self) -> None:
        """Take the channel over."""
        self._channel = await Channel.open(
            self.start.channel, Codec(TO_WORKER), self._take, self._closed
        )

    def say(self, message: Message) -> None:
        """Tell the supervisor something."""
        self._channel.send(message)

    def say_bytes(self, data: bytes) -> None:
        """Write what no sane worker would."""
        self._channel.send_frame(data)

    def fail(self, kind: FailureKind = FailureKind.REFUSED, error: str = "no") -> None:
        """Say that a connect has failed."""
        self.say(ConnectionFailed(attempt=1, error=error, kind=kind))

    def end(self, code: int = ChildExit.CRASHED) -> None:
        """Exit."""
        if not self.ended.done():
            self.ended.set_result(code)

    def leave(self) -> None:
        """Close what belongs to this life."""
        self._channel.close()

    def heard(self, kind: type[M]) -> list[M]:
        """Return the messages to it so far that were not taken with `hear`."""
        return [message for message in self._said_to if isinstance(message, kind)]

    async def has_heard(self, kind: type[M]) -> None:
        """Return when it got a message of this kind, and leave it for later."""
        await self._watch.until(lambda: self.heard(kind), what=kind.__name__)

    async def hear(self, kind: type[M]) -> M:
        """Return the next message of this kind, leaving others for later."""
        await self.has_heard(kind)
        message = self.heard(kind)[0]
        self._said_to.remove(message)
        return message

    def _take(self, message: Message) -> None:
        self._said_to.append(message)
        if isinstance(message, Shutdown) and self.polite:
            self.end(ChildExit.DONE)
        if isinstance(message, StatusRequest) and self.answers:
            self.say(msgspec.structs.replace(self.status, reply_to=message.id))
        self._watch.changed()

    def _closed(self, broken: Broken | None) -> None:
        self.end(ChildExit.ORPHANED)


class Stage:
    """A fleet manager and everything that it works with.

    Args:
        home: where its blocklist is.
        can_dump: whether its workers have processes of their own.
        restraints: what bots hold back with from before.
        fleet: settings of `[fleet]`; unlikely ones are not checked.
    """

    def __init__(
        self,
        home: Home,
        *,
        can_dump: bool = False,
        restraints: Restraints | None = None,
        **fleet: Any,
    ) -> None:
        global _enter  # noqa: PLW0603 - the spawner finds `serve` by its name only
        _enter = self._entered
        self.clock = ManualClock()
        self._memory = heartbeat.create()
        self.heartbeats = HandMovedHeartbeats(self._memory, self.clock)
        self.spawner = GatedSpawner(home.root, (), self.heartbeats)
        self.blocklist = Blocklist(home.below("blocklist.json"), self.clock)
        self.settings = default_settings().replaced(FleetSettings().model_copy(update=fleet))
        self.watch = Watch()
        self.spawner.ordered = self.watch.changed
        self._puppets: list[Puppet] = []
        self.checkpoints = Checkpoints()
        self.restraints = restraints or Restraints(self.clock.wall)
        self.fleet = FleetManager(
            self.settings,
            FleetParts(
                spawner=self.spawner,
                heartbeats=self.heartbeats,
                blocklist=self.blocklist,
                clock=self.clock,
                initial_state=lambda _network: (Codec.encode(RefreshCredentials(credentials=BOT)),),
                answers=room_answers(),
                checkpoints=self.checkpoints,
                restraints=self.restraints,
                attach_log=lambda mesh_id, descriptor, ended: None,
                can_dump=can_dump,
                jitter=lambda least, most: most,
            ),
        )
        self.fleet.listen(self.watch.changed)

    async def close(self) -> None:
        """End all puppets."""
        force = asyncio.Event()
        force.set()
        self.spawner.gate.set()
        await self.fleet.close(0.01, force)
        await self.spawner.stop(stopping())
        self.heartbeats.close()
        os.close(self._memory)

    # ---- What tests do -----------------------------------------------------------------------

    def want(self, *mesh_ids: str, server: str = SERVER, stale: bool = False, **what: Any) -> None:
        """Do what discovery does with its result, of this very moment.

        Args:
            mesh_ids: which meshes it has found.
            server: of all of them.
            stale: whether they are only remembered.
            what: else is said of each (`DiscoveredMesh`).
        """
        meshes = [
            DiscoveredMesh(mesh_id, server, "settings", stale=stale, **what) for mesh_id in mesh_ids
        ]
        self.fleet.want(meshes, self.clock.monotonic())

    def configure(self, **fleet: Any) -> list[str]:
        """Change settings of `[fleet]`; returns the meshes whose workers are replaced."""
        changed = self.settings.of(FleetSettings).model_copy(update=fleet)
        self.settings = self.settings.replaced(changed)
        return self.fleet.configure(self.settings)

    def advance(self, seconds: float) -> None:
        """Let time pass, and what is due happen."""
        self.clock.advance(seconds)
        self.fleet.changed()
        # Its own timer goes by the loop's clock.
        self.fleet.connections.configure(self.settings.of(FleetSettings))

    async def connected(self, *mesh_ids: str) -> list[Puppet]:
        """Lead the present workers of these meshes into their rooms."""
        puppets = [await self.puppet(mesh_id) for mesh_id in mesh_ids]
        for puppet in puppets:
            puppet.say(Ready())
            puppet.say(ConnectRequest())
        for puppet in puppets:
            await puppet.hear(ConnectPermit)
            puppet.say(Connected())
            await self.until_state(puppet.mesh_id, MeshState.CONNECTED)
        return puppets

    # ---- What tests see ----------------------------------------------------------------------

    def record(self, mesh_id: str = "lobby") -> MeshRecord:
        """Return what is known of a mesh."""
        return self.fleet.records[mesh_id]

    async def puppet(self, mesh_id: str = "lobby", after: Puppet | None = None) -> Puppet:
        """Return the living worker of a mesh, when there is one besides `after`."""

        def find() -> Puppet | None:
            living = [p for p in self._puppets if p.mesh_id == mesh_id and not p.ended.done()]
            return next((p for p in living if p is not after), None)

        return await self.until(find, f"a worker of {mesh_id}")

    def lives(self, mesh_id: str = "lobby") -> int:
        """Count the workers that a mesh has ever had."""
        return sum(puppet.mesh_id == mesh_id for puppet in self._puppets)

    async def until(self, find: Callable[[], T | None], what: str = "a condition") -> T:
        """Return the first value of `find` that is true."""
        return await self.watch.until(find, what=what)

    async def until_count(self, count: Callable[[], int], wanted: int) -> None:
        """Return when there are that many."""
        await self.until(lambda: count() == wanted, f"{wanted} of them")

    async def until_state(self, mesh_id: str, state: MeshState) -> MeshRecord:
        """Return what is known of a mesh, when it is in this state."""

        def find() -> MeshRecord | None:
            record = self.fleet.records.get(mesh_id)
            return record if record is not None and record.state is state else None

        try:
            return await self.until(find)
        except TimeoutError:
            now = self.record(mesh_id).state
            raise AssertionError(f"{mesh_id} is {now} and not {state}") from None

    async def settled(self) -> None:
        """Return when the fleet has had the chance to do what it must not do."""
        for _ in range(20):
            await asyncio.sleep(0)

    def _entered(self, puppet: Puppet) -> None:
        self._puppets.append(puppet)
        self.watch.changed()


class GatedSpawner(InProcessSpawner):
    """Starts puppets as tasks; tests hold it up and have it refuse.

    Attributes:
        gate: while it is not set, no worker is started.
        refusal: why no worker can be started.
        orders: all that it was given.
        ordered: called for each.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.gate = asyncio.Event()
        self.gate.set()
        self.refusal: str | None = None
        self.orders: list[SpawnOrder] = []
        self.ordered: Callable[[], None] = lambda: None

    async def spawn(self, order: SpawnOrder) -> Child:
        """Start a child."""
        self.orders.append(order)
        self.ordered()
        await self.gate.wait()
        if self.refusal is not None:
            raise SpawnError(self.refusal)
        return await super().spawn(order)


class HandMovedHeartbeats(HeartbeatTable):
    """Stamps with the time that tests move."""

    def __init__(self, descriptor: int, clock: ManualClock) -> None:
        super().__init__(descriptor)
        self._clock = clock

    def stamp(self, slot: int) -> None:
        """Write the moved time into a slot."""
        self._slots[slot] = round(self._clock.monotonic() * 1e9)
