"""How far the bot has heard, reported to the supervisor before anything follows from it.

Owns the newest token, how often it is reported, and that what lies behind it waits until it is
kept: a bot whose supervisor is killed at any moment is silent about some messages, instead of
answering them twice.  Does not own keeping it, which the supervisor does (docs/decisions/0033).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from meshvisor.shared.protocol.from_worker import MAX_TOKEN, Checkpointed
from meshvisor.shared.protocol.messages import Message
from meshvisor.worker.logs.bound import bound_log, notable
from meshvisor.worker.mesh.link import Link
from meshvisor.worker.mesh.usage import Tally

INTERVAL: Final = 0.5
"""Seconds between two tokens that nothing depends on."""

MOST_WAITING: Final = 4000
"""Events that wait for a token to be kept; the bot never hears of those beyond.  A thousand texts
of a radio that come at once are two thousand events, and none may be lost in the milliseconds that
a supervisor takes; one that has been stopped must not grow its workers by more than 3 MB."""

log = bound_log(__name__)


class Checkpoints:
    """The newest checkpoint of one mesh.

    Args:
        link: to the supervisor, which keeps it.
        mesh_id: of the mesh.
        tally: counts what is missed.
    """

    def __init__(self, link: Link, mesh_id: str, tally: Tally) -> None:
        self._link = link
        self._mesh_id = mesh_id
        self._tally = tally
        self._token: str | None = None
        self._reported: str | None = None
        self._kept: str | None = None
        """The newest one that the supervisor has confirmed to be on the disk."""
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_asking = False
        self._timer: asyncio.TimerHandle | None = None
        self._has_warned = False

    @property
    def token(self) -> str | None:
        """The newest one of this life; None: the transport has given none yet."""
        return self._token

    def take(self, token: str) -> None:
        """Note one; it is reported soon."""
        if not _can_be_kept(token):
            if not self._has_warned:
                self._has_warned = True
                log.warning(
                    "A checkpoint is not kept that is no text of at most %d bytes",
                    MAX_TOKEN,
                    event="checkpoint_too_long",
                )
            return
        self._token = token
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(INTERVAL, self._tell_later)

    def follow(self, act: Callable[[], None], *, waits: bool) -> None:
        """Call `act` after everything that was to follow before it.

        Args:
            act: takes in what came after the newest token.
            waits: whether it is called only once that token is kept.  Where the transport tells
                no tokens there is nothing to wait for.
        """
        if not self._waiting and (not waits or self._token == self._kept):
            act()
        elif len(self._waiting) < MOST_WAITING:
            self._waiting.append(act)
            self._ask()
        else:
            self._tally.events_missed += 1
            if notable(self._tally.events_missed):
                log.warning(
                    "%d events wait until the supervisor has kept how far the bot has heard; those "
                    "that come meanwhile are not handled",
                    MOST_WAITING,
                    event="event_missed",
                    count=self._tally.events_missed,
                )

    def stop(self) -> None:
        """Tell the newest one, and no more of itself; what still waits is never handled."""
        self._waiting.clear()
        self._tell()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # Private

    def _tell_later(self) -> None:
        self._timer = None
        self._tell()

    def _tell(self) -> None:
        if self._token is not None and self._token != self._reported:
            self._reported = self._token
            self._link.send(Checkpointed(token=self._token, mesh_id=self._mesh_id))

    def _ask(self) -> None:
        """Have the newest token kept, for all who wait now; others have to wait for the next."""
        if self._is_asking or self._token is None:
            return
        token, callers = self._token, len(self._waiting)

        def answered(_: Message) -> None:
            self._is_asking = False
            self._kept = token
            self._release(callers)

        self._is_asking = True
        self._reported = token
        self._link.ask_soon(Checkpointed(token=token, waits=True, mesh_id=self._mesh_id), answered)

    def _release(self, count: int) -> None:
        for _ in range(min(count, len(self._waiting))):
            self._waiting.popleft()()
        while self._waiting and self._token == self._kept:
            self._waiting.popleft()()
        if self._waiting:
            self._ask()


def _can_be_kept(token: str) -> bool:
    try:
        return len(token.encode()) <= MAX_TOKEN
    except UnicodeEncodeError:
        # Half a character, as foreign JSON may have it.
        return False
