"""Asking the supervisor: a few connections to its control socket, used in turn.

Owns the connections.  Does not own what is asked, nor in whose name: each call says it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

from meshvisor.console import wordings as say
from meshvisor.shared.control.async_client import AsyncControlClient
from meshvisor.shared.control.client import REQUEST_TIMEOUT
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.paths import Home

MOST_AT_ONCE: Final = 8
"""Requests at a time; the socket has 64 places, and commands need some."""

MOST_STREAMS: Final = 16
"""Streams at a time, likewise."""

KEPT: Final = 0.5
"""Seconds that an answer is good for all who ask the same."""

FRESH: Final = 1.0
"""Seconds that a connection may have been idle; one that was for longer may have had to make room
for another client (`supervisor.control.server`)."""


class Control:
    """Asks the supervisor of one home; make it inside a running event loop."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._idle: list[tuple[AsyncControlClient, float]] = []
        self._turn = asyncio.Semaphore(MOST_AT_ONCE)
        self._streams = asyncio.Semaphore(MOST_STREAMS)
        self._loop = asyncio.get_running_loop()

    async def request(
        self,
        kind: str,
        *,
        actor: str | None = None,
        timeout: float = REQUEST_TIMEOUT,
        **arguments: Any,
    ) -> Any:
        """Ask and return the result.

        Args:
            kind: the request's `type`.
            actor: in whose name; None: that of the console itself.
            timeout: seconds to wait for the answer.
            arguments: the request's other fields.

        Raises:
            MeshvisorError: the supervisor refuses, fails, does not answer or is gone.
        """
        if actor is not None:
            arguments["actor"] = actor
        async with self._turn:
            client = await self._take()
            try:
                result = await client.request(kind, timeout=timeout, **arguments)
            except MeshvisorError as error:
                # A refusal leaves the connection as it was; whatever else it is, it may not.
                self._put_back(client) if error.exit_code == 2 else client.close()
                raise
            except BaseException:
                client.close()
                raise
            self._put_back(client)
            return result

    async def stream(
        self, kind: str, *, actor: str | None = None, **arguments: Any
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Ask and yield the events of the answer, on a connection of its own.

        Close the generator to end it.

        Raises:
            MeshvisorError: as for `request`, or there are too many streams.
        """
        if actor is not None:
            arguments["actor"] = actor
        if self._streams.locked():
            raise MeshvisorError(say.MANY_STREAMS.said(most=MOST_STREAMS))
        async with (
            self._streams,
            await AsyncControlClient.connect(self._home.root) as client,
            aclosing(client.stream(kind, **arguments)) as events,
        ):
            async for event in events:
                yield event

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop()[0].close()

    # Private

    async def _take(self) -> AsyncControlClient:
        while self._idle:
            client, since = self._idle.pop()
            if self._loop.time() - since < FRESH:
                return client
            client.close()
        return await AsyncControlClient.connect(self._home.root)

    def _put_back(self, client: AsyncControlClient) -> None:
        self._idle.append((client, self._loop.time()))


class Fresh:
    """The answer to one question that many ask; make it inside a running event loop.

    Args:
        control: is asked.
        kind: what for.
    """

    def __init__(self, control: Control, kind: str) -> None:
        self._control = control
        self._kind = kind
        self._loop = asyncio.get_running_loop()
        self._asking: asyncio.Task[Any] | None = None
        self._answer: Any = None
        self._until = 0.0

    async def get(self) -> Any:
        """Return an answer that is `KEPT` seconds old at most.

        Raises:
            MeshvisorError: as `Control.request`.
        """
        if self._loop.time() < self._until:
            return self._answer
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(), name=f"ask for {self._kind}")
        # Not cancelled with one of those who wait for it.
        return await asyncio.shield(self._asking)

    # Private

    async def _ask(self) -> Any:
        self._answer = await self._control.request(self._kind)
        self._until = self._loop.time() + KEPT
        return self._answer
