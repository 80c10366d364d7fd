"""Children that the zygote forks: with a channel, a heartbeat and a log.

Owns their heartbeat slots, finding those that are hung, and what follows when one breaks the
protocol or says what is not known here.  Does not own what their messages mean, nor the rest of
their lives (`keeper`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from meshvisor.shared.beat import next_beat
from meshvisor.shared.clock import Clock
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.protocol.channel import Broken
from meshvisor.shared.protocol.codec import UnknownMessage
from meshvisor.shared.protocol.messages import Error, Message
from meshvisor.supervisor.children import liveness
from meshvisor.supervisor.children.child_process import ChildProcess
from meshvisor.supervisor.children.heartbeat_watch import HeartbeatWatch
from meshvisor.supervisor.children.keeper import Callbacks, Keeper
from meshvisor.supervisor.children.slots import Slots
from meshvisor.supervisor.children.spawner import Child, Spawner, SpawnOrder

log = logging.getLogger(__name__)

P = TypeVar("P", bound=ChildProcess)


class ForkParts(msgspec.Struct, frozen=True):
    """What forked children are made with."""

    spawner: Spawner
    heartbeats: HeartbeatTable
    slots: Slots
    clock: Clock
    attach_log: Callable[[str, int, asyncio.Future[Any]], None]
    """Given a name, the read end of a child's log pipe, and the future of the child's end."""
    can_dump: bool = True
    """Whether a hung child can be asked for its stacks."""


class Fork(msgspec.Struct, frozen=True):
    """The parameters of forking a child."""

    entry: str
    """`module:function`."""
    params: dict[str, Any]
    """JSON of its start model."""


@dataclass(frozen=True, slots=True)
class ForkedKind(Generic[P]):
    """What is particular to one kind of forked children."""

    noun: str
    """What one is called in lists of processes and names of events."""
    culprit: str
    """Who is to blame when one crashes, in sentences such as "its runner"."""
    subject: Callable[[str], str]
    """Given a name, returns who it is in log lines."""
    make: Callable[[str, Child, int, float], P]
    """Given a name, its process, its slot and monotonic seconds, returns a life."""
    said: Callable[[P, Message], None]
    """Called with every message of a child."""
    hung: Callable[[P, str], None] = lambda process, fault: None
    """Called when one is hung, and about to be killed for this fault."""
    last_words: float = 0.0
    """See `Keeper.last_words`."""


class ForkedKeeper(Keeper[P, Fork]):
    """Keeps forked children of one kind; make it inside a running event loop."""

    def __init__(
        self, kind: ForkedKind[P], parts: ForkParts, callbacks: Callbacks[P, Fork]
    ) -> None:
        super().__init__(kind.noun, kind.culprit, callbacks)
        self.last_words = kind.last_words
        self._kind = kind
        self._parts = parts
        self._watch = HeartbeatWatch[P](
            parts.heartbeats, parts.clock, self.end_hung, can_dump=parts.can_dump
        )

    async def bear(self, name: str, what: Fork) -> P:
        """Have the zygote fork one."""
        parts = self._parts
        slot = parts.slots.take()
        # Until its loop stamps for the first time, it is judged from this moment.
        parts.heartbeats.stamp(slot)
        parts.heartbeats.mark(slot, 0)
        try:
            child = await parts.spawner.spawn(
                SpawnOrder(what.entry, name, slot, what.params, self.noun)
            )
        except BaseException:
            parts.slots.give_back(slot)
            raise
        if child.log is not None:
            parts.attach_log(name, child.log, child.exited)
        return self._kind.make(name, child, slot, parts.clock.monotonic())

    async def open(self, life: P) -> None:
        """Open its channel."""
        await life.open(self._kind.said, self.broken, self._on_unknown)

    def bury(self, life: P) -> None:
        """Let others have its heartbeat slot."""
        self._parts.slots.give_back(life.slot)

    # Those that are hung

    def heartbeat_age(self, life: P) -> float:
        """Return the seconds since the event loop of one was last seen alive."""
        return self._watch.age(life)

    def scan(self, hung_after: float) -> None:
        """Look at all heartbeats once, and end those that are hung.

        Args:
            hung_after: seconds without a heartbeat after which one is.
        """
        self._watch.scan(self._lives.values(), hung_after)

    async def watch_heartbeats(self, hung_after: Callable[[], float]) -> None:
        """Look at all heartbeats for ever."""
        while True:
            await next_beat(liveness.SCAN_INTERVAL)
            self.scan(hung_after())

    def end_hung(self, life: P, fault: str) -> None:
        """End a hung child; where it can it writes its stacks first."""
        self._kind.hung(life, fault)
        self._watch.end(life, fault)

    # Those that are broken

    def broken(self, life: P, broken: Broken) -> None:
        """End a child that broke the protocol."""
        if life.exited.done() or life.stopping is not None:
            return
        log.error(
            "%s broke the protocol: %s%s",
            self._kind.subject(life.name),
            broken.reason,
            f": {broken.head}" if broken.head else "",
            extra={"event": f"{self.noun}.broken", **life.about},
        )
        life.kill(f"{self.culprit} broke the protocol: {broken.reason}")

    def _on_unknown(self, life: P, unknown: UnknownMessage) -> None:
        life.unknown_messages += 1
        count = life.unknown_messages
        # The 1st, 2nd, 4th, 8th and so on: one that floods must not fill the log.
        if count & (count - 1) == 0:
            log.warning(
                "%s sent a message of the unknown type %r (%d such messages so far)",
                self._kind.subject(life.name),
                unknown.type,
                count,
                extra={"event": f"{self.noun}.unknown_message", **life.about},
            )
        text = f"unknown message type {unknown.type!r}"
        life.send(Error(**life.about, reply_to=unknown.id, error=text))
