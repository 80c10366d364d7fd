"""Saying something in the room, once.

Every message has a transaction id, under which the server takes it once however often it comes.  So
what got lost on the way is sent again, and what answers something has the same id in the next life
of the worker.

Owns messages, changes and the sign of writing.  Does not own how often that may be (`Manners`).
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from meshvisor.features.matrix.wire import contents, requests
from meshvisor.features.matrix.wire.refusals import MatrixError
from meshvisor.features.matrix.wire.requests import Request
from meshvisor.features.matrix.worker.client import Client
from meshvisor.features.matrix.worker.failures import FAILURES, sentence
from meshvisor.features.matrix.worker.incoming import Incoming
from meshvisor.features.matrix.worker.members import Members
from meshvisor.worker.mesh.transport import (
    CannotEditError,
    NoSuchPlaceError,
    NotInMeshError,
    NotSentError,
)

RETRIES: Final = (0.2, 1.0, 3.0)
"""Seconds until what did not reach the server is sent again."""

MOST_WAIT: Final = 30.0
"""Seconds that a message waits at most because the account has said too much, in this process or in
others; what would have to wait longer is reported, and reports of jobs wait elsewhere."""

TYPING_MS: Final = 60_000
"""Milliseconds after which a sign of writing is gone by itself."""

MOST_SAID: Final = 500
"""Answers of which is known that they were given, in this life."""

_USER: Final = re.compile(r"@[^\s@:]+:[A-Za-z0-9.\[\]:-]*[A-Za-z0-9\]]")


class Speaker:
    """Says things in one room.

    Args:
        client: makes requests.
        room: its id.
        own_id: the bot's.
        settings: of the mesh.
        members: who can be mentioned.
        incoming: knows who has said what.
    """

    def __init__(
        self,
        client: Client,
        room: str,
        own_id: str,
        settings: Mapping[str, Any],
        members: Members,
        incoming: Incoming,
    ) -> None:
        self._client = client
        self._room = room
        self._own_id = own_id
        self._kind = f"m.{settings['speech']}"
        self._members = members
        self._incoming = incoming
        self._life = os.urandom(6).hex()
        self._numbers = itertools.count(1)
        self._said: OrderedDict[str, int] = OrderedDict()
        """How often the same was said in answer to the same, by transaction."""
        self._free_at = 0.0
        """When the account may say something again (loop time)."""
        self._limit = ""
        """What the server has said of that."""
        self._over = asyncio.Event()
        self._typing = self._typing_sent = False
        self._typist: asyncio.Task[None] | None = None

    async def say(self, text: str, place: str, reply_to: str | None) -> str:
        """Send one message; return its id.

        Raises:
            NotInMeshError: the session is over.
            NoSuchPlaceError: there is no such thread.
            NotSentError: the server did not take it.
        """
        if place and not place.startswith("$"):
            raise NoSuchPlaceError(f"{place} is no thread of {self._room}")
        author = self._incoming.author(reply_to)
        named = [one for one in _USER.findall(text) if one in self._members.users]
        content = contents.message(
            text,
            self._kind,
            thread=place,
            reply_to=reply_to,
            mentions=[*([author] if author else []), *named],
        )
        answer, transaction = self._transaction(text, place, reply_to)
        sent_id = await self._send(transaction, content)
        if answer:
            self._said[answer] = self._said.get(answer, 0) + 1
            self._said.move_to_end(answer)
            while len(self._said) > MOST_SAID:
                self._said.popitem(last=False)
        return sent_id

    async def edit(self, sent_id: str, text: str) -> None:
        """Change a message.

        Raises:
            NotInMeshError: the session is over.
            CannotEditError: there is no such message.
            NotSentError: the server did not take it.
        """
        if not sent_id.startswith("$"):
            raise CannotEditError(f"{sent_id} is no message of {self._room}")
        content = contents.edit(sent_id, text, self._kind)
        await self._send(f"{self._life}.{next(self._numbers)}", content)

    def show_typing(self, typing: bool) -> None:
        """Let others see whether the bot is writing; nothing waits for that."""
        self._typing = typing
        if self._typist is None and typing != self._typing_sent:
            self._typist = asyncio.create_task(self._tell_typing(), name="matrix typing")

    def end(self) -> None:
        """Have nothing wait any longer: the session is over."""
        self._over.set()
        if self._typist is not None:
            self._typist.cancel()

    # Private

    def _transaction(self, text: str, place: str, reply_to: str | None) -> tuple[str, str]:
        """Return what stands for an answer, and the transaction of the next time that it is given.

        What answers nothing may be said twice in the same words, by this life and the next.
        """
        if reply_to is None:
            return "", f"{self._life}.{next(self._numbers)}"
        whole = f"{self._room}\0{place}\0{reply_to}\0{text}"
        answer = hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:32]
        return answer, f"{answer}.{self._said.get(answer, 0)}"

    async def _send(self, transaction: str, content: Mapping[str, Any]) -> str:
        answer = await self._post(requests.send(self._room, "m.room.message", transaction, content))
        try:
            return msgspec.json.decode(answer, type=_Sent).event_id
        except msgspec.DecodeError as error:
            raise NotSentError(sentence(error, self._client.server)) from error

    async def _post(self, request: Request) -> bytes:
        waits = iter(RETRIES)
        give_up_at = asyncio.get_running_loop().time() + MOST_WAIT
        while True:
            await self._until_free(give_up_at)
            try:
                return await self._client.ask(request)
            except FAILURES as error:
                if self._over.is_set():
                    raise NotInMeshError("the session is over") from error
                if isinstance(error, MatrixError) and error.is_limit:
                    self._limited(error)
                    continue
                if isinstance(error, MatrixError) and not error.is_passing:
                    raise NotSentError(sentence(error, self._client.server)) from error
                if (wait := next(waits, None)) is None:
                    raise NotSentError(sentence(error, self._client.server)) from error
                await self._pause(wait)

    def _limited(self, error: MatrixError) -> None:
        free_at = asyncio.get_running_loop().time() + (error.retry_after or 1.0)
        self._free_at = max(self._free_at, free_at)
        self._limit = sentence(error, self._client.server)

    async def _until_free(self, give_up_at: float) -> None:
        now = asyncio.get_running_loop().time
        while (wait := self._free_at - now()) > 0:
            if self._free_at > give_up_at:
                raise NotSentError(self._limit, wait)
            await self._pause(wait)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return
        raise NotInMeshError("the session is over")

    async def _tell_typing(self) -> None:
        try:
            while self._typing != self._typing_sent:
                self._typing_sent = self._typing
                milliseconds = TYPING_MS if self._typing else 0
                await self._client.ask(requests.typing(self._room, self._own_id, milliseconds))
        except FAILURES:
            self._typing_sent = False  # a mere courtesy; it is gone by itself
        finally:
            self._typist = None


class _Sent(msgspec.Struct):
    event_id: str
