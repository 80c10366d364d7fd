"""Saying something, and knowing what became of it where the server tells.

Owns labels (IRCv3 labeled-response) and what errors mean.  A server with labels and echoes answers
each message with its id or with an error; of others only the connection is known to have taken it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from typing import Final

from meshvisor.features.irc.wire.ctcp import MARK
from meshvisor.features.irc.wire.message import NO_TAGS, Line, written
from meshvisor.features.irc.worker.connection import Connection
from meshvisor.shared.protocol.fields import as_sentence
from meshvisor.worker.logs.bound import bound_log, notable
from meshvisor.worker.mesh.transport import NoSuchPlaceError, NotInMeshError, NotSentError

GONE: Final = frozenset({"401", "403"})
"""Numerics that say that there is no such nick or channel."""

NOT_TAKEN: Final = frozenset({"404", "407", "408", "415", "477", "482", "531", "716", "742"})
"""Numerics that say that a message was not handed on, with its target behind the nick."""

FLOOD_WAITS: Final = 4
"""Times the usual patience that an answer may take: servers delay who speaks much."""

MOST_BATCHES: Final = 100
"""Batches that are open at once; a server has one or two."""

log = bound_log(__name__)


class Speaker:
    """Says things over one connection.

    Args:
        connection: takes lines.
        patience: seconds that an answer takes at most.
    """

    def __init__(self, connection: Connection, patience: float) -> None:
        self._connection = connection
        self._patience = patience
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[str | None]] = {}
        self._batches: dict[str, str] = {}
        """Labels by batches that are answers."""
        self._refused = 0
        self.has_labels = False
        """Whether the server answers each message."""

    async def say(
        self, command: str, target: str, text: str, tags: Mapping[str, str] = NO_TAGS
    ) -> str | None:
        """Send one message; return its id, or None where the server tells none.

        Raises:
            NotInMeshError: the connection is over.
            NoSuchPlaceError: there is no such channel or nick.
            NotSentError: the server did not hand it on.
        """
        text = text.replace(MARK, "") or " "
        if not self.has_labels:
            self._post(written(command, target, text, tags=tags))
            await self._connection.drained()
            return None
        label = f"m{next(self._numbers)}"
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._waiting[label] = answer
        try:
            self._post(written(command, target, text, tags={**tags, "label": label}))
            async with asyncio.timeout(self._patience * FLOOD_WAITS):
                return await answer
        except TimeoutError:
            return None  # it was probably said; to say it again would be worse
        finally:
            del self._waiting[label]

    def answered(self, line: Line) -> bool:
        """Take in a line that answers a message; say whether it was one."""
        if line.command == "BATCH":
            self._batch(line)
            return True
        label = line.tags.get("label") or self._batches.get(line.tags.get("batch", ""), "")
        if not label or (answer := self._waiting.get(label)) is None:
            return False
        if answer.done():
            return True
        if line.command in {"PRIVMSG", "NOTICE"}:
            answer.set_result(line.tags.get("msgid"))
        elif line.command == "ACK":
            answer.set_result(None)
        elif line.command in GONE:
            answer.set_exception(NoSuchPlaceError(_sentence(line)))
        elif line.command in NOT_TAKEN or line.command == "FAIL":
            answer.set_exception(NotSentError(_sentence(line)))
        return True

    def end(self) -> None:
        """Release all waiting callers: the connection is over."""
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(NotInMeshError("the connection to the server is over"))

    def complained(self, line: Line) -> bool:
        """Log that a message was not handed on, where no caller waits for the answer; say whether a
        line was about that.
        """
        if line.command not in NOT_TAKEN:
            return False
        self._refused += 1
        if notable(self._refused):
            log.warning(
                "The server did not hand on what the bot said: %s",
                _sentence(line),
                event="not_sent",
                count=self._refused,
            )
        return True

    # Private

    def _post(self, line: str) -> None:
        if self._connection.is_closing:
            raise NotInMeshError("the connection to the server is over")
        self._connection.post(line)

    def _batch(self, line: Line) -> None:
        reference = line.param(0)
        if reference.startswith("-"):
            self._batches.pop(reference[1:], None)
        elif (label := line.tags.get("label")) and len(self._batches) < MOST_BATCHES:
            self._batches[reference[1:]] = label


def _sentence(line: Line) -> str:
    return as_sentence(f"{line.param(1)}: {line.text}")
