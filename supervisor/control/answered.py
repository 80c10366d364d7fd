"""Answers that are given again to a client that asks the same once more.

A client whose connection broke does not know whether something was done.  It names its request
(`once`, the console's `Idempotency-Key`) and sends it again: what was done is answered, and what is
being done is waited for, whichever of the two asks.  What has failed is tried anew.

Owns these answers, in memory: with the supervisor they are gone, and what must outlast it has a key
of its own, as jobs have.  Does not own what is asked.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from meshvisor.shared.control.request import Request
from meshvisor.shared.control.results import Result

KEPT: Final = 86400.0
"""Seconds; a page that was open over night may still send its form."""

MOST: Final = 200
"""Answers; the oldest make room."""

_Key = tuple[str, str, bytes]
_Answer = asyncio.Future[Result | None]


class Answered:
    """The answers of one control socket."""

    def __init__(self) -> None:
        self._answers: OrderedDict[_Key, tuple[float, _Answer]] = OrderedDict()

    async def once(
        self, who: str, name: str, request: Request, answer: Callable[[], Awaitable[Result | None]]
    ) -> Result | None:
        """Return the answer to a request that has a name, carried out at most once.

        Args:
            who: asks; no client gets the answer of another one.
            name: of the request, which is the same when it is sent again.
            request: what is asked; one that says something else under the same name is another.
            answer: carries it out.

        Raises:
            MeshvisorError: it cannot be; it is carried out anew when it is asked again.
        """
        self._forget()
        key = (who, name, _digest(request))
        known = self._answers.get(key)
        if known is not None:
            # Not cancelled with one of those who wait for it.
            return await asyncio.shield(known[1])
        task = asyncio.ensure_future(answer())
        self._answers[key] = (time.monotonic(), task)
        task.add_done_callback(lambda done: self._settle(key, done))
        return await asyncio.shield(task)

    # Private

    def _settle(self, key: _Key, done: _Answer) -> None:
        if done.cancelled() or done.exception() is not None:
            self._answers.pop(key, None)

    def _forget(self) -> None:
        oldest = time.monotonic() - KEPT
        while self._answers:
            at, answer = next(iter(self._answers.values()))
            if not answer.done() or (at > oldest and len(self._answers) < MOST):
                return
            self._answers.popitem(last=False)


def _digest(request: Request) -> bytes:
    return hashlib.sha256(request.model_dump_json().encode()).digest()
