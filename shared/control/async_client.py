"""The client of the control socket for programs that run on asyncio, such as the console.

Owns the connection and its deadlines, which are those of `client`, and that tasks which ask at the
same moment wait for each other.  Does not own what is said on it (`conversation`).
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Any, Self

from meshvisor.shared.control.client import LAST_WORDS, PIECE, QUEUE_PAUSE, REQUEST_TIMEOUT
from meshvisor.shared.control.conversation import Conversation


class AsyncControlClient:
    """A connection to the supervisor of one home; make it with `connect`.

    The supervisor answers one request of a connection after another: what should not wait, or a
    stream that goes on meanwhile, needs a connection of its own.  A request whose task is cancelled
    is carried out all the same, and the connection can be used on.

        async with await AsyncControlClient.connect(home) as client:
            status = await client.request("status", actor="web:ann")
    """

    def __init__(self, conversation: Conversation, timeout: float, *, looks_after: bool) -> None:
        self._conversation = conversation
        self._timeout = timeout
        self._may_look = looks_after
        self._looks_after = looks_after
        self._loop = asyncio.get_running_loop()
        self._deadline: float | None = None
        self._is_closed = False
        self._asking = asyncio.Lock()
        self._socket = socket.socket(
            socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        )

    @classmethod
    async def connect(
        cls,
        home: str | os.PathLike[str],
        timeout: float = REQUEST_TIMEOUT,
        *,
        looks_after: bool = True,
    ) -> Self:
        """Return a connection.

        Args:
            home: the home folder.
            timeout: seconds that connecting, and each wait for an answer, may take.
            looks_after: as for `client.ControlClient`.

        Raises:
            NotRunningError: no supervisor runs there.
            MeshvisorError: there is one, but it cannot be reached; the message says why.
        """
        client = cls(Conversation(home), timeout, looks_after=looks_after)
        try:
            await client._connect()
        except BaseException:
            client.close()
            raise
        return client

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, and with it a stream that still runs; idempotent."""
        self._socket.close()

    async def request(self, kind: str, *, timeout: float | None = None, **arguments: Any) -> Any:
        """Ask and return the `result` of the answer.

        Args:
            kind: the request's `type`.
            timeout: seconds to wait for the answer; None: as given to the client.
            arguments: the request's other fields.

        Raises:
            MeshvisorError: the supervisor refused or failed (with the exit code that it named),
                did not answer in time, or went away.
        """
        async with self._asking:
            asking: bytes | None = self._conversation.ask(kind, arguments)
            while asking is not None:
                await self._send(asking)
                self._wait_for(self._timeout if timeout is None else timeout)
                while "ok" not in (answer := await self._receive()):
                    pass
                asking = self._conversation.again(answer)
            return self._conversation.result(answer)

    async def stream(self, kind: str, **arguments: Any) -> AsyncGenerator[dict[str, Any], None]:
        """Ask and yield the events of the answer, for as long as they come.

        Close the generator (`contextlib.aclosing`) before anything else is asked on the connection;
        the next request ends the stream.

        Raises:
            MeshvisorError: as for `request`.
        """
        async with self._asking:
            await self._send(self._conversation.ask(kind, arguments))
            self._wait_for(None)
            while True:
                answer = await self._receive()
                # Nothing may happen for days, and a follower needs no answer to that.
                self._looks_after = False
                if "ok" in answer:
                    self._conversation.result(answer)
                    return
                yield answer["event"]

    # ---- Private -----------------------------------------------------------------------------

    async def _connect(self) -> None:
        deadline = self._loop.time() + self._timeout
        try:
            # Not by the loop, which takes a full queue for a connection that is being made.
            while not self._conversation.connect(self._socket):
                if self._loop.time() > deadline:
                    raise self._conversation.silent()
                await asyncio.sleep(QUEUE_PAUSE)
        except OSError as error:
            raise self._conversation.explained(error) from None

    async def _send(self, asking: bytes) -> None:
        # To the end even if the caller is cancelled: half a frame would spoil all that follow.
        sending = asyncio.ensure_future(self._loop.sock_sendall(self._socket, asking))
        try:
            await asyncio.wait_for(asyncio.shield(sending), self._timeout)
        except TimeoutError:
            sending.cancel()
            raise self._conversation.silent() from None
        except ConnectionError:
            self._is_closed = True  # it may have said why before; `_receive` finds out
        except OSError as error:
            raise self._conversation.explained(error) from None

    def _wait_for(self, seconds: float | None) -> None:
        if self._is_closed:
            seconds = LAST_WORDS
        self._deadline = None if seconds is None else self._loop.time() + seconds
        self._looks_after = self._may_look

    async def _receive(self) -> dict[str, Any]:
        """Return the next event or the reply of the request."""
        while (answer := self._conversation.receive()) is None:
            self._conversation.feed(await self._read())
        return answer

    async def _read(self) -> bytes:
        """Return what comes next; empty when the supervisor has closed the connection."""
        while True:
            left = None if self._deadline is None else self._deadline - self._loop.time()
            if left is not None and left <= 0:
                raise self._conversation.silent()
            half = self._timeout / 2 if self._looks_after else None
            waits = [seconds for seconds in (left, half) if seconds is not None]
            try:
                async with asyncio.timeout(min(waits, default=None)):
                    return await self._loop.sock_recv(self._socket, PIECE)
            except TimeoutError:
                if half is not None:
                    await self._look_after(half)
            except OSError:
                raise self._conversation.gone() from None

    async def _look_after(self, timeout: float) -> None:
        """Make sure that a supervisor still works on the request.

        Raises:
            SilentError: a supervisor that does not answer the simplest question does not.
        """
        other = await self.connect(self._conversation.home, timeout, looks_after=False)
        async with other:
            await other.request("version")
