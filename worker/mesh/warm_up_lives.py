"""The warm-up: short lives of a worker in the zygote, before the first fork.

What a worker does for the first time costs it memory of its own: the interpreter specialises
bytecode in place, fills caches, compiles patterns.  Done once before the fork, the pages belong
to all workers together, and each starts faster.  What it saves was measured: see
docs/decisions/0012.

Owns the lives.  Does not own the rooms that they are in: the transports that have one play it.
Called by `worker.zygote` through `worker.mesh.main.warm_up`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec

from meshvisor.shared.protocol.channel import Broken, Channel
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.from_worker import FROM_WORKER, Connected, ConnectRequest
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.start import MeshStart
from meshvisor.shared.protocol.to_worker import (
    ConnectPermit,
    Credentials,
    RefreshAdmins,
    RefreshCredentials,
    RefreshPermissions,
    Shutdown,
    StatusRequest,
)
from meshvisor.shared.transports import TransportKind, built_in, loaded
from meshvisor.worker.child.start import ChildStart
from meshvisor.worker.loop import ChildLoop

DEADLINE: Final = 5.0
"""Seconds.  A warm-up that takes longer is given up: it only saves memory."""

STAGE: Final = (
    __name__,
    "asyncio.runners",
    "pydantic._internal",
    "meshvisor.features.watch_party.worker.warm_up",
    "websockets.asyncio",
    "websockets.server",
)
"""Modules, by how their names begin, that the rooms and the supervisor of a warm-up run in, and no
worker."""

CODEC: Final = Codec(FROM_WORKER)
"""Made at the import: what that calls is nothing that a worker calls."""

_PEER: Final = "warm_up_bot"

Serve = Callable[[ChildStart], Coroutine[Any, Any, int]]


def warm_up(worker: Serve, lives: int) -> None:
    """Let `worker` live a few short lives; returns quietly when there is no loopback interface.

    Args:
        worker: `worker.mesh.main.serve`.
        lives: how many, one after the other.
    """
    for kind in built_in().values():
        if kind.warm_up:
            with (
                contextlib.suppress(OSError, TimeoutError),
                asyncio.Runner(loop_factory=ChildLoop) as runner,
            ):
                runner.run(_play(worker, lives, kind))


async def _play(worker: Serve, lives: int, kind: TransportKind) -> None:
    async with asyncio.timeout(DEADLINE), loaded(kind.warm_up)() as server:
        for _ in range(lives):
            await _one_life(worker, kind.name, server)


async def _one_life(worker: Serve, transport: str, server: str) -> None:
    ours, theirs = socket.socketpair()
    ended = asyncio.get_running_loop().create_future()

    def on_close(broken: Broken | None) -> None:
        ended.set_result(broken)

    def on_message(message: Message) -> None:
        if isinstance(message, ConnectRequest):
            channel.send(ConnectPermit(reply_to=message.id))
        elif isinstance(message, Connected):
            channel.send(StatusRequest())
            channel.send(Shutdown(deadline=1.0))

    channel = await Channel.open(ours, CODEC, on_message, on_close)
    channel.send(RefreshCredentials(credentials=Credentials(peer_id=_PEER)))
    channel.send(RefreshAdmins(admins=frozenset({"1"})))
    channel.send(RefreshPermissions(requires_admin={"ping": True}))
    start = MeshStart(
        mesh_id="warm_up",
        transport=transport,
        server=server,
        address="",
        settings={},
        command_prefix=("?",),
        command_timeout=1,
        command_concurrency=1,
        command_cooldown=0,
        command_max_age=0,
        log_level="info",
        memory_limit_bytes=0,
    )
    await worker(
        ChildStart("warm_up", theirs, lambda: None, msgspec.to_builtins(start), alone=False)
    )
    await ended
