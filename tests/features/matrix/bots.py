"""A transport in a room, for tests of Matrix."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

from meshvisor.features.matrix.mesh_settings import MatrixSettings
from meshvisor.features.matrix.worker.transport import make
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.shared.secret import Secret
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import Checkpoint, Incoming, Joining, MeshAddress
from tests.homeservers import PATIENCE

T = TypeVar("T")

QUICK: Final = Timings(request=30.0)
"""On a busy machine an answer may take a while."""


class Bot:
    """One bot in one room.

    Args:
        server: address of the homeserver.
        room: id or alias.
        account: what `[accounts.matrix]` holds.
        timings: how long it waits for what.
        settings: of the mesh.
    """

    def __init__(
        self,
        server: str,
        room: str,
        account: dict[str, str],
        timings: Timings = QUICK,
        **settings: Any,
    ) -> None:
        own = MatrixSettings(**settings).model_dump(mode="json")
        self.transport = make(MeshAddress("room", server, room, own), timings)
        fields = {name: Secret(text) for name, text in account.items()}
        self._credentials = Credentials(peer_id="", account="matrix", fields=fields)
        self.seen: list[Incoming] = []
        self._news = asyncio.Event()

    async def join(self, resume: str | None = None) -> None:
        """Get into the room."""
        async with asyncio.timeout(PATIENCE):
            await self.transport.join(Joining(self._credentials, resume), self._take)

    async def expect(self, kind: type[T], fits: Callable[[T], bool] = lambda one: True) -> T:
        """Return the next delivery of a kind that fits; earlier ones are forgotten."""
        async with asyncio.timeout(PATIENCE):
            while True:
                while self.seen:
                    one = self.seen.pop(0)
                    if isinstance(one, Checkpoint):
                        self.token = one.token
                    if isinstance(one, kind) and fits(one):
                        return one
                self._news.clear()
                await self._news.wait()

    async def leave(self) -> None:
        """End the session."""
        await self.transport.leave("the test is over", politely=False)

    def _take(self, incoming: Incoming) -> None:
        self.seen.append(incoming)
        self._news.set()
