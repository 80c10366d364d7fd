"""The worker's side of the channel to its supervisor.

Owns what a worker asks for, and that callers need not know whether the supervisor is there.
Does not own what comes in (`worker.mesh.worker`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from meshvisor.shared.protocol.channel import Channel, ChannelClosedError, RequestTimeoutError
from meshvisor.shared.protocol.from_worker import AdminRequest, ConnectRequest
from meshvisor.shared.protocol.messages import Error, Message
from meshvisor.shared.protocol.to_worker import AdminResult, ConnectPermit
from meshvisor.worker.child.error_reports import ErrorReports

M = TypeVar("M", bound=Message)

PERMIT_PATIENCE: Final = 3600.0
"""Seconds after which a connect permit is asked for again.  Thousands of workers may be in line
before this one; but a request that went astray must not keep a mesh out for ever."""


class Link:
    """What a worker says to its supervisor."""

    def __init__(self, channel: Channel, mesh_id: str, errors: ErrorReports) -> None:
        self._channel = channel
        self._mesh_id = mesh_id
        self.errors: Final = errors
        """Where errors are reported that do not end the worker."""
        self.send: Final = channel.say
        """Sends a message, or does nothing when the supervisor is gone."""

    async def permit(self) -> ConnectPermit:
        """Return when this worker may try to connect once, with what is known of its mesh.

        Raises:
            ChannelClosedError: the supervisor is gone.
        """
        while True:
            try:
                permit = await self._channel.request(
                    ConnectRequest(mesh_id=self._mesh_id), PERMIT_PATIENCE
                )
            except RequestTimeoutError:
                continue
            return permit if isinstance(permit, ConnectPermit) else ConnectPermit()

    def ask_soon(self, request: Message, answered: Callable[[Message], None]) -> None:
        """Have `answered` called with the answer; never when the supervisor is gone."""
        try:
            answer = self._channel.ask(request)
        except ChannelClosedError:
            return

        def hand_on(future: asyncio.Future[Message]) -> None:
            if not future.cancelled() and future.exception() is None:
                answered(future.result())

        answer.add_done_callback(hand_on)

    async def administer(self, request: AdminRequest, patience: float) -> str:
        """Let the supervisor carry out an admin command; return what to say about it.

        Never raises: a supervisor that is gone or does not answer gets a sentence.  What it does
        after `patience` seconds it does unheard.
        """
        answer = await self.ask(request, AdminResult, patience)
        return answer if isinstance(answer, str) else answer.text

    async def ask(self, request: Message, kind: type[M], patience: float) -> M | str:
        """Let the supervisor answer a request of a room.

        Never raises: a supervisor that is gone or does not answer gets a sentence instead of an
        answer.  What it does after `patience` seconds it does unheard.

        Args:
            request: what is asked.
            kind: of the answer.
            patience: seconds to wait for it.
        """
        try:
            answer = await self._channel.request(request, patience)
        except RequestTimeoutError:
            return f"The supervisor has not answered within {patience:g} s; it may still do it."
        except ChannelClosedError:
            return "The supervisor is gone. Try again in a minute."
        if isinstance(answer, kind):
            return answer
        why = f": {answer.error}" if isinstance(answer, Error) else "."
        return f"The supervisor cannot do this{why}"
