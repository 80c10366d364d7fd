"""The keeper of children: the lives of one kind, from being started to what follows from the end.

Owns what is the same for every child, however it is started: at most one life for each name, what
an end means, replacing all at once, and ending all within a deadline.  Does not own which children
there should be, nor when one that has died is started again: that is for the owner, which is
notified by `Callbacks`.  How a child is started is in the classes that derive from `Keeper`
(`forked`, `programs`).
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from meshvisor.shared.model.exits import ChildExit, ExitCause
from meshvisor.supervisor.children.life import Life
from meshvisor.supervisor.children.spawner import SpawnError

SUPERVISOR_STOPS: Final = "the supervisor stops"

P = TypeVar("P", bound=Life)
"""A life of the kind that is kept."""

W = TypeVar("W")
"""The parameters of starting a child."""


@dataclass(frozen=True, slots=True)
class End(Generic[P]):
    """How a life has ended."""

    life: P
    cause: ExitCause
    why: str
    """In a few words."""

    @property
    def was_requested(self) -> bool:
        """Whether it was asked to end; it may have hung or crashed while ending."""
        return self.life.stopping is not None

    @property
    def gave_up(self) -> bool:
        """Whether it has ended by itself to get rid of what it could not stop."""
        return self.cause.code == ChildExit.STUCK


@dataclass(frozen=True, slots=True)
class Callbacks(Generic[P, W]):
    """How the owner of children is notified: at once, and in the loop's thread."""

    began: Callable[[P], None]
    """A child is there; none of its messages has been read."""
    opened: Callable[[P, W, bool], None]
    """It can be talked to.  Called with what it was started with, and whether all were replaced
    meanwhile (`Keeper.replace_all`)."""
    not_started: Callable[[str, Exception], None]
    """None could be started for this name; a `SpawnError` where the machine is the cause."""
    ended: Callable[[End[P]], None]
    """One is gone, and its name is free again."""


class Keeper(ABC, Generic[P, W]):
    """Keeps the children of one kind; make it inside a running event loop.

    Args:
        noun: what one is called, such as "worker".
        culprit: who is to blame when one crashes, in sentences such as "its runner".
        callbacks: how the owner is notified.
    """

    last_words = 0.0
    """Seconds that may pass between the end of a child and that of reading what it has said."""

    def __init__(self, noun: str, culprit: str, callbacks: Callbacks[P, W]) -> None:
        self.noun: Final = noun
        self.culprit: Final = culprit
        self._owner = callbacks
        self._lives: dict[str, P] = {}
        self._starting: dict[str, asyncio.Task[None]] = {}
        """Those who have been asked for and are not there."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._generation = 0
        """Counts the times when all were replaced."""
        self._time_to_end: float | None = None
        """Seconds that each was given when all were asked to end; None: they were not asked."""

    # How a child is started, and what it leaves

    @abstractmethod
    async def bear(self, name: str, what: W) -> P:
        """Start a child.

        Raises:
            SpawnError: it cannot be started now.
        """

    @abstractmethod
    async def open(self, life: P) -> None:
        """Begin to listen to a child; raises `SpawnError` where it does not come up."""

    def bury(self, life: P) -> None:
        """Release what was taken for a child that is gone."""

    # What others see and ask for

    @property
    def lives(self) -> list[P]:
        """All that live, or whose end is not dealt with."""
        return list(self._lives.values())

    def get(self, name: str) -> P | None:
        """Return the life of this name."""
        return self._lives.get(name)

    def has(self, name: str) -> bool:
        """Return whether there is one of this name, or will be."""
        return name in self._lives or name in self._starting

    def is_starting(self, name: str) -> bool:
        """Return whether one was asked for and is not there."""
        return name in self._starting

    def start(self, name: str, what: W) -> None:
        """Start a child; returns at once.  None is started once all were asked to end.

        Args:
            name: whom it serves; there must be none of this name (`has`).
            what: what it takes.
        """
        if self._time_to_end is not None:
            self._owner.not_started(name, SpawnError(SUPERVISOR_STOPS))
            return
        assert not self.has(name)
        task = self._task(self._start(name, what), f"start {self.noun} {name}")
        self._starting[name] = task
        # Not in the task: one that is cancelled before its first step would do nothing.
        task.add_done_callback(lambda ended: self._given_up(name, ended))

    def replace_all(self, stop: Callable[[P], None]) -> None:
        """Have `stop` called for each; `opened` reports those that just start as outdated."""
        self._generation += 1
        for life in self.lives:
            stop(life)

    def give_up(self, name: str, fault: str) -> None:
        """Kill a child that its owner has given up, or do not start it."""
        life, starting = self._lives.get(name), self._starting.get(name)
        if life is not None:
            life.kill(fault)
        elif starting is not None:
            starting.cancel()

    async def change(self, name: str) -> None:
        """Return when one of this name has come or gone; at once where there is none."""
        life, starting = self._lives.get(name), self._starting.get(name)
        if life is not None:
            await asyncio.wait((life.buried,))
        elif starting is not None:
            await asyncio.wait((starting,))

    async def close(self, timeout: float, force: asyncio.Event) -> None:
        """End all, politely at first; returns when they are gone.  Idempotent.

        Args:
            timeout: seconds for the polite part.
            force: once set, the polite part is skipped.
        """
        self._time_to_end = timeout
        for life in self.lives:
            life.stop(SUPERVISOR_STOPS, timeout)
        for starting in list(self._starting.values()):
            # The zygote may be busy with a plug-in that hangs, and its answer is no longer needed.
            starting.cancel()
        forcing = asyncio.create_task(self._pass_on(force), name=f"force {self.noun}s")
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.gather(*(life.buried for life in self.lives))
        finally:
            forcing.cancel()

    # Private: one life

    async def _start(self, name: str, what: W) -> None:
        generation = self._generation
        try:
            life = await self.bear(name, what)
        except Exception as error:  # noqa: BLE001 - else no start would ever be tried again
            self._not_started(name, error)
            return
        del self._starting[name]
        self._lives[name] = life
        self._owner.began(life)
        try:
            await self.open(life)
        except Exception as error:  # noqa: BLE001 - one without a channel would be kept for ever
            life.kill(f"{self.culprit} does not come up: {error}")
        # Not before it is open: one that dies while it is being opened has something to close.
        life.exited.add_done_callback(lambda _: self._exited(life))
        if self._time_to_end is not None:
            life.stop(SUPERVISOR_STOPS, self._time_to_end)
        if life.fault is None:
            self._owner.opened(life, what, generation != self._generation)

    def _given_up(self, name: str, task: asyncio.Task[None]) -> None:
        if self._starting.get(name) is task:
            self._not_started(name, SpawnError(SUPERVISOR_STOPS))

    def _not_started(self, name: str, error: Exception) -> None:
        del self._starting[name]
        self._owner.not_started(name, error)

    def _exited(self, life: P) -> None:
        if self.last_words and not life.drained.done():
            # The news of its end may overtake its last words, which tell of what is done.
            _ = self._task(self._drain(life), f"end of {self.noun} {life.name}")
        else:
            self._ended(life)

    async def _drain(self, life: P) -> None:
        await asyncio.wait((life.drained,), timeout=self.last_words)
        self._ended(life)

    def _ended(self, life: P) -> None:
        life.close()
        cause = life.exited.result()
        del self._lives[life.name]
        try:
            self._owner.ended(End(life, cause, life.fault or cause.of(self.culprit)))
        finally:
            self.bury(life)
            life.buried.set_result(None)

    # Private

    def _task(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _pass_on(self, force: asyncio.Event) -> None:
        await force.wait()
        for life in self.lives:
            life.force()
