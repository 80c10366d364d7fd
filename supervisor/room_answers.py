"""Who answers what people in rooms ask the supervisor for.

Owns the table from kinds of requests to those who answer them, which features fill.  Does not own
taking requests from workers, nor how many at a time (`features.fleet.supervisor.room_requests`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from meshvisor.shared.protocol.messages import Message

M = TypeVar("M", bound=Message)


class _Answerer(msgspec.Struct, frozen=True):
    """The handler of a kind of request."""

    answer: Callable[[str, Any], Awaitable[Message]]
    refuse: Callable[[str], Message]


class RoomAnswers:
    """The handlers of requests from rooms, by their kinds."""

    def __init__(self) -> None:
        self._answerers: dict[type[Message], _Answerer] = {}

    def add(
        self,
        kind: type[M],
        answer: Callable[[str, M], Awaitable[Message]],
        refuse: Callable[[str], Message],
    ) -> None:
        """Have requests of a kind answered.

        Args:
            kind: class of the request.
            answer: given the mesh id and the request; handles whatever goes wrong itself.
            refuse: makes an answer that says a text, where no feature can be asked.
        """
        self._answerers[kind] = _Answerer(answer, refuse)

    def knows(self, message: Message) -> bool:
        """Say whether a feature answers such a request."""
        return type(message) in self._answerers

    async def answer(self, mesh_id: str, request: Message) -> Message:
        """Have a request answered; only one that is known."""
        return await self._answerers[type(request)].answer(mesh_id, request)

    def refused(self, request: Message, text: str) -> Message:
        """Return the answer that says `text` in the place of a real one."""
        return self._answerers[type(request)].refuse(text)
