"""One mesh worker: what the supervisor says, and what becomes of it.

Owns the parts of a worker, the reading of the channel, and how it all ends.  Called by
`worker.mesh.main`, which owns the process around it.
"""

from __future__ import annotations

import asyncio
import json
from typing import Final

from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol import status_shortcut
from meshvisor.shared.protocol.channel import Broken, Channel, ChannelClosedError
from meshvisor.shared.protocol.codec import Codec, UnknownMessage
from meshvisor.shared.protocol.from_worker import Ready, Usage
from meshvisor.shared.protocol.messages import Error, RestartRequest
from meshvisor.shared.protocol.start import MeshStart
from meshvisor.shared.protocol.to_worker import (
    RefreshAdmins,
    RefreshCredentials,
    RefreshPermissions,
    RestartConnection,
    SendMessage,
    SetInterests,
    Shutdown,
    StatusRequest,
    ToWorker,
)
from meshvisor.worker import memory_limit
from meshvisor.worker.child import ChildStart
from meshvisor.worker.logs.bound import bound_log, notable
from meshvisor.worker.logs.pipe import PipeWriter
from meshvisor.worker.mesh.bot import Bot
from meshvisor.worker.mesh.commands.access import Access
from meshvisor.worker.mesh.commands.dispatcher import Dispatcher, Limits
from meshvisor.worker.mesh.commands.registry import COMMANDS
from meshvisor.worker.mesh.connection import Connection
from meshvisor.worker.mesh.handling import Handling
from meshvisor.worker.mesh.link import Link
from meshvisor.worker.mesh.mesh import Mesh
from meshvisor.worker.mesh.tally import Tally, UsageBatch
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transports.base import End, NotInRoomError
from meshvisor.worker.mesh.transports.protoo import ProtooTransport
from meshvisor.worker.mesh.vitals import Vitals
from meshvisor.worker.threads import THREADS, too_many_abandoned

CODEC: Final[Codec[ToWorker]] = Codec(ToWorker)
"""Made once, before the fork: building it takes longer than everything else at a start."""

TERMINATE_DEADLINE: Final = 3.0
"""Seconds for a graceful end after SIGTERM, which names none."""

FLUSH_PATIENCE: Final = 1.0
"""Seconds for the last messages to the supervisor to leave."""

log = bound_log(__name__)


class MeshWorker:
    """A worker, from its start to its exit code.  Make one with `open`."""

    def __init__(
        self,
        start: ChildStart,
        params: MeshStart,
        timings: Timings,
        log_writer: PipeWriter | None,
    ) -> None:
        self._start = start
        self._mesh_id = params.mesh_id
        self._mesh_id_json = json.dumps(params.mesh_id)
        self._timings = timings
        self._log_writer = log_writer
        self._params = params
        self._outcome: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._channel_gone = asyncio.Event()
        self._polite = True
        self._errors_received = 0
        self._has_asked = False
        self._stopping: asyncio.Task[None] | None = None

    async def run(self) -> int:
        """Be a mesh worker until it is over; return the exit code.

        Steps: take over the channel, build the parts, report ready, keep the bot in its room,
        and leave everything tidy whatever ends it.
        """
        await self._open()
        self._link.send(self._ready())
        life = asyncio.create_task(self._connection.run(), name="connection")
        life.add_done_callback(self._life_ended)
        try:
            return await self._outcome
        finally:
            await self._close(life)

    def finish(self, code: int, *, polite: bool = True) -> None:
        """End the worker with this exit code; the first call counts.

        Args:
            code: see `ChildExit`.
            polite: whether the mesh server is told and given a moment.
        """
        if not self._outcome.done():
            self._polite = polite
            self._outcome.set_result(code)

    def terminate(self) -> None:
        """React to SIGTERM: leave gracefully, at once when it comes a second time."""
        if self._stopping is None:
            self._stop(TERMINATE_DEADLINE)
        else:
            self.finish(ChildExit.DONE, polite=False)

    # Start and end

    def _ready(self) -> Ready:
        admin_only = tuple(command.name for command in COMMANDS if command.admin)
        return Ready(
            commands=COMMANDS.names,
            admin_only=admin_only,
            help=COMMANDS.summaries,
            mesh_id=self._mesh_id,
        )

    async def _open(self) -> None:
        params = self._params
        channel = await Channel.open(
            self._start.channel, CODEC, self._on_message, self._on_close, self._on_unknown
        )
        self._channel: Channel[ToWorker] = channel
        channel.shortcut = self._answer_at_once
        self._link = Link(channel, self._mesh_id)
        self._tally = Tally()
        self._usage = UsageBatch(
            lambda uses: self._link.send(Usage(commands=uses, mesh_id=self._mesh_id)),
            self._timings.usage,
        )
        self._access = Access()
        self._handling = Handling(self._link, self.out_of_memory)
        self._transport = ProtooTransport(params.mesh_id, params.server, self._timings)
        self._mesh = Mesh(params.mesh_id, self._transport, self._tally)
        limits = Limits(
            params.command_prefix,
            params.command_timeout,
            params.command_concurrency,
            params.command_cooldown,
        )
        self._dispatcher = Dispatcher(
            limits, self._handling, self._access, self._link, self._tally, self._usage
        )
        self._bot = Bot(self._mesh, self._dispatcher, self._handling, self._link, self._tally)
        self._connection = Connection(
            self._transport, self._link, self._bot, self._tally, self._timings
        )
        self._vitals = Vitals(self._start.stamp, self._look_after)

    def out_of_memory(self) -> None:
        """End the worker, which has reached its memory limit."""
        self.finish(ChildExit.OUT_OF_MEMORY, polite=False)

    def ask_to_be_replaced(self, reason: str) -> None:
        """Have the supervisor stop this worker politely and start another one."""
        if not self._has_asked:
            self._has_asked = True
            log.warning("The worker asks to be replaced: %s", reason, event="worn_out")
            self._link.send(RestartRequest(mesh_id=self._mesh_id, reason=reason))

    def _look_after(self) -> None:
        """Do with each heartbeat what must not have a timer of its own."""
        if self._log_writer is not None:
            self._log_writer.flush()
        memory_limit.make_room()
        # With `--single-process` it has no process of its own that could be replaced.
        if THREADS.is_full and self._start.alone:
            self.ask_to_be_replaced(too_many_abandoned())

    def _life_ended(self, life: asyncio.Task[End]) -> None:
        if life.cancelled():
            return
        error = life.exception()
        if error is None:
            self.finish(ChildExit.DONE)
        elif isinstance(error, MemoryError):
            self.out_of_memory()
        elif not isinstance(error, ChannelClosedError) and not self._outcome.done():
            self._outcome.set_exception(error)

    async def _close(self, life: asyncio.Task[End]) -> None:
        self._vitals.stop()
        self._dispatcher.stop()
        life.cancel()
        await asyncio.wait({life})
        if self._stopping is not None:
            self._stopping.cancel()
        await self._handling.cancel()
        await self._transport.leave("the bot is leaving", politely=self._polite)
        self._usage.flush()
        self._channel.close()
        try:
            async with asyncio.timeout(FLUSH_PATIENCE):
                await self._channel_gone.wait()
        except TimeoutError:
            pass

    def _stop(self, deadline: float) -> None:
        self._stopping = asyncio.create_task(self._stop_gracefully(deadline), name="stop")

    async def _stop_gracefully(self, deadline: float) -> None:
        """Let running commands end, keeping some of the deadline for the good-byes."""
        self._dispatcher.stop()
        await self._handling.drain(deadline - self._timings.close - FLUSH_PATIENCE)
        self.finish(ChildExit.DONE)

    # The channel

    def _on_message(self, message: ToWorker) -> None:
        # Without a case: answers to questions that nobody waits for any more.
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
            case SetInterests():
                self._bot.interests = message.kinds
            case Shutdown():
                self._shut_down(message)
            case StatusRequest():
                # Not answered by the shortcut, because it came together with other messages.
                self._channel.send_frame(self._status_frame(message.id))
            case Error():
                self._note_error(message)

    def _note_error(self, message: Error) -> None:
        self._errors_received += 1
        if notable(self._errors_received):
            log.warning("The supervisor reports: %s", message.error, event="supervisor_error")

    def _answer_at_once(self, data: bytes) -> bytes | None:
        request = status_shortcut.read_request(data)
        return None if request is None else self._status_frame(request)

    def _status_frame(self, request: int) -> bytes:
        writer = self._log_writer
        status = status_shortcut.Status(
            state=self._connection.state,
            uptime_seconds=self._vitals.uptime,
            event_loop_lag_ms=self._vitals.take_lag_ms(),
            memory_bytes=self._vitals.memory_bytes(),
            counters=self._tally.counts(
                writer.dropped if writer is not None else 0, THREADS.abandoned
            ),
            last_error=self._link.last_error,
        )
        return status_shortcut.write_response(request, self._mesh_id_json, status)

    def _shut_down(self, message: Shutdown) -> None:
        if message.mode == "forced":
            self.finish(ChildExit.DONE, polite=False)
        elif self._stopping is None:
            self._stop(message.deadline)

    async def _say(self, message: SendMessage) -> None:
        try:
            await self._mesh.notify(message)
        except NotInRoomError as error:
            self._link.error(str(error), "send_message", reply_to=message.id)

    def _on_unknown(self, unknown: UnknownMessage) -> None:
        log.warning(
            "The supervisor sent a message of an unknown type",
            event="unknown_message",
            type=unknown.type,
        )
        self._link.error(
            f"this worker knows no message {unknown.type!r}", "protocol", reply_to=unknown.id
        )

    def _on_close(self, broken: Broken | None) -> None:
        self._channel_gone.set()
        if broken is None:
            self.finish(ChildExit.ORPHANED, polite=False)
        else:
            log.error(
                "The supervisor sent what cannot be understood: %s",
                broken.reason,
                event="protocol_broken",
                head=broken.head,
            )
            self.finish(ChildExit.PROTOCOL)
