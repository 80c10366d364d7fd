"""Which `sent` answers which `say` or `edit`.

Owns how long an answer is waited for, and that one which comes twice, late or never does no harm.
"""

from __future__ import annotations

import asyncio
from typing import Final

from meshvisor.features.program.worker.messages import Sent
from meshvisor.shared.protocol.fields import as_sentence
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.mesh.transport import (
    NoSuchPlaceError,
    NotInMeshError,
    NotSentError,
)

PATIENCE: Final = 5.0
"""Seconds that an answer is waited for; nothing else is said in its place meanwhile."""

MOST_MISSING: Final = 3
"""Answers in a row that may be missing; then none is waited for until one comes again."""

GONE: Final = "gone"
"""The kind of an error after which nothing is tried again; any other word means: later."""

log = bound_log(__name__)


class Answers:
    """The answers of one program."""

    def __init__(self) -> None:
        self._last = 0
        self._waiting: dict[int, asyncio.Future[str | None]] = {}
        self._missing = 0

    def next_id(self) -> int:
        """Return the id of the next message."""
        self._last += 1
        return self._last

    async def wait(self, number: int) -> str | None:
        """Return the id of a message that was sent; None: the program has not given one.

        Raises:
            NotSentError: the program could not send it; `take` says which kind of it is raised.
            NotInMeshError: the program has ended meanwhile.
        """
        if self._missing >= MOST_MISSING:
            return None
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            async with asyncio.timeout(PATIENCE):
                return await answer
        except TimeoutError:
            self._missing += 1
            log.warning(
                "The program has not answered what it was told to say within %g s%s",
                PATIENCE,
                ", and is not waited for until it answers again"
                if self._missing >= MOST_MISSING
                else "",
                event="no_answer",
            )
            return None
        finally:
            del self._waiting[number]

    def take(self, sent: Sent) -> None:
        """Take an answer; one that no caller waits for is ignored."""
        if 0 < sent.id <= self._last:
            self._missing = 0  # also by one that is late: there are answers
        answer = self._waiting.get(sent.id)
        if answer is None or answer.done():
            return
        if sent.error is not None:
            answer.set_exception(_error(sent, sent.error))
        else:
            answer.set_result(sent.sent_id or None)

    def give_up(self) -> None:
        """Wait for nothing any more."""
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(NotInMeshError("the program has ended"))


def _error(sent: Sent, text: str) -> NotSentError:
    sentence = as_sentence(text) or "the program could not send it"
    if sent.kind == GONE:
        return NoSuchPlaceError(sentence)
    return NotSentError(sentence, sent.retry_after)
