"""Who speaks next: one text at a time in each place, no faster than the transport's manners want.

Owns the queue between `Mesh` and `Transport`.  Where manners set no limits it is a lock for each
place: texts are said there in the order in which they come.  Elsewhere they wait here by urgency.
Their number is bounded in any case, and the caller of a text that is left out is notified.
Does not own what is said (`mesh`), which is said next (`waiting`) nor how fast that may be
(`pace`).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Final
from weakref import WeakValueDictionary

from meshvisor.worker.logs.bound import bound_log, notable
from meshvisor.worker.mesh.pace import Pace
from meshvisor.worker.mesh.transport import Manners, NotInMeshError, Transport
from meshvisor.worker.mesh.waiting import (
    CallLater,
    Timer,
    Waiting,
    Wanted,
    is_displaced,
    is_outdated,
    next_text,
    order,
    worth,
)

MAX_TEXTS: Final = 200
"""Texts that wait.  At a message in two seconds the last one is said after seven minutes; users do
not wait longer for an answer."""

MAX_BYTES: Final = 256 * 1024
"""Bytes of texts that wait: far more than `MAX_TEXTS` of the usual ones, far less than a worker's
memory."""

LONGEST_WAIT: Final = 600.0
"""Seconds after which a text is not said any more: it would answer what users have forgotten."""

log = bound_log(__name__)


class OutgoingFullError(NotInMeshError):
    """A text was not said: too much waits to be said, or it has waited too long.

    Handlers need not catch it, as with any `NotInMeshError`.
    """


Pause = Callable[[int], Awaitable[None]]
"""Waits until the next message may be sent, of so many UTF-8 bytes; to be called before each.

Raises:
    NotInMeshError: the bot has lost the mesh meanwhile.
"""


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
        self.now: Final = now or loop.time
        """Seconds."""
        self._call_later: CallLater = call_later or loop.call_later
        self.pace: Final = Pace()
        """When it may be said."""
        self.on_spent: Callable[[], None] = lambda: None
        """Called when a message is sent that counts for an hour's budget."""
        self._lanes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """The locks of places in which a text is being said or is about to be."""
        self._waiting: list[Waiting] = []
        self._bytes = 0
        self._in_lines = self._in_lines_bytes = 0
        """Texts, where there are no limits, whose turn is not over."""
        self._numbers = itertools.count()
        self._speakers: list[Waiting] = []
        """Whose turn it is, one in each place."""
        self._starting: Waiting | None = None
        """Whose turn has just come; no other's comes before it is said."""
        self._sleepers: set[asyncio.Future[None]] = set()
        """Futures of messages that are to be tried again later."""
        self._timer: Timer | None = None
        self._left_out = 0

    @property
    def is_paced(self) -> bool:
        """Whether there are limits to keep to."""
        return _is_paced(self._transport.manners)

    # Speaking

    @asynccontextmanager
    async def turn(self, place: str, want: Callable[[], Wanted]) -> AsyncIterator[Pause]:
        """Let a text be said in the block, when its turn has come.

        No other text is said in its place meanwhile; in other places they are, so that a message
        whose sending takes long does not hold up those.

        Args:
            place: where it is said.
            want: describes the text; only called where others wait.

        Raises:
            OutgoingFullError: it will not come.
            NotInMeshError: the bot is not in the mesh, or has lost it while the text waited.
        """
        if not self.is_paced:
            with self._in_line(want):
                async with self._lane(place):
                    yield _at_once
            return
        waiting = self._enter(place, want())
        try:
            await waiting.turn
            async with self._lane(place):
                yield partial(self._pause, waiting)
        finally:
            self._leave(waiting)

    async def sleep(self, seconds: float) -> None:
        """Wait outside of any turn.

        Raises:
            NotInMeshError: the bot is about to leave.
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
        for speaker in self._speakers:
            if speaker.slot is not None and not speaker.slot.done():
                speaker.slot.set_exception(_not_there())

    def drain_within(self, seconds: float) -> None:
        """Give up what will not be said within so many seconds, after which the bot leaves."""
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_exception(_leaving())
        manners, now = self._transport.manners, self.now()
        messages = sum(speaker.left for speaker in self._speakers)
        cost = self._owed()
        for waiting in sorted(self._waiting, key=order):
            wanted = waiting.wanted
            delay = self.pace.delay(manners, now, cost + wanted.takes, spares=wanted.gives_way)
            if delay + messages * manners.gap > seconds:
                self._refuse(waiting, _leaving())
            else:
                messages += wanted.messages
                cost += wanted.takes

    def back(self) -> None:
        """Take in that the bot is in the mesh (again), perhaps with other manners."""
        self._wake()

    # Private

    @contextmanager
    def _in_line(self, want: Callable[[], Wanted]) -> Iterator[None]:
        """Count a text that is said at once, or as soon as those before it are.

        Raises:
            OutgoingFullError: too many are before it, as where the network takes its time.
        """
        # The first one in its place need not wait, as nearly always.
        wanted = want() if self._in_lines else None
        size = wanted.size if wanted is not None else 0
        is_full = self._in_lines >= MAX_TEXTS or self._in_lines_bytes + size > MAX_BYTES
        if wanted is not None and is_full and not wanted.outlives:
            self._note_left_out()
            raise OutgoingFullError("too much waits to be said here")
        self._in_lines += 1
        self._in_lines_bytes += size
        try:
            yield
        finally:
            self._in_lines -= 1
            self._in_lines_bytes -= size

    def _lane(self, place: str) -> asyncio.Lock:
        return self._lanes.setdefault(place, asyncio.Lock())

    async def _pause(self, speaker: Waiting, size: int) -> None:
        """Wait until the next message of a speaker may be sent; see `Pause`."""
        speaker.next_cost = self._transport.manners.cost_of(size, speaker.place)
        if not self._transport.is_present:
            raise _not_there()
        if self._starting is speaker:
            self._starting = None
        speaker.slot = slot = asyncio.get_running_loop().create_future()
        self._wake()
        try:
            await slot
        finally:
            speaker.slot = None

    def _owed(self) -> int:
        """Return what the messages take of texts that have begun, which are not sent yet."""
        return sum(speaker.owes for speaker in self._speakers)

    def _enter(self, place: str, wanted: Wanted) -> Waiting:
        if not self._transport.is_present and not wanted.outlives:
            raise _not_there()
        for older in [one for one in self._waiting if is_outdated(one.wanted, wanted)]:
            self._refuse(older, OutgoingFullError("there is something newer to say"))
        self._make_room(wanted)
        turn = asyncio.get_running_loop().create_future()
        waiting = Waiting(
            wanted, place, next(self._numbers), turn, left=wanted.messages, owes=wanted.takes
        )
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
        if waiting in self._speakers:
            self._speakers.remove(waiting)
        if self._starting is waiting:
            self._starting = None
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
        candidates = sorted(self._waiting, key=worth)
        while texts and (texts >= MAX_TEXTS or size + wanted.size > MAX_BYTES):
            if not candidates or not is_displaced(candidates[0].wanted, wanted):
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
        """Give out whatever may be said now, or be called again when something may."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._starting is None and self._transport.is_present:
            # What has begun goes on before anything else begins.
            speaker = next((one for one in self._speakers if _is_ready(one)), None)
            first = next_text(self._waiting, self._speakers) if speaker is None else None
            if speaker is None and first is None:
                return
            delay = self._delay(first, speaker)
            if delay > 0:
                self._timer = self._call_later(delay, self._wake)
                return
            if speaker is not None:
                self._send(speaker)
            elif first is not None:
                self._begin(first)

    def _delay(self, first: Waiting | None, speaker: Waiting | None) -> float:
        """Return the seconds until a text may begin; None: until one that has begun may go on."""
        manners, now = self._transport.manners, self.now()
        if first is None:
            return self.pace.delay(manners, now, speaker.next_cost if speaker is not None else 1)
        cost = first.wanted.takes + self._owed()
        return self.pace.delay(manners, now, cost, spares=first.wanted.gives_way)

    def _send(self, speaker: Waiting) -> None:
        """Let a speaker send its next message."""
        assert speaker.slot is not None
        manners = self._transport.manners
        self.pace.spend(manners, self.now(), speaker.next_cost)
        if manners.per_hour > 0:
            self.on_spent()
        speaker.left = max(0, speaker.left - 1)
        speaker.owes = max(0, speaker.owes - speaker.next_cost)
        speaker.slot.set_result(None)

    def _begin(self, first: Waiting) -> None:
        """Let a text begin."""
        self._remove(first)
        if not first.turn.done():  # else its caller was cancelled, and leaves in a moment
            self._speakers.append(first)
            self._starting = first
            first.turn.set_result(None)


async def _at_once(_size: int) -> None:
    """Wait for nothing: `Pause` where there are no limits."""


def _is_ready(speaker: Waiting) -> bool:
    """Say whether a speaker waits for its next message."""
    return speaker.slot is not None and not speaker.slot.done()


def _is_paced(manners: Manners) -> bool:
    return manners.gap > 0 or manners.per_hour > 0


def _not_there() -> NotInMeshError:
    return NotInMeshError("the bot is not in the mesh")


def _leaving() -> NotInMeshError:
    return NotInMeshError("the bot is leaving")


def _resume(pause: asyncio.Future[None]) -> None:
    if not pause.done():
        pause.set_result(None)
