"""The engine's connections to the supervisor.

Owns that requests are carried out, some at a time, until their outcome is known, and what an error
means for a step.  Does not own what they are.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from meshvisor.features.workflows.engine.exchange import Done
from meshvisor.features.workflows.engine.execution import Request
from meshvisor.shared.control.async_client import AsyncControlClient
from meshvisor.shared.errors import CrashError, MeshvisorError, NotRunningError, UsageError

log = logging.getLogger(__name__)

CONNECTIONS: Final = 8
"""Requests that are carried out at the same time; the socket serves 64 clients."""
PATIENCE: Final = 30.0
"""Seconds that a request may take."""
AGAIN: Final = 0.5
"""Seconds before one is repeated that found no supervisor."""


class Link:
    """Connections to the supervisor of a home."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._idle: list[AsyncControlClient] = []
        self._places = asyncio.Semaphore(CONNECTIONS)

    async def follow(
        self, engine: str, kinds: Sequence[str]
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Yield what the supervisor tells.

        Args:
            engine: names this life of the engine.
            kinds: of events, for which it is woken.

        Raises:
            MeshvisorError: it is gone.
        """
        client = await AsyncControlClient.connect(self._home)
        async with client:
            async for item in client.stream("workflows_link", engine=engine, kinds=list(kinds)):
                yield item

    async def tell(self, kind: str, **arguments: Any) -> Any:
        """Ask the supervisor for something of the engine's own.

        Raises:
            MeshvisorError: it refuses, or is not there.
        """
        async with self._client() as client:
            return await client.request(kind, timeout=PATIENCE, **arguments)

    async def carry_out(self, request: Request) -> Done:
        """Have a request carried out; return what came of it, whenever that is known."""
        while True:
            try:
                found = await self.tell(
                    "workflows_act",
                    workflow=request.workflow,
                    owner=request.owner,
                    key=request.key,
                    request=request.request,
                    follows=request.cause or None,
                )
            except NotRunningError:
                # This process ends with the supervisor; a moment between two is passed over.
                await asyncio.sleep(AGAIN)
                continue
            except CrashError as error:
                return Done(request, error=str(error), known=False)
            except UsageError as error:
                return Done(request, error=str(error))
            except MeshvisorError as error:
                return Done(request, error=str(error), known=False)
            return Done(request, found["result"])

    def close(self) -> None:
        """Close those that are idle."""
        while self._idle:
            self._idle.pop().close()

    @asynccontextmanager
    async def _client(self) -> AsyncGenerator[AsyncControlClient, None]:
        async with self._places:
            client = self._idle.pop() if self._idle else None
            if client is None:
                client = await AsyncControlClient.connect(self._home)
            try:
                yield client
            except UsageError:
                self._idle.append(client)
                raise
            except BaseException:
                client.close()
                raise
            self._idle.append(client)
