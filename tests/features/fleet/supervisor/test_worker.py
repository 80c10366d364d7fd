"""One life of a worker process, and how it is ended."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import TypeVar

import pytest

from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.playground.watch import Watch
from meshvisor.shared.model.exits import ExitCause
from meshvisor.shared.protocol.channel import Broken
from meshvisor.shared.protocol.codec import Codec, UnknownMessage
from meshvisor.shared.protocol.from_worker import Ready, StatusResponse
from meshvisor.shared.protocol.messages import Error, Message
from meshvisor.shared.protocol.to_worker import StatusRequest
from meshvisor.supervisor.children import child_process
from tests.supervisor.children.setting import Setting

pytestmark = pytest.mark.faults

T = TypeVar("T")

LONG = 600.0
"""Seconds that no test waits for."""


class Worker:
    """A worker in a process of its own, and what it has said."""

    def __init__(self, process: WorkerProcess) -> None:
        self.process = process
        self.messages: list[Message] = []
        self.broken: list[Broken] = []
        self.unknown: list[UnknownMessage] = []
        self._watch = Watch()

    @classmethod
    async def start(cls, setting: Setting, trick: str) -> Worker:
        """Start one that does one trick of `mv_workers`."""
        child = await setting.child(trick, module="mv_workers")
        return cls(WorkerProcess("lobby", child, 0, started_at=5.0))

    async def open(self) -> None:
        """Begin to listen, and return when the worker is ready."""
        await self.process.open(
            lambda _, message: self._note(self.messages.append, message),
            lambda _, broken: self._note(self.broken.append, broken),
            lambda _, unknown: self._note(self.unknown.append, unknown),
        )
        await self.until(lambda: self.heard(Ready))

    def heard(self, kind: type[Message]) -> list[Message]:
        """Return what it has said of this kind."""
        return [message for message in self.messages if isinstance(message, kind)]

    @property
    def orders(self) -> list[str]:
        """The orders that it says it got."""
        return [message.error for message in self.messages if isinstance(message, Error)]

    async def until(self, find: Callable[[], object]) -> None:
        """Return when it has said what is waited for."""
        await self._watch.until(find)

    async def cause(self) -> ExitCause:
        """Return how it ended."""
        async with asyncio.timeout(20):
            return await self.process.exited

    def _note(self, keep: Callable[[T], None], what: T) -> None:
        keep(what)
        self._watch.changed()


async def test_asked_politely(setting: Setting) -> None:
    """A worker that obeys ends by itself; asking it twice changes nothing."""
    polite = await Worker.start(setting, "polite")
    await polite.open()
    polite.process.stop("an operator stops it", LONG)
    polite.process.stop("something else", 0)
    assert polite.process.stopping == "an operator stops it"
    assert await polite.cause() == ExitCause(code=0)
    assert polite.broken == []
    polite.process.close()


async def test_who_does_not_listen_is_terminated(setting: Setting) -> None:
    """After the deadline comes SIGTERM."""
    deaf = await Worker.start(setting, "deaf")
    await deaf.open()
    deaf.process.stop("a test", 0.01)
    assert await deaf.cause() == ExitCause(signal=signal.SIGTERM)
    deaf.process.close()


async def test_who_does_not_end_is_killed(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message, then SIGTERM, then SIGKILL: each has its time."""
    monkeypatch.setattr(child_process, "TERM_GRACE", 0.1)
    stubborn = await Worker.start(setting, "stubborn")
    await stubborn.open()
    stubborn.process.stop("a test", 0.1)
    await stubborn.until(lambda: stubborn.orders == ["shutdown", "SIGTERM"])
    assert await stubborn.cause() == ExitCause(signal=signal.SIGKILL)
    stubborn.process.close()


async def test_a_hurry_skips_what_is_left(setting: Setting) -> None:
    """Whatever step it is at, the worker is gone at once."""
    stubborn = await Worker.start(setting, "stubborn")
    await stubborn.open()
    stubborn.process.stop("a test", LONG)
    await stubborn.until(lambda: stubborn.orders == ["shutdown"])
    stubborn.process.force()
    assert await stubborn.cause() == ExitCause(signal=signal.SIGKILL)
    stubborn.process.close()


async def test_a_fault_ends_it_at_once(setting: Setting) -> None:
    """The first fault is the cause; killing who is dead already changes nothing."""
    stubborn = await Worker.start(setting, "stubborn")
    await stubborn.open()
    stubborn.process.kill("hung")
    stubborn.process.kill("broken")
    assert await stubborn.cause() == ExitCause(signal=signal.SIGKILL)
    stubborn.process.kill("late")
    assert stubborn.process.fault == "hung"
    stubborn.process.close()


async def test_what_is_said_before_it_listens_is_not_lost(setting: Setting) -> None:
    """A worker that is stopped right after its birth is stopped politely."""
    polite = await Worker.start(setting, "polite")
    polite.process.stop("a test", LONG)
    await asyncio.sleep(0)
    await polite.open()
    assert await polite.cause() == ExitCause(code=0)
    polite.process.close()


async def test_speaking_to_the_dead(setting: Setting) -> None:
    """Messages to a worker that has just died are lost, without an error."""
    deaf = await Worker.start(setting, "deaf")
    await deaf.open()
    frame = Codec.encode(StatusRequest())
    assert deaf.process.send_frame(frame)
    deaf.process.child.signal(signal.SIGKILL)
    await deaf.cause()
    for _ in range(3):
        deaf.process.send(StatusRequest())
        deaf.process.send_frame(frame)
        await asyncio.sleep(0)
    deaf.process.close()
    deaf.process.send(StatusRequest())
    assert not deaf.process.send_frame(frame)


async def test_a_life_that_never_began(setting: Setting) -> None:
    """One without a reader can be closed all the same: its channel is."""
    deaf = await Worker.start(setting, "deaf")
    assert not deaf.process.send_frame(b"x")
    deaf.process.kill("a test")
    await deaf.cause()
    deaf.process.close()
    assert deaf.process.child.channel.fileno() == -1


async def test_an_answer_ends_the_count_of_missed_ones(setting: Setting) -> None:
    """The newest answer is kept with its time."""
    polite = await Worker.start(setting, "polite")
    assert (polite.process.last_status, polite.process.last_status_at) == (None, 5.0)
    polite.process.polls_missed = 1
    status = StatusResponse(state="ready", uptime_seconds=1, event_loop_lag_ms=0, memory_bytes=1)
    polite.process.note_status(status, 9.0)
    assert (polite.process.last_status, polite.process.last_status_at) == (status, 9.0)
    assert polite.process.polls_missed == 0
    polite.process.kill("a test")
    await polite.cause()
    polite.process.close()
