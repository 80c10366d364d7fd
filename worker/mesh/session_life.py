"""What sessions of all transports go through: joining, being there, an end, and being over.

Owns the order of these and the timers of a session.  Does not own connections, nor what an end
means for what is being sent.  Called by the transports' sessions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.transport import End, EndKind, JoinError

NOT_JOINED: Final = End(EndKind.LOST, "not joined")
"""How a session ends that has never been there; the error of `Transport.join` says why."""

ANSWER_SHARE: Final = 4
"""The part of the time without a sign of life that the answer to a question may take."""


class SessionLife:
    """The life of one session.

    A session ends with the first reason that is given, and is over when nothing of it is left: a
    closing handshake, or a program that winds up, lies in between.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._joined: asyncio.Future[None] = self._loop.create_future()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.end: End | None = None
        """How it ended; None: it has not."""

    @property
    def is_joining(self) -> bool:
        """Whether it is not known yet whether it joins."""
        return not self._joined.done()

    @property
    def is_present(self) -> bool:
        """Whether it has joined, and has not ended."""
        joined = self._joined
        return self.end is None and joined.done() and joined.exception() is None

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is left."""
        return self._over.done()

    # Joining

    async def join(self, patience: float) -> None:
        """Return when it has joined.

        Args:
            patience: seconds that it may take.

        Raises:
            TimeoutError: it took longer.
            BaseException: what `refuse` was called with.
        """
        # Not cancelled with the caller: what is asked of the session later would be cancelled too.
        if not (await asyncio.wait((self._joined,), timeout=patience))[0]:
            raise TimeoutError
        self._joined.result()

    async def join_while_heard(
        self, heard_at: Callable[[], float], patience: float, longest: float
    ) -> None:
        """Do what `join` does where the other side has much to say first, and may be slow.

        Args:
            heard_at: returns when it has said something last (loop time).
            patience: seconds that it may be silent.
            longest: seconds that all of it may take.

        Raises:
            TimeoutError: it was silent, or took longer.
            BaseException: what `refuse` was called with.
        """
        latest = self._loop.time() + longest
        while (left := min(heard_at() + patience, latest) - self._loop.time()) > 0:
            if (await asyncio.wait((self._joined,), timeout=left))[0]:
                return self._joined.result()
        raise TimeoutError

    def joined(self) -> None:
        """Record that it has joined; does nothing if that is known, or was refused."""
        if self.is_joining:
            self._joined.set_result(None)

    def refuse(self, error: BaseException) -> None:
        """Have `join` raise; does nothing if it is known whether it has joined."""
        if self.is_joining:
            self._joined.set_exception(error)
            self._joined.exception()  # retrieved: `join` may have been cancelled

    # The end

    def set_end(self, end: End) -> bool:
        """Record how it ends, and return whether that was not known before.

        What was to be called later is not; timers from here on are those of the closing.
        """
        if self.end is not None:
            return False
        self.end = end
        self._cancel_timers()
        return True

    def finish(self, error: JoinError | None = None) -> None:
        """Record that nothing of it is left, with an end set before; idempotent.

        Args:
            error: what `join` raises, should it still be waiting; None: one with the end's reason.
        """
        assert self.end is not None
        self._cancel_timers()
        self.refuse(error or JoinError(self.end.reason, FailureKind.UNREACHABLE))
        if not self._over.done():
            self._over.set_result(None)

    async def ended(self) -> End:
        """Return how it ended, when it is over."""
        # Shielded: the caller may be cancelled, and the session goes on.
        await asyncio.shield(self._over)
        assert self.end is not None
        return self.end

    # Timers

    def after(self, name: str, seconds: float, what: Callable[[], None]) -> None:
        """Call something later, in place of what was to be called by that name."""
        self.at(name, self._loop.time() + seconds, what)

    def at(self, name: str, moment: float, what: Callable[[], None]) -> None:
        """Do what `after` does, at a time of the event loop."""
        self.cancel(name)
        if not self.is_over:
            self._timers[name] = self._loop.call_at(moment, what)

    def cancel(self, name: str) -> None:
        """Do not call what was to be called by a name; nothing may be."""
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()

    def _cancel_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()


class SilenceWatch:
    """Finds out that the other side has fallen silent, which an open connection does not show.

    Args:
        life: of the session, whose end ends this.
        idle: seconds without a sign of life before it is asked for one.
        heard_at: returns when the last one came (time of the event loop).
        ask: asks for one.
        lost: called with the seconds that the other side had for an answer, when none came.
    """

    def __init__(
        self,
        life: SessionLife,
        idle: float,
        heard_at: Callable[[], float],
        ask: Callable[[], None],
        lost: Callable[[float], None],
    ) -> None:
        self._life = life
        self._idle = idle
        self._heard_at = heard_at
        self._ask = ask
        self._lost = lost

    def begin(self) -> None:
        """Watch until the session is over."""
        self._life.at("silence", self._heard_at() + self._idle, self._look)

    def _look(self) -> None:
        heard_at = self._heard_at()
        if asyncio.get_running_loop().time() < heard_at + self._idle:
            self.begin()
        else:
            self._ask()
            self._life.after(
                "silence", self._idle / ANSWER_SHARE, lambda: self._look_again(heard_at)
            )

    def _look_again(self, asked_after: float) -> None:
        if self._heard_at() != asked_after:
            self.begin()
        else:
            self._lost(self._idle / ANSWER_SHARE)
