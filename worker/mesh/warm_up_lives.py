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
import itertools
import socket
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
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
from meshvisor.shared.secret import Secret
from meshvisor.shared.transports import DEFAULT_TRANSPORT, TransportKind, built_in, loaded
from meshvisor.worker.child.start import ChildStart
from meshvisor.worker.loop import ChildLoop
from meshvisor.worker.mesh.warm_up_room import WarmUp, WarmUpRoom

DEADLINE: Final = 5.0
"""Seconds.  A warm-up that takes longer is given up: it only saves memory."""

CODEC: Final = Codec(FROM_WORKER)
"""Made at the import: what that calls is nothing that a worker calls."""

_PEER: Final = "warm_up_bot"

Serve = Callable[[ChildStart], Coroutine[Any, Any, int]]


def warm_up(worker: Serve, kind: TransportKind, lives: int) -> bool:
    """Let `worker` live a few short lives; return whether it did.

    It does not where the transport cannot play a room here, for want of a loopback interface or of
    a shell, or takes too long for it; that is not reported.

    Args:
        worker: `worker.mesh.main.serve`.
        kind: a transport with a warm-up.
        lives: how many, one after the other.
    """
    try:
        with asyncio.Runner(loop_factory=ChildLoop) as runner:
            runner.run(_play(worker, kind, lives))
    except (OSError, TimeoutError):
        return False
    return True


def transports_in(settings_file: Path) -> list[TransportKind]:
    """Return the transports that are worth a warm-up: the default one, whose meshes may be found
    at run time, and those whose names stand in the settings.

    The text is searched and not parsed: the supervisor, which parses it meanwhile, says what is
    wrong in it, and a name that means something else costs a tenth of a second.
    """
    try:
        lines = settings_file.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    said = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    return [
        kind
        for kind in built_in().values()
        if kind.warm_up and (kind.name == DEFAULT_TRANSPORT or kind.name in said)
    ]


def stage(kinds: Iterable[TransportKind]) -> tuple[str, ...]:
    """Return the modules, by how their names begin, that rooms and the supervisor of a warm-up run
    in, and no worker.
    """
    of_kinds = ((kind.warm_up.partition(":")[0], *_of(kind).stage) for kind in kinds)
    return (__name__, "asyncio.runners", "pydantic._internal", *itertools.chain(*of_kinds))


# Private


def _of(kind: TransportKind) -> WarmUp:
    found: WarmUp = loaded(kind.warm_up)
    return found


def _credentials(room: WarmUpRoom) -> Credentials:
    if not room.account:
        return Credentials(peer_id=_PEER)
    fields = {name: Secret(text) for name, text in room.account.items()}
    return Credentials(peer_id="", account=_PEER, fields=fields)


async def _play(worker: Serve, kind: TransportKind, lives: int) -> None:
    async with asyncio.timeout(DEADLINE), _of(kind).room() as room:
        for _ in range(lives):
            await _one_life(worker, kind.name, room)


async def _one_life(worker: Serve, transport: str, room: WarmUpRoom) -> None:
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
    channel.send(RefreshCredentials(credentials=_credentials(room)))
    channel.send(RefreshAdmins(admins=frozenset({"1"})))
    channel.send(RefreshPermissions(requires_admin={"ping": True}))
    start = MeshStart(
        mesh_id="warm_up",
        transport=transport,
        server=room.server,
        address="",
        settings=room.settings,
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
