"""Who speaks next: one text at a time, and no faster than the transport's manners want.

Owns the queue between `Mesh` and `Transport`.  Where manners set no limits it is a lock: texts are
said in the order in which they come.  Elsewhere they wait here by urgency, their number is bounded,
and what is left out is said so to whoever wanted it said.  Does not own what is said (`mesh`) nor
how fast that may be (`pace`).
"""

from __future__ import annotations

import asyncio
import enum
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from meshvisor.worker.logs.bound import bound_log, notable
from meshvisor.worker.mesh.pace import Pace
from meshvisor.worker.mesh.transport import Manners, NotInRoomError, Transport

MAX_TEXTS: Final = 200
"""Texts that wait.  At a message in two seconds the last one is said after seven minutes; nobody
waits longer for an answer."""

MAX_BYTES: Final = 256 * 1024
"""Bytes of texts that wait: far more than `MAX_TEXTS` of the usual ones, far less than a worker's
memory."""

LONGEST_WAIT: Final = 600.0
"""Seconds after which a text is not said any more: it would answer what everybody has forgotten."""

log = bound_log(__name__)


class Urgency(enum.IntEnum):
    """What is said before what."""

    ANSWER = 0
    """Somebody waits for it in the chat."""
    REPORT = 1
    """An outcome of a job or a question about it, which nobody would say again."""
    CHATTER = 2
    """Whatever else plug-ins and actions say."""
    PROGRESS = 3
    """How far a job is: soon there is something newer."""


class OutgoingFullError(NotInRoomError):
    """A text was not said: too much waits to be said, or it has waited too long.

    Handlers need not catch it, as with any `NotInRoomError`.
    """


class Timer(Protocol):
    """What `CallLater` returns."""

    def cancel(self) -> None:
        """Do not call it any more; idempotent."""
        ...


CallLater = Callable[..., Timer]
"""`loop.call_later`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text that is to be said."""

    urgency: Urgency
    size: int = 0
    """UTF-8 bytes."""
    messages: int = 1
    """How many it will be, as far as is known before its turn."""
    subject: str | None = None
    """What it is about: progress of the same that still waits is left out; None: nothing."""

    @property
    def outlives(self) -> bool:
        """Whether it waits on when the bot loses the mesh: nobody would ask for it again."""
        return self.urgency is Urgency.REPORT

    @property
    def gives_way(self) -> bool:
        """Whether it is left out for what is more urgent, and leaves that the hour's reserve."""
        return self.urgency >= Urgency.CHATTER


@dataclass(eq=False, slots=True)
class Waiting:
    """A text whose turn has not come."""

    wanted: Wanted
    number: int
    turn: asyncio.Future[None]
    timer: Timer | None = field(default=None)


class Outgoing:
    """The queue of one mesh; make it inside a running event loop.

    Args:
        transport: asked for its manners, and whether the bot is in the mesh.
        now: seconds.
        call_later: calls something after so many of these seconds.
    """

    def __init__(
        self,
        transport: Transport,
        now: Callable[[], float] | None = None,
        call_later: CallLater | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self._transport = transport
        self._now = now or loop.time
        self._call_later: CallLater = call_later or loop.call_later
        self._pace = Pace()
        self._speaking = asyncio.Lock()
        self._waiting: list[Waiting] = []
        self._bytes = 0
        self._numbers = itertools.count()
        self._speaker: Waiting | None = None
        """Whose turn it is."""
        self._pause: asyncio.Future[None] | None = None
        """What the speaker waits for between two messages."""
        self._sleepers: set[asyncio.Future[None]] = set()
        """What those wait for who try again later."""
        self._timer: Timer | None = None
        self._left_out = 0

    @property
    def is_paced(self) -> bool:
        """Whether there are limits to keep to."""
        return _is_paced(self._transport.manners)

    # Speaking

    def turn(self, want: Callable[[], Wanted]) -> AbstractAsyncContextManager[None]:
        """Let a text be said in the block, when its turn has come; nobody else speaks meanwhile.

        Args:
            want: describes the text; only called where texts wait.

        Raises:
            OutgoingFullError: it will not come.
            NotInRoomError: the bot is not in the mesh, or has lost it while the text waited.
        """
        return self._turn(want()) if self.is_paced else self._speaking

    async def pause(self) -> None:
        """Wait until the next message may be sent; to be called in a turn, before each.

        Raises:
            NotInRoomError: the bot has lost the mesh meanwhile.
        """
        while _is_paced(manners := self._transport.manners):
            delay = self._pace.delay(manners, self._now())
            if delay <= 0:
                self._pace.spend(manners, self._now())
                return
            self._pause = asyncio.get_running_loop().create_future()
            timer = self._call_later(delay, _resume, self._pause)
            try:
                await self._pause
            finally:
                timer.cancel()
                self._pause = None

    async def sleep(self, seconds: float) -> None:
        """Wait outside of any turn.

        Raises:
            NotInRoomError: the bot is about to leave.
        """
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers.add(sleeper)
        timer = self._call_later(seconds, _resume, sleeper)
        try:
            await sleeper
        finally:
            timer.cancel()
            self._sleepers.discard(sleeper)

    # The mesh

    def lost(self) -> None:
        """Take in that the bot is not in the mesh any more: most of what waits is not said."""
        for waiting in [one for one in self._waiting if not one.wanted.outlives]:
            self._refuse(waiting, _not_there())
        if self._pause is not None and not self._pause.done():
            self._pause.set_exception(_not_there())

    def hurry(self, seconds: float) -> None:
        """Give up what will not be said within so many seconds, after which the bot leaves."""
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_exception(_leaving())
        manners, now, messages = self._transport.manners, self._now(), 0
        for waiting in sorted(self._waiting, key=_order):
            wanted = waiting.wanted
            delay = self._pace.delay(manners, now, wanted.messages, spares=wanted.gives_way)
            if delay + messages * manners.gap > seconds:
                self._refuse(waiting, _leaving())
            else:
                messages += wanted.messages

    def back(self) -> None:
        """Take in that the bot is in the mesh (again), perhaps with other manners."""
        self._wake()

    # Private

    @asynccontextmanager
    async def _turn(self, wanted: Wanted) -> AsyncIterator[None]:
        waiting = self._enter(wanted)
        try:
            await waiting.turn
            async with self._speaking:
                yield
        finally:
            self._leave(waiting)

    def _enter(self, wanted: Wanted) -> Waiting:
        if not self._transport.in_room and not wanted.outlives:
            raise _not_there()
        for older in [one for one in self._waiting if _is_outdated(one.wanted, wanted)]:
            self._refuse(older, OutgoingFullError("there is something newer to say"))
        self._make_room(wanted)
        turn = asyncio.get_running_loop().create_future()
        waiting = Waiting(wanted, next(self._numbers), turn)
        if not wanted.outlives:
            error = OutgoingFullError(f"it could not be said within {LONGEST_WAIT:g} s")
            waiting.timer = self._call_later(LONGEST_WAIT, self._refuse, waiting, error)
        self._waiting.append(waiting)
        self._bytes += wanted.size
        self._wake()
        return waiting

    def _leave(self, waiting: Waiting) -> None:
        """Take a text out, whether it was said or not; idempotent."""
        if waiting in self._waiting:
            self._remove(waiting)
        if self._speaker is waiting:
            self._speaker = None
        self._wake()

    def _remove(self, waiting: Waiting) -> None:
        self._waiting.remove(waiting)
        self._bytes -= waiting.wanted.size
        if waiting.timer is not None:
            waiting.timer.cancel()

    def _refuse(self, waiting: Waiting, error: Exception) -> None:
        if waiting in self._waiting:
            self._remove(waiting)
            if not waiting.turn.done():
                waiting.turn.set_exception(error)

    def _make_room(self, wanted: Wanted) -> None:
        """Leave out what is less urgent until there is room for a text.

        Raises:
            OutgoingFullError: there is not enough of that.
        """
        texts, size = len(self._waiting), self._bytes
        victims: list[Waiting] = []
        candidates = sorted(self._waiting, key=_worth)
        while texts and (texts >= MAX_TEXTS or size + wanted.size > MAX_BYTES):
            if not candidates or not _is_displaced(candidates[0].wanted, wanted):
                self._note_left_out()
                raise OutgoingFullError("too much waits to be said here")
            victims.append(candidates.pop(0))
            texts, size = texts - 1, size - victims[-1].wanted.size
        for victim in victims:
            self._note_left_out()
            self._refuse(victim, OutgoingFullError("too much waits to be said here"))

    def _note_left_out(self) -> None:
        self._left_out += 1
        if notable(self._left_out):
            log.warning(
                "Too much waits to be said: texts are left out",
                event="text_left_out",
                count=self._left_out,
            )

    def _wake(self) -> None:
        """Give the next text its turn, or be called again when it may be said."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._speaker is not None or not self._waiting or not self._transport.in_room:
            return
        first = min(self._waiting, key=_order)
        delay = self._pace.delay(
            self._transport.manners,
            self._now(),
            first.wanted.messages,
            spares=first.wanted.gives_way,
        )
        if delay > 0:
            self._timer = self._call_later(delay, self._wake)
            return
        self._remove(first)
        self._speaker = first
        if not first.turn.done():  # else its caller was cancelled, and leaves in a moment
            first.turn.set_result(None)


def _is_paced(manners: Manners) -> bool:
    return manners.gap > 0 or manners.per_hour > 0


def _not_there() -> NotInRoomError:
    return NotInRoomError("the bot is not in the mesh")


def _leaving() -> NotInRoomError:
    return NotInRoomError("the bot is leaving")


def _resume(pause: asyncio.Future[None]) -> None:
    if not pause.done():
        pause.set_result(None)


def _order(waiting: Waiting) -> tuple[int, int]:
    """Sort what is said first first."""
    return waiting.wanted.urgency, waiting.number


def _is_outdated(older: Wanted, newer: Wanted) -> bool:
    """Say whether progress that waits is overtaken by what is said now."""
    return (
        older.urgency is Urgency.PROGRESS
        and older.subject is not None
        and older.subject == newer.subject
    )


def _is_displaced(present: Wanted, newcomer: Wanted) -> bool:
    """Say whether a text is left out for another one."""
    if present.urgency is Urgency.PROGRESS:
        return True  # of progress the oldest is worth least
    return present.gives_way and newcomer.urgency < present.urgency


def _worth(waiting: Waiting) -> tuple[int, int]:
    """Sort what is left out first: the oldest of progress, of anything else the newest."""
    urgency = waiting.wanted.urgency
    is_progress = urgency is Urgency.PROGRESS
    return -urgency, waiting.number if is_progress else -waiting.number
