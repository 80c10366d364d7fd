"""What every kind of child does, shown on one that does nothing else."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.channel import Channel
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.from_worker import Ready, StatusResponse
from meshvisor.shared.protocol.messages import Error, RestartRequest
from meshvisor.shared.protocol.to_worker import (
    TO_WORKER,
    RestartConnection,
    Shutdown,
    StatusRequest,
)
from meshvisor.worker.child.child import Child
from meshvisor.worker.child.start import ChildStart
from meshvisor.worker.child.timings import ChildTimings
from meshvisor.worker.threads import MOST_ABANDONED, THREADS
from tests.worker.supervisor_side import PATIENCE, SupervisorSide

CODEC: Codec = Codec(TO_WORKER)


class Idler(Child):
    """A kind of child that only waits for its end."""

    noun = "idler"

    def __init__(self, start: ChildStart) -> None:
        super().__init__(start, {"mesh_id": start.name}, ChildTimings(), None)
        self.deadlines: list[float] = []
        self.heard: list[Any] = []
        self.has_ended = False

    async def open_channel(self) -> Channel:
        """Return the channel."""
        return await Channel.open(
            self.start.channel, CODEC, self.on_message, self.on_close, self.on_unknown
        )

    def begin(self) -> None:
        """Say so."""
        self.say(Ready(commands=(), **self.about))

    def stop(self, deadline: float) -> None:
        """Go on until force is asked for."""
        self.deadlines.append(deadline)

    async def end(self) -> None:
        """Note it."""
        self.has_ended = True

    def react(self, message: Any) -> None:
        """Note it."""
        self.heard.append(message)

    def answer_status(self, request: StatusRequest) -> None:
        """Answer with what every child has."""
        self.say(
            StatusResponse(
                **self.about,
                reply_to=request.id,
                state="ready",
                uptime_seconds=self.vitals.uptime,
                event_loop_lag_ms=self.vitals.take_lag_ms(),
                memory_bytes=self.vitals.memory_bytes(),
                last_error=self.errors.last,
            )
        )


class RunningIdler:
    """An idler in the test's loop, and the supervisor's side of it."""

    def __init__(self, side: SupervisorSide, child: Idler) -> None:
        self.side = side
        self.child = child
        self._life = asyncio.create_task(child.run(), name="idler")

    async def ended(self) -> None:
        """Return when it has ended, in whatever way."""
        await asyncio.wait((self._life,), timeout=PATIENCE)

    async def exit_code(self) -> int:
        """Return how it ended, when it has."""
        async with asyncio.timeout(PATIENCE):
            return await asyncio.shield(self._life)


@pytest.fixture
async def idler() -> AsyncIterator[RunningIdler]:
    """Return an idler that is ready."""
    here, there = socket.socketpair()
    side = SupervisorSide()
    await side.open(here)
    running = RunningIdler(side, Idler(ChildStart("lobby", there, lambda: None)))
    await side.expect(Ready)
    yield running
    running.child.finish(ChildExit.DONE)
    await running.ended()
    await side.ended


async def test_a_forced_shutdown_ends_it_at_once(idler: RunningIdler) -> None:
    """Nothing is waited for, and what it is connected to gets no moment either."""
    idler.side.send(Shutdown(mode="forced", deadline=5))
    assert await idler.exit_code() == ChildExit.DONE
    assert (idler.child.deadlines, idler.child.is_polite) == ([], False)
    assert idler.child.has_ended


async def test_a_graceful_shutdown_is_up_to_its_kind(idler: RunningIdler) -> None:
    """It hears once how long it has, and goes on until it is through."""
    idler.side.send(Shutdown(deadline=5))
    idler.side.send(Shutdown(deadline=7))
    await idler.side.status()
    assert idler.child.deadlines == [5]
    assert not idler.child.is_over
    idler.child.finish(ChildExit.DONE)
    assert await idler.exit_code() == ChildExit.DONE
    assert idler.child.is_polite


async def test_a_second_signal_ends_it(idler: RunningIdler) -> None:
    """SIGTERM names no deadline; who sends it twice does not want to wait."""
    idler.child.terminate()
    assert idler.child.deadlines == [ChildTimings().terminate]
    idler.child.terminate()
    assert await idler.exit_code() == ChildExit.DONE
    assert not idler.child.is_polite


async def test_the_first_exit_code_counts(idler: RunningIdler) -> None:
    """What else ends it while it ends changes nothing."""
    idler.child.out_of_memory()
    idler.child.finish(ChildExit.DONE)
    idler.child.crash(ValueError("too late"))
    assert await idler.exit_code() == ChildExit.OUT_OF_MEMORY


async def test_an_error_that_nothing_handles(idler: RunningIdler) -> None:
    """It is raised by `run`, and everything is tidied up before."""
    idler.child.crash(ValueError("a defect"))
    with pytest.raises(ValueError, match="a defect"):
        await idler.exit_code()
    assert idler.child.has_ended
    assert await idler.side.ended is None


async def test_messages_of_its_kind(idler: RunningIdler) -> None:
    """Such messages go to `react`, and those of every child do not."""
    idler.side.send(RestartConnection())
    await idler.side.status()
    assert [message.type for message in idler.child.heard] == ["restart_connection"]


async def test_an_unknown_message_is_answered(idler: RunningIdler) -> None:
    """The supervisor learns which message, of whom, and the status has it, too."""
    idler.side.send_bytes(b'{"type":"sing","id":7}\n')
    error = await idler.side.expect(Error)
    assert (error.error, error.reply_to) == ("this idler knows no message 'sing'", 7)
    assert error.mesh_id == "lobby"
    assert (await idler.side.status()).last_error == error.error


async def test_a_broken_supervisor(idler: RunningIdler) -> None:
    """Without a supervisor that can be understood it ends, politely."""
    idler.side.send_bytes(b"no json\n")
    assert await idler.exit_code() == ChildExit.PROTOCOL
    assert idler.child.is_polite


async def test_an_orphan(idler: RunningIdler) -> None:
    """Without a supervisor it ends at once."""
    idler.side.close()
    assert await idler.exit_code() == ChildExit.ORPHANED
    assert not idler.child.is_polite


async def test_errors_of_the_supervisor(
    idler: RunningIdler, caplog: pytest.LogCaptureFixture
) -> None:
    """The 1st, 2nd, 4th and so on are logged: a flood must not fill the log."""
    with caplog.at_level(logging.WARNING):
        for number in range(1, 10):
            idler.side.send(Error(error=f"error {number}"))
        await idler.side.status()
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [f"The supervisor reports: error {number}" for number in (1, 2, 4, 8)]


async def test_it_asks_once_to_be_replaced(
    idler: RunningIdler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With too many threads that never end it asks at a heartbeat, and never again."""
    monkeypatch.setattr(THREADS, "abandoned", MOST_ABANDONED)
    idler.child._look_after()
    idler.child._look_after()
    assert "thread" in (await idler.side.expect(RestartRequest)).reason
    await idler.side.status()
    assert idler.side.seen(RestartRequest) == []
