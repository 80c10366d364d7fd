"""The supervisor as a worker sees it: the other end of the channel, in the test's own loop."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from typing import Any, Final, TypeVar

from meshvisor.shared.protocol.channel import Broken, Channel
from meshvisor.shared.protocol.codec import Codec, UnknownMessage
from meshvisor.shared.protocol.fields import SentMinutes
from meshvisor.shared.protocol.from_worker import (
    FROM_WORKER,
    Checkpointed,
    ConnectRequest,
    StatusResponse,
)
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.to_worker import (
    CheckpointKept,
    ConnectPermit,
    Credentials,
    RefreshCredentials,
    Shutdown,
    StatusRequest,
)
from meshvisor.worker.child.start import ChildStart
from meshvisor.worker.mesh.main import serve
from meshvisor.worker.mesh.timings import Timings

PATIENCE: Final = 10.0
"""Seconds that a test waits for what takes milliseconds, on however busy a machine."""

QUICK: Final = replace(
    Timings(), ping=0.1, close=0.5, backoff_first=0.02, backoff_most=0.05, stable=0.0, usage=0.02
)
"""Periods for tests; answers may still take as long as they do in production."""

BOT: Final = Credentials(peer_id="1_bot")

M = TypeVar("M", bound=Message)


def start_params(server: str, mesh_id: str = "lobby", **changes: Any) -> dict[str, Any]:
    """Return the start parameters of a worker, as JSON."""
    return {
        "mesh_id": mesh_id,
        "server": server,
        "command_prefix": ["?"],
        "command_timeout": 5.0,
        "command_concurrency": 4,
        "command_cooldown": 0.0,
        "command_max_age": 0.0,
        "transport": "watch-party",
        "address": "",
        "settings": {},
        "log_level": "debug",
        "memory_limit_bytes": 0,
        **changes,
    }


class SupervisorSide:
    """Permits, listens and asks.

    Args:
        permits: whether connect requests are answered at once.
        sent: what predecessors have sent, as the bot gets it.
    """

    def __init__(self, *, permits: bool = True, sent: SentMinutes = ()) -> None:
        self.permits = permits
        self._sent = sent
        self.keeps = True
        """Whether checkpoints that are waited for are answered at once."""
        self.ended: asyncio.Future[Broken | None] = asyncio.get_running_loop().create_future()
        self._waiting: list[Message] = []
        self._news = asyncio.Event()
        self._channel: Channel

    async def open(self, sock: socket.socket) -> None:
        """Take over this end of the channel."""
        self._channel = await Channel.open(
            sock, Codec(FROM_WORKER), self._take, self.ended.set_result, self._unknown
        )

    def send(self, message: Message) -> None:
        """Tell the worker something."""
        self._channel.send(message)

    def send_bytes(self, data: bytes) -> None:
        """Write what no sane supervisor would."""
        assert self._channel._transport is not None
        self._channel._transport.write(data)

    def close(self) -> None:
        """Be gone."""
        self._channel.close()

    async def request(self, message: Message) -> Message:
        """Ask the worker something."""
        return await self._channel.request(message, PATIENCE)

    async def status(self) -> StatusResponse:
        """Return the worker's answer to `status_request`."""
        answer = await self.request(StatusRequest())
        assert isinstance(answer, StatusResponse)
        return answer

    async def expect(self, kind: type[M]) -> M:
        """Return the next message of this kind, leaving others for later."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for message in self._waiting:
                    if isinstance(message, kind):
                        self._waiting.remove(message)
                        return message
                self._news.clear()
                await self._news.wait()

    def seen(self, kind: type[M]) -> list[M]:
        """Return the messages of this kind that `expect` has not taken."""
        return [message for message in self._waiting if isinstance(message, kind)]

    def permit(self, request: ConnectRequest) -> None:
        """Allow one connect."""
        self.send(ConnectPermit(reply_to=request.id, sent=self._sent))

    def keep(self, checkpoint: Checkpointed) -> None:
        """Say that a checkpoint is kept."""
        self.send(CheckpointKept(reply_to=checkpoint.id))

    def _take(self, message: Message) -> None:
        if self.keeps and isinstance(message, Checkpointed) and message.waits:
            self.keep(message)
        if self.permits and isinstance(message, ConnectRequest):
            self.permit(message)
        self._waiting.append(message)
        self._news.set()

    def _unknown(self, unknown: UnknownMessage) -> None:
        raise AssertionError(f"the worker sent an unknown message: {unknown}")


class RunningWorker:
    """A worker inside the test's loop, and the supervisor's side of it."""

    def __init__(self, side: SupervisorSide, exit_code: asyncio.Task[int]) -> None:
        self.side = side
        self._exit_code = exit_code

    @classmethod
    async def start(
        cls,
        server: str,
        *,
        credentials: Credentials | None = BOT,
        timings: Timings = QUICK,
        permits: bool = True,
        sent: SentMinutes = (),
        **changes: Any,
    ) -> RunningWorker:
        """Start a worker; `credentials` None: it has to wait for some."""
        params = start_params(server, **changes)
        here, there = socket.socketpair()
        side = SupervisorSide(permits=permits, sent=sent)
        await side.open(here)
        start = ChildStart(params["mesh_id"], there, lambda: None, params, alone=False)
        worker = cls(side, asyncio.create_task(serve(start, timings), name="worker"))
        if credentials is not None:
            side.send(RefreshCredentials(credentials=credentials))
        return worker

    async def exit_code(self) -> int:
        """Return how the worker ended, when it has."""
        async with asyncio.timeout(PATIENCE):
            return await asyncio.shield(self._exit_code)

    async def stop(self) -> None:
        """End the worker, if it has not ended yet."""
        if not self._exit_code.done():
            if not self.side.ended.done():
                self.side.send(Shutdown(mode="forced", deadline=1.0))
            await self.exit_code()
        async with asyncio.timeout(PATIENCE):
            await self.side.ended
