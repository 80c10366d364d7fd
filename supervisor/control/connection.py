"""One client of the control socket: reads requests, has them answered, writes the answers.

Owns the order (one request at a time), the budget, and the end of a stream when its client
leaves.  Does not own the socket (`server`) or what requests do (`handling`).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pydantic_core import to_json

from meshvisor.shared.control.conversation import REASONS
from meshvisor.shared.control.request import LongRequest
from meshvisor.shared.control.results import Result
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.protocol.codec import without_secrets
from meshvisor.shared.protocol.frames import MAX_FRAME, FrameDecoder, FrameTooLongError, frame
from meshvisor.shared.wording import code_of
from meshvisor.supervisor.control.answered import Answered
from meshvisor.supervisor.control.handling import Call, Handler, Stream
from meshvisor.supervisor.control.parsing import Asked, BadRequestError, parse
from meshvisor.supervisor.control.peer import Peer
from meshvisor.supervisor.services import Services
from meshvisor.supervisor.wordings import BUSY, MANY_FOLLOWERS

log = logging.getLogger(__name__)

PIECE: Final = 64 * 1024
"""Bytes to read at once."""

PART: Final = MAX_FRAME // 4
"""Characters of a result in one frame; as a text in JSON they may take twice as many bytes."""

LONGEST_RESULT: Final = 64 * 1024 * 1024
"""Characters of JSON; the status of a hundred thousand meshes is half of it."""

BUDGET_WINDOW: Final = 1.0
"""Seconds."""

BYTES_PER_WINDOW: Final = 4 * 1024 * 1024
"""Bytes that one client may send within a window before it has to wait for the next."""

REQUESTS_PER_WINDOW: Final = 200
"""Requests of one client within a window, likewise: a status of 500 meshes takes some
milliseconds, so that even a client that asks as fast as it can leaves the loop to others."""

PATIENCE: Final = 3.0
"""Seconds that a request waits for a place: less than the time after which clients take a silence
for a supervisor that hangs (half of `client.REQUEST_TIMEOUT`)."""

TOO_LONG: Final = "The request is longer than a frame may be; ask for less at once."

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Places:
    """Room for the requests that are carried out at the same time, of all clients.

    Args:
        most: how many.
        most_streams: how many of these may be streams, which go on for hours.
    """

    def __init__(self, most: int, most_streams: int) -> None:
        self._most = most
        self._free = asyncio.Semaphore(most)
        self._most_streams = most_streams
        self._streams = 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Have a place while the context lasts.

        Raises:
            MeshvisorError: there was none for `PATIENCE` seconds.
        """
        try:
            async with asyncio.timeout(PATIENCE if self._free.locked() else None):
                await self._free.acquire()
        except TimeoutError:
            raise MeshvisorError(BUSY.said(count=self._most)) from None
        try:
            yield
        finally:
            self._free.release()

    @contextmanager
    def one_stream(self) -> Iterator[None]:
        """Count one more stream while the context lasts.

        Raises:
            MeshvisorError: there are as many as may be.
        """
        if self._streams >= self._most_streams:
            raise MeshvisorError(MANY_FOLLOWERS.said(count=self._streams))
        self._streams += 1
        try:
            yield
        finally:
            self._streams -= 1


@dataclass(frozen=True, slots=True)
class Answering:
    """What all connections of a server answer from."""

    handlers: Callable[[], Mapping[str, Handler]]
    """Returns them by the type of their requests, and may have to load them first."""
    services: Services
    """Who carries requests out."""
    answered: Answered
    """Answers that are given again."""
    places: Places
    """For those that are carried out."""


class ControlConnection:
    """One client.

    Args:
        reader: what it sends.
        writer: what it is sent.
        peer: who it is.
        answering: what its requests are answered from.

    Attributes:
        idle_since: loop time since which no request runs; 0 while one does.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        peer: Peer,
        answering: Answering,
    ) -> None:
        self._answering = answering
        self._reader = reader
        self._writer = writer
        self._peer = peer
        self._loop = asyncio.get_running_loop()
        self._decoder = FrameDecoder()
        self._frames: deque[bytes] = deque()
        self._window_start = 0.0
        self._window_bytes = 0
        self._window_requests = 0
        self._finishing = asyncio.Event()
        self.idle_since = self._loop.time()

    async def run(self) -> None:
        """Answer until the client leaves or sends what cannot be read.

        Raises:
            ConnectionError: the client left in the middle of an answer.
        """
        try:
            while not self._finishing.is_set():
                body = await self._next_frame()
                if body is None:
                    return
                self.idle_since = 0.0
                await self._answer(body)
                self.idle_since = self._loop.time()
        except FrameTooLongError as error:
            log.warning("A control client sent too long a frame: %s", without_secrets(error.head))
            await self.refuse(UsageError(TOO_LONG))

    def finish(self) -> None:
        """End a stream that runs, and the conversation after the answer that is due."""
        self._finishing.set()

    async def refuse(self, error: MeshvisorError) -> None:
        """Say why nothing will be answered."""
        self._writer.write(refusal(error))
        await self._writer.drain()

    # Reading

    async def _next_frame(self) -> bytes | None:
        while not self._frames:
            if not await self._read():
                return None
        await self._spend(requests=1)
        return self._frames.popleft()

    async def _read(self) -> bool:
        data = await self._reader.read(PIECE)
        if not data:
            return False
        self._frames.extend(self._decoder.feed(data))
        await self._spend(bytes_read=len(data))
        return True

    async def _spend(self, bytes_read: int = 0, requests: int = 0) -> None:
        now = self._loop.time()
        if now - self._window_start >= BUDGET_WINDOW:
            self._window_start, self._window_bytes, self._window_requests = now, 0, 0
        self._window_bytes += bytes_read
        self._window_requests += requests
        if self._window_bytes > BYTES_PER_WINDOW or self._window_requests > REQUESTS_PER_WINDOW:
            await asyncio.sleep(self._window_start + BUDGET_WINDOW - now)

    # Answering

    async def _answer(self, body: bytes) -> None:
        try:
            asked = parse(body, self._answering.handlers())
        except BadRequestError as error:
            await self._fail(error.request_id, str(error), error.exit_code)
            return
        except OSError as error:
            log.exception("What answers requests cannot be loaded")
            await self._fail(None, *_crash("the request", error))
            return
        number = asked.envelope.id
        try:
            async with self._answering.places.one():
                result = await self._carry_out(asked)
        except MeshvisorError as error:
            await self._fail(number, str(error), error.exit_code, _details(error))
        except (ConnectionError, FrameTooLongError):
            raise
        except Exception as error:
            log.exception("The control request '%s' crashed", asked.handler.kind)
            await self._fail(number, *_crash(asked.handler.kind, error))
        else:
            await self._succeed(number, result, getattr(asked.request, "parts", None))

    async def _carry_out(self, asked: Asked) -> Result | None:
        envelope, request = asked.envelope, asked.request
        cause = None if envelope.cause is None else envelope.cause.value
        call = Call(self._peer.acting(envelope.actor, cause), self._answering.services)
        if envelope.once is not None and not isinstance(request, LongRequest):
            return await self._answering.answered.once(
                str(call.actor), envelope.once, request, lambda: self._awaited(asked, call)
            )
        return await self._awaited(asked, call)

    async def _awaited(self, asked: Asked, call: Call) -> Result | None:
        answer = asked.handler.answer(asked.request, call)
        if isinstance(answer, AsyncGenerator):
            with self._answering.places.one_stream():
                await self._stream(asked.envelope.id, answer)
            return None
        # Not cancelled when the client leaves: half a stop would be worse than one unseen.
        return await answer

    async def _stream(self, number: int, events: Stream) -> None:
        """Send events until there are no more, the client leaves, or it sends something else."""
        pump = asyncio.create_task(self._pump(number, events), name="control-stream")
        more = asyncio.create_task(self._read(), name="control-stream-client")
        finish = asyncio.create_task(self._finishing.wait(), name="control-stream-finish")
        tasks = (pump, more, finish)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in (pump, more):
            if not task.cancelled():
                task.result()

    async def _pump(self, number: int, events: Stream) -> None:
        async with aclosing(events):
            async for event in events:
                await self._write({"reply_to": number, "event": event.model_dump(mode="json")})

    # Writing

    async def _succeed(self, number: int, result: Result | None, in_parts: bool | None) -> None:
        """Send a result.

        Args:
            number: of the request.
            result: what it is.
            in_parts: whether it may come in pieces; None: no client could ask for that.
        """
        content = None if result is None else result.model_dump(mode="json")
        try:
            await self._write({"reply_to": number, "ok": True, "result": content})
        except FrameTooLongError:
            text = _as_json(content).decode()
            if in_parts and len(text) <= LONGEST_RESULT:
                await self._succeed_in_parts(number, text)
                return
            sentence = "The answer is longer than a frame may be; ask about fewer meshes or jobs."
            said = {"too_long": True} if in_parts is None else {"too_long": True, "parts": True}
            await self._fail(number, sentence, MeshvisorError.exit_code, said)

    async def _succeed_in_parts(self, number: int, text: str) -> None:
        """Send a result that is longer than a frame: its JSON in pieces, each of them a text."""
        for start in range(0, len(text), PART):
            await self._write({"reply_to": number, "part": text[start : start + PART]})
        await self._write({"reply_to": number, "ok": True, "result": None})

    async def _fail(
        self, number: int | None, sentence: str, exit_code: int, more: Mapping[str, Any] = _NOTHING
    ) -> None:
        await self._write(_failure(number, sentence, exit_code, more))

    async def _write(self, content: Mapping[str, Any]) -> None:
        self._writer.write(frame(_as_json(content)))
        await self._writer.drain()


def refusal(error: MeshvisorError) -> bytes:
    """Return the frame that says why a client gets no answer to whatever it asks."""
    return frame(_as_json(_failure(None, str(error), error.exit_code, _details(error))))


# Private


def _failure(
    number: int | None, sentence: str, exit_code: int, more: Mapping[str, Any]
) -> Mapping[str, Any]:
    return {"reply_to": number, "ok": False, "error": sentence, "exit_code": exit_code, **more}


def _as_json(content: Mapping[str, Any] | None) -> bytes:
    try:
        return json.dumps(content, separators=(",", ":"), allow_nan=False).encode()
    except ValueError:
        # NaN or infinity: null is JSON for every program that reads it.
        return to_json(content, inf_nan_mode="null")


def _details(error: MeshvisorError) -> Mapping[str, Any]:
    """Return what a failure says beyond its sentence and its exit code."""
    code = code_of(error.worded)
    for reason, kind in REASONS.items():
        if isinstance(error, kind):
            return {"reason": reason, **code}
    return code


def _crash(kind: str, error: Exception) -> tuple[str, int, Mapping[str, Any]]:
    """Return what to say about a request that crashed, the exit code, and the reason."""
    from meshvisor.shared.system_errors import explain  # seldom needed

    explained = explain(error)
    if explained is None:
        sentence = f"The supervisor could not carry out '{kind}'; its log says why."
        return sentence, MeshvisorError.exit_code, {"reason": "crash"}
    # What the machine has refused may be said to clients.
    sentence = f"The supervisor could not carry out '{kind}': {explained}"
    return sentence, explained.exit_code, _details(explained)
