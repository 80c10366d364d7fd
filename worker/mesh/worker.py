"""One mesh worker: the supervisor's messages, and their handling.

Owns the parts of a worker, the messages to it and how it leaves its room.  Does not own what every
child has (`worker.child.child`).  Made by `worker.mesh.main`.
"""

from __future__ import annotations

import asyncio
from typing import Final

from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.channel import Channel, ChannelClosedError
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.from_worker import (
    LONGEST_SENT,
    CommandDone,
    MessageSent,
    PositionRow,
    Presence,
    ProgressSent,
    Ready,
    SeenRow,
    StatusResponse,
    Usage,
    UsageCounts,
)
from meshvisor.shared.protocol.messages import Message, type_of
from meshvisor.shared.protocol.start import MeshStart
from meshvisor.shared.protocol.to_worker import (
    TO_WORKER,
    RefreshAdmins,
    RefreshCredentials,
    RefreshPermissions,
    RestartConnection,
    RunCommand,
    SendMessage,
    SetInterests,
    StatusRequest,
)
from meshvisor.worker.child.child import Child
from meshvisor.worker.child.start import ChildStart
from meshvisor.worker.logs.pipe import PipeWriter
from meshvisor.worker.mesh.bot import Bot
from meshvisor.worker.mesh.broken_transport import BrokenTransport, made
from meshvisor.worker.mesh.commands.access import CommandAccess
from meshvisor.worker.mesh.commands.asked import AskedMessage
from meshvisor.worker.mesh.commands.dispatcher import Dispatcher, Limits
from meshvisor.worker.mesh.commands.registry import COMMANDS
from meshvisor.worker.mesh.connection import MeshConnection
from meshvisor.worker.mesh.handling import Handling
from meshvisor.worker.mesh.link import Link
from meshvisor.worker.mesh.mesh import Mesh
from meshvisor.worker.mesh.outgoing import Outgoing
from meshvisor.worker.mesh.presence import PresenceBatch
from meshvisor.worker.mesh.spending import Spending
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import End, MeshAddress, NotInMeshError, Transport, User
from meshvisor.worker.mesh.usage import CountBatch, Counting, Tally, UsageBatch
from meshvisor.worker.threads import THREADS

CODEC: Final = Codec(TO_WORKER)
"""Prepared once, before the fork: warming up reads with it."""


class MeshWorker(Child):
    """A worker, from its start to its exit code."""

    noun = "worker"

    def __init__(
        self,
        start: ChildStart,
        params: MeshStart,
        timings: Timings,
        log_writer: PipeWriter | None,
    ) -> None:
        super().__init__(start, {"mesh_id": params.mesh_id}, timings, log_writer)
        self._params = params
        self._timings = timings
        self._stopping: asyncio.Task[None] | None = None

    # Start and end

    async def open_channel(self) -> Channel:
        """Open the channel to the supervisor, which `on_message` then reads."""
        return await Channel.open(
            self.start.channel, CODEC, self.on_message, self.on_close, self.on_unknown
        )

    def begin(self) -> None:
        """Build the parts, report ready, and keep the bot in its room."""
        params = self._params
        self._link = Link(self.channel, params.mesh_id, self.errors)
        self._tally = Tally()
        self._usage = UsageBatch(
            lambda uses: self._link.send(Usage(commands=uses, mesh_id=params.mesh_id)),
            self._timings.usage,
        )
        self._counts = CountBatch(
            lambda counts: self._link.send(UsageCounts(counts=counts, mesh_id=params.mesh_id)),
            self._timings.usage,
        )
        self._presence = PresenceBatch(self._tell_presence, self._timings.usage)
        self._access = CommandAccess()
        self._handling = Handling(self._link, self.out_of_memory)
        address = MeshAddress(
            params.mesh_id, params.server, params.address, params.settings, params.places
        )
        self._transport: Transport = (
            BrokenTransport(params.broken)
            if params.broken
            else made(params.transport, address, self._timings)
        )
        outgoing = Outgoing(self._transport)
        self._spending = Spending(self._link, params.mesh_id, outgoing.pace, outgoing.now)
        outgoing.on_spent = self._spending.spent
        self._mesh = Mesh(params.mesh_id, self._transport, self._tally, outgoing)
        self._mesh.on_progress_sent = self._tell_progress
        limits = Limits(
            params.command_prefix,
            params.command_timeout,
            params.command_concurrency,
            params.command_cooldown,
            params.command_max_age,
            None if params.places is None else frozenset(params.places),
        )
        counting = Counting(self._tally, self._usage, self._counts)
        self._dispatcher = Dispatcher(limits, self._handling, self._access, self._link, counting)
        self._bot = Bot(
            self._mesh, self._dispatcher, self._handling, self._link, counting, self._presence
        )
        self._connection = MeshConnection(
            self._transport, self._link, self._bot, self._tally, self._timings, self._spending
        )
        self.say(self._ready())
        self._life = asyncio.create_task(self._connection.run(), name="connection")
        self._life.add_done_callback(self._life_ended)

    def stop(self, deadline: float) -> None:
        """Let running commands end, keeping some of the deadline for the good-byes."""
        self._stopping = asyncio.create_task(self._stop_gracefully(deadline), name="stop")

    async def end(self) -> None:
        """Leave the room."""
        self._dispatcher.stop()
        self._life.cancel()
        await asyncio.wait({self._life})
        if self._stopping is not None:
            self._stopping.cancel()
        await self._handling.cancel()
        await self._transport.leave("the bot is leaving", politely=self.is_polite)
        self._usage.flush()
        self._counts.flush()
        self._presence.flush()
        self._bot.checkpoints.stop()
        self._spending.tell()

    def _tell_presence(self, seen: tuple[SeenRow, ...], positions: tuple[PositionRow, ...]) -> None:
        self._link.send(Presence(seen=seen, positions=positions, mesh_id=self._params.mesh_id))

    def _tell_progress(self, handle: str, sent_id: str, place: str) -> None:
        if max(len(sent_id), len(place)) <= LONGEST_SENT:
            mesh_id = self._params.mesh_id
            self._link.send(
                ProgressSent(handle=handle, sent_id=sent_id, place=place, mesh_id=mesh_id)
            )

    def _ready(self) -> Ready:
        admin_only = tuple(command.name for command in COMMANDS if command.admin)
        return Ready(
            commands=COMMANDS.names,
            admin_only=admin_only,
            help=COMMANDS.summaries,
            mesh_id=self._params.mesh_id,
        )

    def _life_ended(self, life: asyncio.Task[End]) -> None:
        if life.cancelled():
            return
        error = life.exception()
        if error is None:
            self.finish(ChildExit.DONE)
        elif isinstance(error, MemoryError):
            self.out_of_memory()
        elif not isinstance(error, ChannelClosedError):
            self.crash(error)

    async def _stop_gracefully(self, deadline: float) -> None:
        self._dispatcher.stop()
        patience = deadline - self._timings.close - self._timings.flush
        self._mesh.drain_within(patience)
        await self._handling.drain(patience)
        self.finish(ChildExit.DONE)

    # What the supervisor says

    def react(self, message: Message) -> None:
        """React to the messages that only workers get."""
        match message:
            case RefreshCredentials():
                self._connection.use(message.credentials)
            case RefreshAdmins():
                self._access.admins = message.admins
            case RefreshPermissions():
                self._access.requires_admin = message.requires_admin
            case RestartConnection():
                self._connection.restart()
            case SendMessage():
                self._handling.start(self._say(message), "send_message")
            case RunCommand():
                self._handling.start(self._run_command(message), "run_command")
            case SetInterests():
                self._bot.interests = message.kinds
                self._counts.is_wanted = type_of(UsageCounts) in message.kinds
                self._presence.is_wanted = type_of(Presence) in message.kinds

    def answer_status(self, request: StatusRequest) -> None:
        """Say how it is."""
        writer = self.log_writer
        self.say(
            StatusResponse(
                mesh_id=self._params.mesh_id,
                reply_to=request.id,
                state=self._connection.state,
                uptime_seconds=self.vitals.uptime,
                event_loop_lag_ms=self.vitals.take_lag_ms(),
                memory_bytes=self.vitals.memory_bytes(),
                counters=self._tally.counts(
                    writer.dropped if writer is not None else 0, THREADS.abandoned
                ),
                last_error=self.errors.last,
            )
        )

    async def _run_command(self, order: RunCommand) -> None:
        user = User(order.user_id, order.user_name or order.user_id)
        asked = AskedMessage(self._mesh, "", user, order.command, is_said=order.is_said)
        error = await self._dispatcher.run_asked(asked)
        self._link.send(
            CommandDone(
                mesh_id=self._params.mesh_id,
                reply_to=order.id,
                replies=tuple(asked.replies),
                error=error,
            )
        )

    async def _say(self, message: SendMessage) -> None:
        is_report = message.kind in ("outcome", "question")
        done, alone = True, False
        try:
            alone = await self._mesh.notify(message)
        except NotInMeshError as error:
            # The answer to a report is below.
            reply_to = None if is_report else message.id
            self.errors.report(str(error), "send_message", reply_to=reply_to)
            done = False
        except Exception as error:  # noqa: BLE001 - whatever a transport raises; again it would, too
            self._handling.failed(error, "send_message")
        if is_report:
            self._link.send(
                MessageSent(
                    mesh_id=self._params.mesh_id,
                    reply_to=message.id,
                    done=done,
                    alone=alone or None,
                )
            )
