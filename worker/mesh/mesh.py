"""The mesh as handlers see it: who is there, and a way to speak.

Owns saying things: splitting, places, counting.  Does not own whose turn it is (`outgoing`).
Handed to every command and event handler.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final, NamedTuple

from meshvisor.shared.protocol.to_worker import SendMessage
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.logs.records import cut
from meshvisor.worker.mesh.outgoing import Outgoing, OutgoingFullError, Pause
from meshvisor.worker.mesh.splitting import shorten, split
from meshvisor.worker.mesh.transport import (
    MAIN,
    CannotEditError,
    Manners,
    NoSuchPlaceError,
    NotInMeshError,
    NotSentError,
    Traits,
    Transport,
    User,
)
from meshvisor.worker.mesh.usage import Tally
from meshvisor.worker.mesh.waiting import Urgency, Wanted

MAX_HANDLES: Final = 256
"""Messages that can be edited; jobs that report at the same time are fewer."""

CUT: Final = "… (the rest was too long)"

ELLIPSIS: Final = " …"

ENOUGH_PARTS: Final = 4
"""Messages of which one may be spent on `CUT`; where a text has fewer, its last one ends with
`ELLIPSIS`."""

MAX_LOGGED: Final = 100
"""Characters in the log of what cannot be said."""

RETRIES: Final = (2.0, 10.0, 60.0)
"""Seconds until an outcome or a question that the network did not take is said again, at least."""

LONGEST_RETRY: Final = 600.0
"""Seconds after which nothing is said again, whatever the network wants."""

URGENCIES: Final[Mapping[str | None, Urgency]] = {
    "outcome": Urgency.REPORT,
    "question": Urgency.REPORT,
    "progress": Urgency.PROGRESS,
    None: Urgency.CHATTER,
}
"""How soon what the supervisor wants said is said, by `SendMessage.kind`."""

log = bound_log(__name__)


class _Sent(NamedTuple):
    """A message that can be changed."""

    sent_id: str
    place: str
    """Where it was said."""


class Mesh:
    """One mesh that the bot takes part in.

    Args:
        mesh_id: its id.
        transport: the way into it.
        tally: counts messages.
        outgoing: whose turn it is to speak; None: a queue by the loop's clock.
    """

    def __init__(
        self,
        mesh_id: str,
        transport: Transport,
        tally: Tally,
        outgoing: Outgoing | None = None,
    ) -> None:
        self._id = mesh_id
        self._transport = transport
        self._tally = tally
        self._outgoing = outgoing or Outgoing(transport)
        self._sent: dict[str, _Sent] = {}
        """Messages by the handles under which they can be edited, the oldest first."""
        self.on_progress_sent: Callable[[str, str, str], None] = lambda handle, sent_id, place: None
        """Called when progress is said in a new message: with its handle, its id and its place."""
        self._started = asyncio.get_running_loop().time()
        self._joined_at: float | None = None
        """When the bot came into the room (loop time); None while it is not there."""

    @property
    def id(self) -> str:
        """The mesh id."""
        return self._id

    @property
    def own_id(self) -> str:
        """The bot's own user id in this mesh; empty before it was there for the first time."""
        return self._transport.own_id

    @property
    def users(self) -> Mapping[str, User]:
        """Who is in the room, by user id, without the bot; empty while it is unknown."""
        return self._transport.users

    @property
    def uptime(self) -> float:
        """Seconds since the bot of this mesh was started."""
        return asyncio.get_running_loop().time() - self._started

    @property
    def connected_for(self) -> float | None:
        """Seconds since the bot came into the room; None while it is not there."""
        if self._joined_at is None:
            return None
        return asyncio.get_running_loop().time() - self._joined_at

    @property
    def traits(self) -> Traits:
        """What the network can do."""
        return self._transport.traits

    @property
    def manners(self) -> Manners:
        """How much may be said."""
        return self._transport.manners

    async def send(
        self, text: str, reply_to: str | None = None, place: str = MAIN
    ) -> tuple[str, ...]:
        """Say something; a text that is too long for one message is split.

        Parts of two texts never mix.  An empty text says nothing.  Where the network sets a pace
        it may take a while: answers come first.

        Args:
            text: what to say.
            reply_to: id of the message that this answers.
            place: where, as `MessageEvent.place`; left out: the mesh's own room.

        Returns:
            The ids of the messages, for `edit` and `DeliveryEvent`; of networks without ids none.

        Raises:
            NotInMeshError: the bot is not in the mesh; parts may have been sent.
            OutgoingFullError: too much waits to be said; a kind of NotInMeshError.
            NoSuchPlaceError: there is no such place (any more); a kind of NotSentError.
            NotSentError: the network did not take it; parts may have been sent.
        """
        urgency = Urgency.CHATTER if reply_to is None else Urgency.ANSWER
        return await self.say(text, urgency, place, reply_to)

    async def edit(self, sent_id: str, text: str, place: str = MAIN) -> None:
        """Change a message that the bot has sent.

        Args:
            sent_id: as `send` has returned it.
            text: what it shall say.
            place: where it was sent.

        Raises:
            NotInMeshError: the bot is not in the mesh.
            OutgoingFullError: too much waits to be said.
            CannotEditError: it cannot be changed (any more), or the network changes none
                (`traits.editing`).
            NotSentError: the network did not take it this time.
            ValueError: the text is empty or does not fit one message.
        """
        text = text.strip()
        if not self._transport.traits.editing:
            raise CannotEditError("messages cannot be changed on this network")
        async with self._turn(text, place, Urgency.CHATTER) as pause:
            parts = self._parts(text, place)
            if len(parts) != 1:
                raise ValueError("a message is changed to one message, no more and no less")
            await pause(_size(parts[0]))
            await self._transport.edit(sent_id, parts[0], place)

    async def answer(
        self, text: str, user_id: str, place: str, reply_to: str | None
    ) -> tuple[str, ...]:
        """Answer a user where they asked, or alone where the network's manners want that.

        Raises:
            NotInMeshError: as `send`.
            OutgoingFullError: as `send`.
            NotSentError: as `send`.
        """
        if self._transport.manners.answers_directly and self._transport.traits.direct:
            with contextlib.suppress(NoSuchPlaceError):
                alone = await self._transport.direct_place(user_id)
                # A message elsewhere cannot be pointed at.
                place, reply_to = alone, reply_to if alone == place else None
        return await self.say(text, Urgency.ANSWER, place, reply_to)

    async def say(
        self, text: str, urgency: Urgency, place: str = MAIN, reply_to: str | None = None
    ) -> tuple[str, ...]:
        """Say something as urgently as it is; otherwise like `send`."""
        text = text.strip()
        if not text:
            return ()
        async with self._turn(text, place, urgency) as pause:
            return await self._say(self._parts(text, place), place, reply_to, pause)

    async def notify(self, notice: SendMessage) -> bool:
        """Say what the supervisor wants said, in the best way that the transport has.

        Where it can edit, progress with a handle replaces the last one with the same; where it can
        write to people alone, a notice for a user goes to them.  Otherwise it is said in its place.
        Where that is gone it is said to its user alone, and in no other place; what cannot be said
        there either is left out.  An outcome or a question that the network does not take is said
        again a few times; whatever else it does not take is left out.

        Returns:
            Whether it was said to its user alone.

        Raises:
            NotInMeshError: the bot is not in the mesh; parts may have been sent.
            OutgoingFullError: too much waits to be said.
        """
        unsaid: dict[str, list[str]] = {}
        waits = RETRIES if URGENCIES[notice.kind] is Urgency.REPORT else ()
        for wait in (*waits, None):
            try:
                return await self._notify_once(notice, unsaid)
            except NotSentError as error:
                delay = max(wait or 0, error.retry_after or 0)
                if wait is None or delay > LONGEST_RETRY:
                    _note_unsaid(f"{error}: the network has not taken this", notice.text)
                    return False
                await self._outgoing.sleep(delay)
        return False

    # The connection

    def entered(self) -> None:
        """Take in that the bot has come into the mesh."""
        self._joined_at = asyncio.get_running_loop().time()
        self._outgoing.back()

    def left(self) -> None:
        """Take in that the bot has left or lost the mesh."""
        self._joined_at = None
        self._outgoing.lost()

    def drain_within(self, seconds: float) -> None:
        """Give up what will not be said within so many seconds, after which the bot leaves."""
        self._outgoing.drain_within(seconds)

    # Private

    def _turn(
        self, text: str, place: str, urgency: Urgency, subject: str | None = None
    ) -> AbstractAsyncContextManager[Pause]:
        def want() -> Wanted:
            sizes = [_size(part) for part in self._parts(text, place)]
            manners = self._transport.manners
            cost = sum(manners.cost_of(size, place) for size in sizes)
            return Wanted(urgency, sum(sizes), len(sizes), cost, subject)

        return self._outgoing.turn(place, want)

    async def _say(
        self, parts: list[str], place: str, reply_to: str | None, pause: Pause
    ) -> tuple[str, ...]:
        """Say something in a place, in this very turn; return the ids.

        Takes out of `parts` what is said.
        """
        sent: list[str] = []
        while parts:
            await pause(_size(parts[0]))
            sent_id = await self._transport.say(parts[0], place, reply_to)
            del parts[0]
            self._tally.messages_sent += 1
            if sent_id:
                sent.append(sent_id)
            reply_to = None
        return tuple(sent)

    async def _notify_once(self, notice: SendMessage, unsaid: dict[str, list[str]]) -> bool:
        """Say a notice in the first of its places that there is.

        Args:
            notice: what the supervisor wants said.
            unsaid: the messages that are left to say in each place, for another attempt.
        """
        urgency = URGENCIES[notice.kind]
        try:
            async for place, reply_to, alone in self._places(notice):
                text = (
                    notice.text.strip() if alone else f"{notice.address or ''}{notice.text.strip()}"
                )
                with contextlib.suppress(NoSuchPlaceError):
                    async with self._turn(text, place, urgency, notice.handle) as pause:
                        parts = unsaid.setdefault(place, self._parts(text, place))
                        await self._notify(notice, parts, place, reply_to, pause)
                        return alone
        except OutgoingFullError:
            if urgency is not Urgency.PROGRESS:
                raise
        else:
            _note_unsaid("there is no place to say this", notice.text)
        return False

    async def _notify(
        self,
        notice: SendMessage,
        parts: list[str],
        place: str,
        reply_to: str | None,
        pause: Pause,
    ) -> None:
        if await self._edit_last(notice, parts, pause):
            return
        sent = await self._say(parts, place, reply_to, pause)
        if notice.kind == "progress" and notice.handle is not None and sent:
            self._remember(notice.handle, _Sent(sent[-1], place))
            if self._transport.traits.editing:
                self.on_progress_sent(notice.handle, sent[-1], place)

    async def _places(self, notice: SendMessage) -> AsyncIterator[tuple[str, str | None, bool]]:
        """Yield where a notice may be said, best first, which message there it answers, and whether
        its user alone reads there.

        Never the mesh's own room where it belongs somewhere else: others read there.
        """
        place = (notice.place or MAIN, notice.reply_to_message, notice.is_direct)
        is_first = self._is_for_one(notice)
        if notice.is_direct:
            yield place
        if is_first and (alone := await self._alone(notice)) is not None:
            yield alone, None, True
        is_worth_it = notice.kind != "progress" or not self._transport.manners.is_quiet
        if not notice.is_direct and is_worth_it:
            yield place
            if not is_first and (alone := await self._alone(notice)) is not None:
                yield alone, None, True

    async def _alone(self, notice: SendMessage) -> str | None:
        """Return where a notice reaches its user alone; None: nowhere."""
        if notice.to_user is None or not self._transport.traits.direct:
            return None
        with contextlib.suppress(NoSuchPlaceError):
            return await self._transport.direct_place(notice.to_user)
        return None

    def _is_for_one(self, notice: SendMessage) -> bool:
        """Say whether a notice is rather said to its user alone, where that is possible."""
        if notice.kind == "outcome" and not notice.is_direct:
            return self._transport.manners.answers_directly
        return True

    async def _edit_last(self, notice: SendMessage, parts: list[str], pause: Pause) -> bool:
        """Change the last progress with this handle; False: there is none that can be."""
        last = self._last_progress(notice)
        if last is None or len(parts) != 1 or not self._transport.traits.editing:
            return False
        try:
            await pause(_size(parts[0]))
            await self._transport.edit(last.sent_id, parts[0], last.place)
        except CannotEditError:
            self._sent.pop(notice.handle or "", None)
            return False
        return True

    def _last_progress(self, notice: SendMessage) -> _Sent | None:
        """Return what was said last of what a notice is about; None: nothing that is known.

        What this worker has said is newer than what it hears of a message before it.
        """
        if notice.kind != "progress" or notice.handle is None:
            return None
        before = _Sent(notice.changes, notice.changes_in or MAIN) if notice.changes else None
        return self._sent.get(notice.handle, before)

    def _remember(self, handle: str, sent: _Sent) -> None:
        self._sent.pop(handle, None)
        self._sent[handle] = sent
        if len(self._sent) > MAX_HANDLES:
            del self._sent[next(iter(self._sent))]

    def _parts(self, text: str, place: str) -> list[str]:
        limits = self._transport.limits(place)
        # What is left out anyway is not cut into messages first: that takes the longer the more
        # there is.
        most = limits.max_parts * limits.max_bytes
        parts = split(text[:most], limits.max_bytes, lines=limits.lines, fences=limits.fences)
        if len(parts) <= limits.max_parts and len(text) <= most:
            return parts
        if limits.max_parts >= ENOUGH_PARTS:
            return [*parts[: limits.max_parts - 1], CUT]
        *kept, last = parts[: limits.max_parts]
        return [*kept, shorten(last, limits.max_bytes, ELLIPSIS)]

    @contextlib.asynccontextmanager
    async def typing(self, place: str = MAIN) -> AsyncIterator[None]:
        """Show in a place that the bot is writing, for as long as the block runs."""
        await self._show_typing(True, place)
        try:
            yield
        finally:
            await self._show_typing(False, place)

    async def _show_typing(self, typing: bool, place: str) -> None:
        # A mere courtesy; what is said next will raise if it must.
        with contextlib.suppress(NotInMeshError):
            await self._transport.show_typing(typing, place)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _note_unsaid(why: str, text: str) -> None:
    log.warning("%s: %s", why[:1].upper() + why[1:], cut(text, MAX_LOGGED), event="unsaid")
