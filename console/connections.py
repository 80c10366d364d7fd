"""What a connection may keep others from: nothing.

Owns that a connection which sends nothing, or its request a byte at a time, is ended, and that
where there are too many the one that has been idle longest makes room.  uvicorn has no such bounds:
600 connections that say nothing would keep all others out for good.  Does not own how many there
may be (`server`), nor clients that take nothing of what they are sent (`TCP_USER_TIMEOUT` there).
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

SENT_WITHIN: Final = 30.0
"""Seconds for a whole request: 1 MiB, the longest body, at 35 KiB a second."""

KEPT_FREE: Final = 50
"""Connections below the most there may be from which on idle ones are ended: at the most itself
uvicorn refuses requests."""


class BoundedProtocol(H11Protocol):
    """One connection; `Config(http=BoundedProtocol)`."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._sending: asyncio.TimerHandle | None = None
        """While a request is to come, or has come in part."""
        self._heard_at = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request, and have the idlest connection make room."""
        super().connection_made(transport)
        self._expect()
        if self.limit_concurrency is not None:
            self._make_room(self.limit_concurrency - KEPT_FREE)

    def data_received(self, data: bytes) -> None:
        """Take it, and go on waiting for the rest."""
        self._heard_at = self.loop.time()
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._expect()
        else:
            self._expect_nothing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._expect_nothing()
        super().connection_lost(exc)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being done for it."""
        # uvicorn's types do not say that there is none before the first request.
        cycle = cast(RequestResponseCycle | None, self.cycle)
        is_at_work = cycle is not None and not cycle.response_complete
        return not is_at_work and not self.transport.is_closing()

    # Private

    def _expect(self) -> None:
        if self._sending is None:
            self._sending = self.loop.call_later(SENT_WITHIN, self.transport.abort)

    def _expect_nothing(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _make_room(self, most: int) -> None:
        if len(self.connections) <= most:
            return
        others = [cast(BoundedProtocol, one) for one in self.connections]
        idle = [one for one in others if one.is_idle and one is not self]
        if idle and sum(not one.transport.is_closing() for one in others) > most:
            min(idle, key=lambda one: one._heard_at).transport.abort()  # noqa: SLF001 - our own
