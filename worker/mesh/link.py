"""The worker's side of the channel to its supervisor.

Owns sending: the mesh id in every envelope, silence when the supervisor is gone, and a bound on
how many `error` messages are sent.  Does not own what comes in (`worker.mesh.worker`).
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from meshvisor.shared.protocol.channel import Channel, ChannelClosedError, RequestTimeoutError
from meshvisor.shared.protocol.from_worker import AdminRequest, ConnectRequest, JobRequest
from meshvisor.shared.protocol.messages import Error, Message
from meshvisor.shared.protocol.to_worker import AdminResult, JobResult, ToWorker

PERMIT_PATIENCE: Final = 3600.0
"""Seconds after which a connect permit is asked for again.  Thousands of workers may be in line
before this one; but a request that went astray must not keep a mesh out for ever."""

ERRORS_PER_WINDOW: Final = 20
ERROR_WINDOW: Final = 10.0
"""Seconds.  A handler that fails on every message of a busy room would otherwise send more
errors than chat; all of them are in the worker's log."""


class Link:
    """What a worker says to its supervisor."""

    def __init__(self, channel: Channel[ToWorker], mesh_id: str) -> None:
        self._channel = channel
        self._mesh_id = mesh_id
        self._now = asyncio.get_running_loop().time
        self._window_start = self._now()
        self._window_errors = 0
        self.last_error: str | None = None
        """The newest error, for `status_response`."""

    def send(self, message: Message) -> None:
        """Send, or do nothing when the supervisor is gone: whoever watches the channel knows."""
        with contextlib.suppress(ChannelClosedError):
            self._channel.send(message)

    def error(self, sentence: str, source: str, reply_to: int | None = None) -> None:
        """Report an error that does not end the worker; too many at once are left out."""
        # An exception of a plug-in may quote half a character, which no JSON writer takes.
        sentence = sentence.encode("utf-8", "replace").decode()
        self.last_error = sentence
        if self._may_report():
            self.send(
                Error(error=sentence, source=source, reply_to=reply_to, mesh_id=self._mesh_id)
            )

    async def permit(self) -> None:
        """Return when this worker may try to connect once.

        Raises:
            ChannelClosedError: the supervisor is gone.
        """
        while True:
            try:
                await self._channel.request(ConnectRequest(mesh_id=self._mesh_id), PERMIT_PATIENCE)
            except RequestTimeoutError:
                continue
            return

    async def administer(self, request: AdminRequest, patience: float) -> str:
        """Let the supervisor carry out an admin command; return what to say about it.

        Never raises: a supervisor that is gone or does not answer gets a sentence.  What it does
        after `patience` seconds it does unheard.
        """
        try:
            answer = await self._channel.request(request, patience)
        except RequestTimeoutError:
            return f"The supervisor has not answered within {patience:g} s; it may still do it."
        except ChannelClosedError:
            return "The supervisor is gone. Try again in a minute."
        if isinstance(answer, AdminResult):
            return answer.text
        why = f": {answer.error}" if isinstance(answer, Error) else "."
        return f"The supervisor cannot do this{why}"

    async def ask_about_jobs(self, request: JobRequest, patience: float) -> JobResult | str:
        """Let the supervisor answer a request about jobs.

        Never raises: a supervisor that is gone or does not answer gets a sentence instead of an
        answer.  What it does after `patience` seconds it does unheard.
        """
        try:
            answer = await self._channel.request(request, patience)
        except RequestTimeoutError:
            return f"The supervisor has not answered within {patience:g} s; it may still do it."
        except ChannelClosedError:
            return "The supervisor is gone. Try again in a minute."
        if isinstance(answer, JobResult):
            return answer
        why = f": {answer.error}" if isinstance(answer, Error) else "."
        return f"The supervisor cannot do this{why}"

    def _may_report(self) -> bool:
        now = self._now()
        if now - self._window_start >= ERROR_WINDOW:
            self._window_start, self._window_errors = now, 0
        self._window_errors += 1
        return self._window_errors <= ERRORS_PER_WINDOW
