"""One life of a child that has a channel and a heartbeat: a worker or a runner.

Owns the channel.  Does not own what its messages mean: that is for its owner.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, Self

from meshvisor.shared.protocol.channel import (
    MAX_WRITE_BUFFER,
    Broken,
    Channel,
    ChannelClosedError,
    ReadBudget,
)
from meshvisor.shared.protocol.codec import Codec, UnknownMessage
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.to_worker import Shutdown
from meshvisor.supervisor.children import liveness
from meshvisor.supervisor.children.life import Life, Step
from meshvisor.supervisor.children.liveness import Suspicion
from meshvisor.supervisor.children.spawner import Child

TERM_GRACE: Final = 0.5
"""Seconds between SIGTERM and SIGKILL: a child that ignored the polite message is given a last
moment."""

CHANNEL_GRACE: Final = 3.0
"""Seconds that a child which has closed its channel has to end: that is all that it can still
do, and its last words and good-byes may take a moment."""


class ChildProcess(Life):
    """A running child with a channel and a heartbeat.

    Args:
        name: whom it serves, such as a mesh id.
        child: its process.
        slot: index of its heartbeat.
        started_at: monotonic seconds.
    """

    codec: Codec
    """Decodes the messages of children of this kind."""
    budget = ReadBudget()
    """How much of it is read in a second."""
    write_limit = MAX_WRITE_BUFFER
    """Bytes that may wait for a child that does not read."""
    envelope: str
    """The field of the envelope that carries the name: `mesh_id` or `lane`."""

    def __init__(self, name: str, child: Child, slot: int, started_at: float) -> None:
        super().__init__(name, child, started_at)
        self.child = child
        self.slot = slot
        self.suspicion: Suspicion | None = None
        self.was_stopped = False
        """Whether it hung because another process had stopped it (SIGSTOP), and not by its own
        fault."""
        self.unknown_messages = 0
        """How many it has sent of types that are not known here."""
        self._channel: Channel | None = None
        self._unsent: list[Message] = []
        """What was said before the channel was open."""
        self._grace: asyncio.TimerHandle | None = None

    @property
    def about(self) -> dict[str, Any]:
        """The fields of the envelope of every message to it."""
        return {self.envelope: self.name}

    async def open(
        self,
        on_message: Callable[[Self, Message], None],
        on_broken: Callable[[Self, Broken], None],
        on_unknown: Callable[[Self, UnknownMessage], None],
    ) -> None:
        """Begin to listen to it."""

        def closed(broken: Broken | None) -> None:
            if not self.drained.done():
                self.drained.set_result(None)
            if broken is not None:
                on_broken(self, broken)
            elif not self.exited.done():
                loop = asyncio.get_running_loop()
                self._grace = loop.call_later(CHANNEL_GRACE, lives_on)

        def lives_on() -> None:
            # One that is dead, and whose end only has not been reported yet, has broken nothing.
            if not liveness.is_dead(self.pid):
                on_broken(self, Broken("it has closed its channel and lives on"))

        self._channel = await Channel.open(
            self.child.channel,
            self.codec,
            lambda message: on_message(self, message),
            closed,
            lambda unknown: on_unknown(self, unknown),
        )
        self._channel.budget = self.budget
        self._channel.write_limit = self.write_limit
        unsent, self._unsent = self._unsent, []
        for message in unsent:
            self.send(message)

    def send(self, message: Message) -> None:
        """Send without waiting; a child that is just dying loses the message with itself."""
        if self._channel is None:
            # One that is stopped right after its birth must hear of it.
            self._unsent.append(message)
            return
        self._channel.say(message)

    def ask(self, message: Message) -> asyncio.Future[Message]:
        """Send and return the future of the answer; see `Channel.ask`.

        Raises:
            ChannelClosedError: this one is gone, or not there yet.
        """
        if self._channel is None:
            raise ChannelClosedError(f"{self.name} is not there yet")
        return self._channel.ask(message)

    def send_frame(self, frame: bytes) -> bool:
        """Send what was encoded already, one frame or several; False when this one is gone."""
        if self._channel is None or self._channel.closed:
            return False
        self._channel.send_frame(frame)
        return True

    def steps(self, deadline: float) -> tuple[Step, ...]:
        """Return the message, then SIGTERM for those that do not listen."""
        return ((lambda: self._say_goodbye(deadline), deadline), *super().steps(TERM_GRACE))

    def close(self) -> None:
        """Release what belongs to a life that has ended."""
        super().close()
        if self._channel is not None:
            self._channel.close()
        else:
            self.child.channel.close()
        if self._grace is not None:
            self._grace.cancel()

    def _say_goodbye(self, deadline: float) -> None:
        self.send(Shutdown(**self.about, mode="graceful", deadline=deadline))
